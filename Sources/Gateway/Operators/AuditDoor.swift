import HandoverRules
import Hummingbird
import Operations

/// `/audit`: who did what, for operators; and its head, for keeping elsewhere. Nothing here changes it.
struct AuditDoor: Sendable {
    let pages: PageDoor

    var routes: [Routes.Route] {
        [
            pages.get("/audit", for: .ops, AuditDoor.show),
            Routes.Route(.get, "/api/audit/head") { request, context in
                _ = try await pages.doors.viewer(request, context, for: .counts, isTLS: pages.isTLS)
                return Answer.json(try await pages.doors.work.run { try AuditBook.head(on: $0) }.json)
            },
        ]
    }

    @Sendable private static func show(_ visit: PageVisit) async throws -> Response {
        let action = visit.query("action").flatMap(AuditAction.init(rawValue:))
        let actor = visit.query("actor"), before = visit.query("before").flatMap { Int64($0) }
        let (head, entries) = try await visit.doors.work.run { connection in
            (
                try AuditBook.head(on: connection),
                try AuditBook.list(
                    on: connection, before: before, action: action, actor: actor,
                    limit: GatewayLimits.operatorPageMax + 1)
            )
        }
        return visit.show(AuditPage(head, entries, action, actor))
    }
}

/// What `audit.mustache` shows.
struct AuditPage: PageContent {
    static let template = PageTemplate.audit
    let title = "Audit"
    let head: String
    let actions: [PageChoice]
    let actorFilter: String?
    let rows: [Row]
    let isEmpty: Bool
    let nextPath: String?

    struct Row: Sendable {
        let number: String
        let at: String
        let who: String
        let did: String
        let object: String
        let details: [Detail]
        let short: String
    }

    struct Detail: Sendable {
        let name: String
        let told: String
    }

    init(_ head: AuditHead, _ entries: [AuditEntry], _ action: AuditAction?, _ actor: String?) {
        self.head = head.description
        actions =
            [PageChoice(value: "", label: "Every action", isChosen: action == nil)]
            + AuditAction.allCases.map {
                PageChoice(value: $0.rawValue, label: OperatorWords.spoken($0.rawValue), isChosen: action == $0)
            }
        actorFilter = actor
        let shown = entries.prefix(GatewayLimits.operatorPageMax)
        rows = shown.map { entry in
            Row(
                number: String(entry.seq), at: OperatorWords.second(entry.at), who: entry.actor, did: entry.action,
                object: entry.object,
                details: (entry.details ?? [:]).sorted { $0.key < $1.key }.filter { !$0.value.isEmpty }
                    .map { Detail(name: $0.key, told: $0.value) },
                short: String(AuditHead.hex(entry.hash).prefix(12)))
        }
        isEmpty = shown.isEmpty
        nextPath =
            entries.count > shown.count
            ? PageVisit.path(
                "/audit",
                [("action", action?.rawValue), ("actor", actor), ("before", shown.last.map { String($0.seq) })]) : nil
    }
}
