import Foundation

/// Everybody who may come to a door. A and B are two of a kind; what the matrix asks for is A's.
enum Visitor: String, CaseIterable, Sendable {
    case nobody, garbage, expired, revoked
    case prisonA, prisonB, recipientA, recipientB, commissionerA, commissionerB, viewer, operatorToken

    /// Those without a token that is good.
    static let strangers: Set<Visitor> = [.nobody, .garbage, .expired, .revoked]
    static let prisons: Set<Visitor> = [.prisonA, .prisonB]
    static let recipients: Set<Visitor> = [.recipientA, .recipientB]
    static let commissioners: Set<Visitor> = [.commissionerA, .commissionerB]
    static let operations: Set<Visitor> = [.viewer, .operatorToken]
}

/// What A owns; answers to anybody else hold none of it.
struct Owned: Sendable {
    var handover: UUID
    var prisonTask: UUID
    var providerTask: UUID
    var commissionerTask: UUID
    /// Of recipient A, into its feed and into its tasks.
    var feedCursor: String
    var taskCursor: String
    var event: UUID

    /// Texts of which an answer to a stranger may hold none.
    var secrets: [String] {
        ["MARK-A", handover, prisonTask, providerTask, commissionerTask, event].map { "\($0)".lowercased() }
    }
}

/// One way to ask one route for something of A's, and what each visitor gets. Whoever is not named gets 401 without a
/// good token and 403 with one of another kind.
struct MatrixRow: Sendable {
    /// As `Gateway.routeNames` has it: `GET /v1/tasks`.
    var route: String
    var path: @Sendable (Owned) -> String
    var type: String?
    var body: String?
    var statuses: [Visitor: Int]
    /// Who may see A's texts in the answer.
    var readers: Set<Visitor> = []

    init(
        _ route: String, _ path: String, type: String? = nil, body: String? = nil,
        _ statuses: [(Set<Visitor>, Int)], readers: Set<Visitor> = []
    ) {
        self.init(route, of: { _ in path }, type: type, body: body, statuses, readers: readers)
    }

    init(
        _ route: String, of path: @escaping @Sendable (Owned) -> String, type: String? = nil, body: String? = nil,
        _ statuses: [(Set<Visitor>, Int)], readers: Set<Visitor> = []
    ) {
        self.route = route
        self.path = path
        self.type = body == nil ? nil : type ?? "application/json"
        self.body = body
        self.readers = readers
        self.statuses = Dictionary(
            uniqueKeysWithValues: Visitor.allCases.map { ($0, Visitor.strangers.contains($0) ? 401 : 403) })
        for (visitors, status) in statuses { for visitor in visitors { self.statuses[visitor] = status } }
    }

    static let form = "application/x-www-form-urlencoded"

    /// A page: for these; who is not signed in is shown where to sign in, or counts (contract.md §10: the matrix asks
    /// from this machine), a bad token is 401, everybody else is told that it is not theirs.
    static func page(
        _ route: String, of path: @escaping @Sendable (Owned) -> String, for visitors: Set<Visitor>,
        readers: Set<Visitor> = []
    ) -> MatrixRow {
        let others: Set<Visitor> = [.garbage, .expired, .revoked]
        return MatrixRow(
            route, of: path,
            [(visitors, 200), (others, 401), ([.nobody], 200)], readers: readers)
    }

    static func page(
        _ route: String, _ path: String, for visitors: Set<Visitor>, readers: Set<Visitor> = []
    ) -> MatrixRow {
        page(route, of: { _ in path }, for: visitors, readers: readers)
    }

    /// A form of a page, sent with a token and no session: nothing is recorded for anybody. What a session may send is
    /// for the page's own tests. Whoever may see the page is told 403 as well.
    static func formWithoutSession(_ route: String, _ path: String) -> MatrixRow {
        MatrixRow(route, path, type: form, body: "formToken=x", [])
    }

    /// Counts and states only, for everybody.
    static func open(_ route: String, _ status: Int = 200) -> MatrixRow {
        MatrixRow(route, String(route.drop { $0 != " " }.dropFirst()), [(Set(Visitor.allCases), status)])
    }
}

/// The rows. A route of the gateway without one fails the test: add it to the list of whose it is.
enum Matrix {
    static let rows = watching + operations + prisons + recipients + tasks + entrance + inbox + operators

