import HTTPTypes
import Hummingbird

/// Signing in with a token, and out.
struct SignInDoor: Sendable {
    let pages: PageDoor

    /// GET /sign-in: the form. Says where one goes on for who is signed in already: a link from elsewhere (an e-mail)
    /// comes without the cookie.
    func form(_ request: Request, _ context: DoorContext) async throws -> Response {
        try await pages.page(request, context) { visit in
            let next = LocalPath.accept(visit.query("next").flatMap(\.removingPercentEncoding))
            return show(SignInPage(next: next, isSignedIn: visit.session != nil), visit)
        }
    }

    /// POST /sign-in
    func signIn(_ request: Request, _ context: DoorContext) async throws -> Response {
        try await pages.page(request, context) { visit in
            try limit(context)
            let form = try await FormFields(request)
            let next = LocalPath.accept(form["next"])
            var page = SignInPage(next: next, isSignedIn: false)
            guard FormGuard.isOwn(request), let door = SessionCookie.door.secret(in: request, isTLS: visit.isTLS),
                FormGuard.matches(form["formToken"], door)
            else {
                page.problems = [FieldError(field: "token", message: "The page was open too long; enter it again")]
                return show(page, visit, .forbidden)
            }
            guard let text = form["token"] else {
                page.problems = [FieldError(field: "token", message: "Enter your token")]
                return show(page, visit, .badRequest)
            }
            let begun = try await visit.doors.work.run { connection -> ([UInt8], Viewer)? in
                guard let bearer = try TokenStore.bearer(text, on: connection) else { return nil }
                return (try SessionStore.begin(bearer, on: connection), Viewer(bearer.scope))
            }
            guard let (secret, viewer) = begun else {
                page.problems = [
                    FieldError(
                        field: "token",
                        message: "This is no valid token; it may be mistyped, expired or revoked")
                ]
                return show(page, visit, .forbidden)
            }
            try await end(visit)
            var response = visit.go(to: next ?? viewer.home)
            SessionCookie.session.set(secret, on: &response, isTLS: visit.isTLS)
            SessionCookie.door.clear(on: &response, isTLS: visit.isTLS)
            return response
        }
    }

    /// POST /sign-out
    func signOut(_ visit: PageVisit) async throws -> Response {
        try await end(visit)
        var response = visit.go(to: "/sign-in")
        SessionCookie.session.clear(on: &response, isTLS: visit.isTLS)
        return response
    }

    private func end(_ visit: PageVisit) async throws {
        guard let session = visit.session else { return }
        try await visit.doors.work.run { try SessionStore.end(session.secret, on: $0) }
    }

    private func limit(_ context: DoorContext) throws {
        do {
            try pages.doors.signIns.take(context.peerAddress)
        } catch let problem {
            throw Problem(
                .tooManyRequests, "RATE", "too many attempts to sign in from your address; wait a little",
                retryAfter: problem.retryAfter)
        }
    }

    private func show(_ page: SignInPage, _ visit: PageVisit, _ status: HTTPResponse.Status = .ok) -> Response {
        let old = SessionCookie.door.secret(in: visit.request, isTLS: visit.isTLS)
        let door = old ?? SessionCookie.freshSecret()
        var response = visit.show(page, status, formToken: FormGuard.token(of: door))
        if old == nil { SessionCookie.door.set(door, on: &response, isTLS: visit.isTLS) }
        return response
    }
}

struct SignInPage: PageContent {
    static let template = PageTemplate.signIn
    let title = "Sign in"
    let next: String?
    let isSignedIn: Bool
    var problems: [FieldError] = []
}
