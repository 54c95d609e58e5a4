import ExactlyOnceKafka
import HTTPTypes
import Hummingbird
import Logging
import Postgres

/// Makes routes that show pages: finds out who is looking, sends those who are not meant to the sign-in page, and
/// turns whatever goes wrong into a page of the same look.
///
/// A page is three things: a template in `Pages/Templates` (named in ``PageTemplate``), a value that is
/// ``PageContent``, and a line in `Routes`:
///
///     struct ExamplePage: PageContent {
///         static let template = PageTemplate.example
///         let title = "Example"
///         let count: Int
///     }
///     pages.get("/example", for: .counts) { visit in
///         let count = try await visit.doors.work.run { try Counting.count(on: $0) }
///         return visit.show(ExamplePage(count: count))
///     }
///     pages.post("/example", for: .operators) { visit, form in
///         guard let name = form["name"] else { … visit.show(ExamplePage(problems: …), .badRequest) }
///         return visit.go(to: "/example?done=named")
///     }
///
/// A template with a form takes `{{> form}}` into it: the session's form token, without which ``post(_:for:_:)``
/// refuses, and the form's key. Whatever shows a person's data writes to the access audit first
/// (``GatewaySQL/audit(token:action:first:last:items:)``). Entries of the navigation: ``PageNavigation``. The policy
/// forbids `style=` and scripts: use the classes of `throughgate.css`, and attributes inside `<svg>`.
struct PageDoor: Sendable {
    let doors: Doors
    /// Whether this server speaks TLS itself.
    let isTLS: Bool

    /// A route that shows a page.
    func get(
        _ path: String, for audience: Audience, _ answer: @escaping @Sendable (PageVisit) async throws -> Response
    ) -> Routes.Route {
        Routes.Route(.get, path) { request, context in
            try await page(request, context) { visit in
                guard audience.admits(visit.viewer) else { return visit.turnAway() }
                return try await answer(visit)
            }
        }
    }

    /// A route that takes a form of a signed-in viewer's own page.
    func post(
        _ path: String, for audience: Audience,
        _ answer: @escaping @Sendable (PageVisit, FormFields) async throws -> Response
    ) -> Routes.Route {
        Routes.Route(.post, path) { request, context in
            try await page(request, context) { visit in
                guard audience.admits(visit.viewer), let session = visit.session else { return visit.turnAway() }
                let form = try await FormFields(request)
                guard FormGuard.isOwn(request), FormGuard.matches(form["formToken"], session.secret) else {
                    throw FormGuard.refusal
                }
                return try await answer(visit, form)
            }
        }
    }

    /// Everything goes through here; also what stands outside of any session.
    func page(
        _ request: Request, _ context: DoorContext, _ answer: (PageVisit) async throws -> Response
    ) async throws -> Response {
        var visit = PageVisit(request: request, context: context, doors: doors, isTLS: isSecure(request))
        do {
            (visit.bearer, visit.session) = try await whoIs(request, visit)
            return try await answer(visit)
        } catch let problem as Problem {
            return visit.show(problem)
        } catch is PostgresError, is PostgresTransactionError, is KafkaError {
            return visit.show(.busy)
        } catch let error as CancellationError {
            throw error
        } catch let error as any HTTPResponseError {
            return visit.show(Problem(error.status, "REQUEST", "the request is not understood"))
        } catch {
            doors.log.error("a page failed", metadata: ["type": "\(type(of: error))"])
            return visit.show(Problem(.internalServerError, "INTERNAL", "a defect of the hub; it has been noted"))
        }
    }

    /// A token in the header goes before a session: programs send one, browsers never do.
    private func whoIs(_ request: Request, _ visit: PageVisit) async throws -> (Bearer?, Session?) {
        if let text = BearerToken.text(of: request) {
            guard let bearer = try await doors.work.run({ try TokenStore.bearer(text, on: $0) }) else {
                throw Problem.token
            }
            try doors.limiter.take(bearer.tokenID)
            return (bearer, nil)
        }
        guard let secret = SessionCookie.session.secret(in: request, isTLS: visit.isTLS),
            let session = try await doors.work.run({ try SessionStore.find(secret, on: $0) })
        else { return (nil, nil) }
        try doors.limiter.take(session.bearer.tokenID)
        return (session.bearer, session)
    }

    /// TLS here, or at a proxy that says so. Who lies about it only narrows the own cookie.
    private func isSecure(_ request: Request) -> Bool {
        isTLS || request.headers[.forwardedProtocol]?.lowercased() == "https"
    }
}

extension Doors {
    /// Who asks for JSON of what pages show (`/api/…`): by token, by session, or a passer-by on this machine.
    /// - Throws: a 401 for nobody, a 403 for whoever is not meant.
    func viewer(
        _ request: Request, _ context: DoorContext, for audience: Audience, isTLS: Bool
    ) async throws -> Viewer {
        let viewer: Viewer
        if BearerToken.text(of: request) != nil {
            viewer = Viewer(try await admit(request) { _ in true }.scope)
        } else if let secret = SessionCookie.session.secret(in: request, isTLS: isTLS),
            let session = try await work.run({ try SessionStore.find(secret, on: $0) })
        {
            viewer = Viewer(session.bearer.scope)
        } else if context.isLoopback(request) {
            viewer = .passerBy
        } else {
            throw Problem.token
        }
        guard audience.admits(viewer) else { throw viewer == .passerBy ? Problem.token : Problem.scope }
        return viewer
    }
}
