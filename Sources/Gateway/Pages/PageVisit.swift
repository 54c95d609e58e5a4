import FoundationEssentials
import HTTPTypes
import Hummingbird

/// One request for a page: who looks, and how to answer.
struct PageVisit: Sendable {
    let request: Request
    let context: DoorContext
    let doors: Doors
    /// Whether the browser's side of the connection is TLS.
    let isTLS: Bool
    /// The token behind the session, or the one in the header; nil for a passer-by.
    var bearer: Bearer?
    /// nil for whoever came with a token in the header, or with nothing: they can send no form.
    var session: Session?

    var viewer: Viewer {
        if let bearer { return Viewer(bearer.scope) }
        return context.isLoopback(request) ? .passerBy : .nobody
    }

    /// A parameter of the query; an empty one is none.
    func query(_ name: String) -> String? {
        guard let value = request.uri.queryParameters[name[...]], !value.isEmpty else { return nil }
        return String(value)
    }

    /// A UUID in the path.
    /// - Throws: the 404 of what is not there.
    func id(_ name: String = "id") throws -> UUID {
        guard let id = context.parameters.get(name).flatMap(UUID.init(uuidString:)) else { throw Problem.notFound }
        return id
    }

    func show(_ content: some PageContent, _ status: HTTPResponse.Status = .ok) -> Response {
        show(content, status, formToken: session.map { FormGuard.token(of: $0.secret) })
    }

    /// - Parameter formToken: of a page that stands outside of any session.
    func show(_ content: some PageContent, _ status: HTTPResponse.Status, formToken: String?) -> Response {
        let scope = PageScope(
            content: content, formToken: formToken, formKey: UUID().uuidString.lowercased())
        let links = PageNavigation.links(for: viewer, at: request.uri.path)
        let frame = PageFrame(
            title: content.title, styles: PageAnswer.stylesPath,
            viewer: viewer.text, isSignedIn: session != nil, signIn: signInPath,
            signOutToken: session.map { FormGuard.token(of: $0.secret) },
            home: viewer == .nobody ? "/sign-in" : viewer.home, links: links, hasLinks: !links.isEmpty,
            main: type(of: content).template.render(scope))
        return PageAnswer.html(PageTemplate.frame.render(frame), status, isTLS: isTLS)
    }

    private var signInPath: String? {
        guard viewer == .passerBy, session == nil, !request.uri.path.hasPrefix("/sign-in") else { return nil }
        return "/sign-in?next=" + LocalPath.encode(request.uri.string)
    }

    func show(_ problem: Problem) -> Response {
        var response = show(ProblemPage(problem), problem.status)
        if let seconds = problem.retryAfter { response.headers[.retryAfter] = String(seconds) }
        if problem.status == .unauthorized { response.headers[.wwwAuthenticate] = "Bearer" }
        return response
    }

    /// See other: the answer to a form that was taken.
    func go(to path: String) -> Response { PageAnswer.seeOther(path, isTLS: isTLS) }

    /// For whom this page is not: nobody is asked to sign in, anybody else is told.
    func turnAway() -> Response {
        guard bearer == nil else { return show(Problem.scope) }
        guard request.method == .get || request.method == .head else {
            return show(
                Problem(
                    .unauthorized, "SIGNED_OUT",
                    "you are signed out, so nothing was recorded; sign in and fill in the form again"))
        }
        return go(to: "/sign-in?next=" + LocalPath.encode(request.uri.string))
    }
}

/// Something that went wrong, as a page.
struct ProblemPage: PageContent {
    static let template = PageTemplate.problem
    let title: String
    let words: String
    let code: String
    let offersSignIn: Bool

    init(_ problem: Problem) {
        title =
            switch problem.status {
            case .notFound: "Nothing here"
            case .unauthorized: "You are signed out"
            case .forbidden: "This is not yours"
            case .badRequest, .contentTooLarge, .unsupportedMediaType: "That did not work"
            case .tooManyRequests: "Too much at once"
            case .conflict: "Too late"
            default: "Please try again"
            }
        words = problem.detail.prefix(1).uppercased() + problem.detail.dropFirst() + "."
        code = problem.code
        offersSignIn = problem.status == .unauthorized || problem.code == "SCOPE"
    }
}

/// Where to go on after signing in: a path of this server, and nothing else.
enum LocalPath {
    static func encode(_ path: String) -> String {
        path.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? ""
    }

    /// nil for what could lead elsewhere.
    static func accept(_ text: String?) -> String? {
        guard let text, text.utf8.count <= 500, text.hasPrefix("/"), !text.hasPrefix("//"),
            text.utf8.allSatisfy({ (0x21...0x7e).contains($0) && $0 != UInt8(ascii: "\\") }),
            !text.hasPrefix("/sign-")
        else { return nil }
        return text
    }
}
