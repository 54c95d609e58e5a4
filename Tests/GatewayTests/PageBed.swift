import Foundation
import Gateway
import Testing

#if canImport(FoundationNetworking)
    import FoundationNetworking
#endif

/// A browser's side of the pages: keeps cookies, follows nothing by itself.
final class PageBrowser: @unchecked Sendable {
    let bed: DoorBed
    private(set) var cookies: [String: String] = [:]
    /// As the server set them, for tests of their attributes.
    private(set) var cookieLines: [String] = []
    /// Headers with every request.
    var headers: [String: String] = [:]
    private let session: URLSession

    init(_ bed: DoorBed) {
        self.bed = bed
        let configuration = URLSessionConfiguration.ephemeral
        configuration.httpShouldSetCookies = false
        configuration.httpCookieAcceptPolicy = .never
        session = URLSession(configuration: configuration, delegate: NoRedirects(), delegateQueue: nil)
    }

    func get(_ path: String) async throws -> Reply { try await ask("GET", path, form: nil) }

    /// Sends a form. The fields of the page it stands on go first.
    func post(_ path: String, _ form: [(String, String)]) async throws -> Reply {
        try await ask("POST", path, form: form)
    }

    /// Opens a page, fills in its form with the hidden fields that it holds, and sends it.
    func fill(_ page: String, _ action: String, _ form: [(String, String)]) async throws -> Reply {
        let text = try await get(page).text
        return try await post(action, PageBrowser.hidden(in: text, action: action) + form)
    }

    /// Signs in with a token of this scope.
    @discardableResult
    func signIn(_ scope: TokenScope) async throws -> Reply {
        try await fill("/sign-in", "/sign-in", [("token", bed.token(scope))])
    }

    /// The hidden fields of the form with that action.
    static func hidden(in text: String, action: String) -> [(String, String)] {
        guard let start = text.range(of: #"action="\#(action)""#),
            let end = text[start.upperBound...].range(of: "</form>")
        else { return [] }
        return text[start.upperBound..<end.lowerBound]
            .matches(of: #/<input type="hidden" name="([^"]*)" value="([^"]*)">/#)
            .map { (String($0.1), String($0.2)) }
    }

    private func ask(_ method: String, _ path: String, form: [(String, String)]?) async throws -> Reply {
        var request = URLRequest(url: try #require(URL(string: bed.base + path)))
        request.httpMethod = method
        request.timeoutInterval = 30
        for (name, value) in headers { request.setValue(value, forHTTPHeaderField: name) }
        if !cookies.isEmpty {
            let line = cookies.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: "; ")
            request.setValue(line, forHTTPHeaderField: "Cookie")
        }
        if let form {
            request.setValue("application/x-www-form-urlencoded", forHTTPHeaderField: "Content-Type")
            request.httpBody = Data(form.map { "\(encode($0.0))=\(encode($0.1))" }.joined(separator: "&").utf8)
        }
        let (data, response) = try await session.data(for: request)
        let answer = try #require(response as? HTTPURLResponse)
        let fields = answer.allHeaderFields.reduce(into: [String: String]()) {
            $0["\($1.key)".lowercased()] = "\($1.value)"
        }
        keep(fields["set-cookie"] ?? "")
        return Reply(status: answer.statusCode, headers: fields, body: data)
    }

    /// Several cookies come as one line; none of ours holds a comma.
    private func keep(_ line: String) {
        for cookie in line.split(separator: ",").map({ $0.trimmingCharacters(in: .whitespaces) }) {
            cookieLines.append(cookie)
            let pair = cookie.prefix { $0 != ";" }.split(separator: "=", maxSplits: 1)
            cookies[String(pair[0])] = pair.count > 1 ? String(pair[1]) : nil
        }
    }

    private func encode(_ text: String) -> String {
        text.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? ""
    }
}

private final class NoRedirects: NSObject, URLSessionTaskDelegate {
    func urlSession(
        _ session: URLSession, task: URLSessionTask, willPerformHTTPRedirection response: HTTPURLResponse,
        newRequest request: URLRequest, completionHandler: @escaping @Sendable (URLRequest?) -> Void
    ) { completionHandler(nil) }
}
