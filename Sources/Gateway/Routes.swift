import HTTPTypes
import HandoverPipeline
import Hummingbird
import Logging
import Operations

/// Every route of the program, in one list (contract.md §7).
struct Routes: Sendable {
    typealias Context = DoorContext

    /// One route: what is asked, and what answers.
    struct Route: Sendable {
        let method: HTTPRequest.Method
        let path: String
        let answer: @Sendable (Request, Context) async throws -> Response

        init(
            _ method: HTTPRequest.Method, _ path: String,
            _ answer: @escaping @Sendable (Request, Context) async throws -> Response
        ) {
            self.method = method
            self.path = path
            self.answer = answer
        }
    }

    let status: HubStatus
    let measurements: Measurements
    let version: String
    let doors: Doors
    let isTLS: Bool
    let figures: CourierFigures
    let alerts: AlertBoard
    let log: Logger

    /// The list. What stands under `watching` carries counts and states only, never a person, so it needs no token on
    /// any address; what stands under the doors asks each for its own token.
    var all: [Route] {
        watching + operations + prisons + recipients + tasks + entrance + operators + inbox
    }

    private var watching: [Route] {
        [
            Route(.get, "/healthz") { _, _ in Answer.bytes(.ok, "text/plain; charset=utf-8", Array("alive\n".utf8)) },
            Route(.get, "/readyz") { _, _ in
                let snapshot = status.snapshot
                return Answer.json(
                    Readiness.json(snapshot, beside: self.figures.parts) + [10],
                    snapshot.isReady ? .ok : .serviceUnavailable)
            },
            Route(.get, "/metrics") { _, _ in
                let page = await metrics().map(\.text).joined()
                return Answer.bytes(.ok, "text/plain; version=0.0.4; charset=utf-8", Array(page.utf8))
            },
        ]
    }

    /// Everything that is measured.
    func metrics() async -> [MetricFamily] {
        MetricsText.families(status.snapshot, await measurements.latest(), version: version)
            + figures.metrics(now: MachineClock.now()) + alerts.metrics(now: MachineClock.now())
    }

    /// How the hub does: counts and states for anybody on this machine, from elsewhere for operators.
    private var operations: [Route] {
        let pages = PageDoor(doors: doors, isTLS: isTLS)
        return LagDoor(
            status: status, measurements: measurements, version: version, alerts: alerts, pages: pages
        ).routes + AlertDoor(board: alerts, pages: pages).routes
    }

    private var prisons: [Route] {
        let events = EventDoor(doors: doors)
        let outcomes = EventStatus(doors: doors)
        return [
            Route(.post, "/v1/events") { request, _ in try await events.post(request) },
            Route(.get, "/v1/events/{id}") { try await outcomes.get($0, $1) },
        ]
    }

    private var recipients: [Route] {
        let feed = FeedDoor(doors: doors)
        let stream = FeedStream(doors: doors)
        let replies = ReplyDoor(doors: doors)
        return [
            Route(.get, "/v1/handovers") { request, _ in try await feed.get(request) },
            Route(.get, "/v1/handovers/stream") { request, _ in try await stream.get(request) },
            Route(.post, "/v1/handovers/{id}/acknowledgements") { try await replies.acknowledge($0, $1) },
            Route(.post, "/v1/handovers/{id}/engagements") { try await replies.engage($0, $1) },
        ]
    }

    private var tasks: [Route] {
        let list = TaskDoor(doors: doors)
        let replies = ReplyDoor(doors: doors)
        return [
            Route(.get, "/v1/tasks") { request, _ in try await list.get(request) },
            Route(.post, "/v1/tasks/{id}/resolution") { try await replies.resolve($0, $1) },
        ]
    }

    /// What operators see and mend. Without a token, on this machine, counts only.
    private var operators: [Route] {
        let pages = PageDoor(doors: doors, isTLS: isTLS)
        return RiskDoor(pages: pages).routes + RejectedDoor(pages: pages).routes
            + OperatorTaskDoor(pages: pages).routes + ReportDoor(pages: pages).routes + AuditDoor(pages: pages).routes
    }

    /// Signing in and out, and what every page is shown with. Pages are made by ``PageDoor``.
    private var entrance: [Route] {
        let pages = PageDoor(doors: doors, isTLS: isTLS)
        let signIn = SignInDoor(pages: pages)
        return [
            Route(.get, "/sign-in") { try await signIn.form($0, $1) },
            Route(.post, "/sign-in") { try await signIn.signIn($0, $1) },
            pages.post("/sign-out", for: .signedIn) { visit, _ in try await signIn.signOut(visit) },
            Route(.get, "/pages/throughgate.css") { _, _ in
                PageAnswer.asset(PackageResources.throughgate_css, "text/css; charset=utf-8")
            },
            Route(.get, "/pages/mark.svg") { _, _ in
                PageAnswer.asset(PackageResources.mark_svg, "image/svg+xml; charset=utf-8")
            },
        ]
    }

    /// The pages of recipients and prisons.
    private var inbox: [Route] {
        let pages = PageDoor(doors: doors, isTLS: isTLS)
        let list = InboxList()
        let forms = InboxForms(doors: doors)
        let tasks = OwnTasks(doors: doors)
        let gate = GateDoor(doors: doors)
        return [
            pages.get("/inbox", for: .recipients) { try await list.get($0) },
            pages.get("/inbox/tasks", for: .taskReaders) { try await tasks.list($0) },
            pages.post("/inbox/tasks/{id}/resolution", for: .taskReaders) { try await tasks.resolve($0, $1) },
            pages.get("/inbox/{id}", for: .recipients) { try await forms.show($0) },
            pages.post("/inbox/{id}/acknowledgement", for: .recipients) { try await forms.acknowledge($0, $1) },
            pages.post("/inbox/{id}/engagement", for: .recipients) { try await forms.engage($0, $1) },
            pages.get("/gate", for: .prisons) { try await gate.form($0) },
            pages.post("/gate", for: .prisons) { try await gate.collect($0, $1) },
        ]
    }

    func router() -> Router<Context> {
        let router = Router(context: Context.self)
        router.add(middleware: ProblemAnswers(methods: PathMethods(all), log: log))
        for route in all {
            router.on(RouterPath(route.path), method: route.method, use: route.answer)
        }
        return router
    }
}