    static let watching: [MatrixRow] = [
        .open("GET /healthz"), .open("GET /readyz", 503), .open("GET /metrics"),
    ]

    /// Counts and states: for operators, and for anybody on this machine who says no name.
    static let operations: [MatrixRow] = ["/", "/lag", "/api/lag", "/api/status", "/api/alerts"].map {
        .page("GET \($0)", $0, for: Visitor.operations)
    }

    static let prisons: [MatrixRow] = [
        MatrixRow(
            "POST /v1/events", "/v1/events", type: "application/cloudevents+json",
            body: Sample.event("custody.received", #"{"prisonId":"MDI","reason":"ADMISSION"}"#),
            [([.prisonA], 202), ([.prisonB], 403)]),
        MatrixRow(
            "GET /v1/events/{id}", of: { "/v1/events/\($0.event)" }, [([.prisonA], 200), ([.prisonB], 404)],
            readers: [.prisonA]),
    ]

    static let recipients: [MatrixRow] = [
        MatrixRow("GET /v1/handovers", "/v1/handovers", [(Visitor.recipients, 200)], readers: [.recipientA]),
        MatrixRow(
            "GET /v1/handovers", of: { "/v1/handovers?after=\($0.feedCursor)" },
            [([.recipientA], 200), ([.recipientB], 400)]),
        MatrixRow(
            "GET /v1/handovers", of: { "/v1/handovers?after=\($0.taskCursor)" }, [(Visitor.recipients, 400)]),
        // A stream of its own does not end: the stream's tests read it.
        MatrixRow(
            "GET /v1/handovers/stream", of: { "/v1/handovers/stream?after=\($0.taskCursor)" },
            [(Visitor.recipients, 400)]),
        MatrixRow(
            "POST /v1/handovers/{id}/acknowledgements", of: { "/v1/handovers/\($0.handover)/acknowledgements" },
            body: #"{"version":1,"decision":"ACCEPTED"}"#, [([.recipientA], 202), ([.recipientB], 404)]),
        MatrixRow(
            "POST /v1/handovers/{id}/engagements", of: { "/v1/handovers/\($0.handover)/engagements" },
            body: #"{"outcome":"ATTENDED"}"#, [([.recipientA], 202), ([.recipientB], 404)]),
    ]

    /// Pages take a token in the header as well as a session; forms take a session only.
    static let entrance: [MatrixRow] = [
        .page("GET /sign-in", "/sign-in", for: Set(Visitor.allCases)),
        MatrixRow(
            "POST /sign-in", "/sign-in", type: MatrixRow.form, body: "token=x",
            [(Set(Visitor.allCases), 403), ([.garbage, .expired, .revoked], 401)]),
        .formWithoutSession("POST /sign-out", "/sign-out"),
        .open("GET /pages/throughgate.css"), .open("GET /pages/mark.svg"),
    ]

    private static let taskReaders = Visitor.prisons.union(Visitor.recipients).union(Visitor.commissioners)
    private static let resolution = #"{"outcome":"DONE","by":"NURSE/1"}"#

    /// A task of one reader: everybody else who may have tasks is told that there is none.
    private static func task(_ reader: Visitor, _ id: @escaping @Sendable (Owned) -> UUID) -> MatrixRow {
        MatrixRow(
            "POST /v1/tasks/{id}/resolution", of: { "/v1/tasks/\(id($0))/resolution" }, body: resolution,
            [(taskReaders, 404), ([reader], 202)])
    }

    static let tasks: [MatrixRow] = [
        MatrixRow(
            "GET /v1/tasks", "/v1/tasks", [(taskReaders, 200)], readers: [.prisonA, .recipientA, .commissionerA]),
        MatrixRow(
            "GET /v1/tasks", of: { "/v1/tasks?after=\($0.taskCursor)" },
            [(taskReaders, 400), ([.recipientA], 200)], readers: [.recipientA]),
        MatrixRow("GET /v1/tasks", of: { "/v1/tasks?after=\($0.feedCursor)" }, [(taskReaders, 400)]),
        task(.prisonA) { $0.prisonTask }, task(.recipientA) { $0.providerTask },
        task(.commissionerA) { $0.commissionerTask },
    ]
}
