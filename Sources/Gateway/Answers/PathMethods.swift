import HTTPTypes
import Hummingbird

/// Which methods each path has: one that a path does not have is answered with 405 and those that it has (RFC 9110),
/// not as if there were nothing.
struct PathMethods: Sendable {
    private let paths: [(segments: [Substring], methods: Set<HTTPRequest.Method>)]

    init(_ routes: [Routes.Route]) {
        paths = Dictionary(grouping: routes, by: \.path).map { path, routes in
            (segments: path.split(separator: "/"), methods: Set(routes.map(\.method)))
        }
    }

    /// What may be asked of that path, empty where there is no such path.
    func allowed(at path: String) -> Set<HTTPRequest.Method> {
        let asked = path.split(separator: "/")
        return paths.reduce(into: []) { found, known in
            let isThere =
                known.segments.count == asked.count
                && zip(known.segments, asked).allSatisfy { $0 == $1 || $0.hasPrefix("{") }
            if isThere { found.formUnion(known.methods) }
        }
    }

    /// The answer to a method that a path does not have; nil where the path itself is unknown.
    func refusal(_ request: Request) -> Response? {
        let methods = allowed(at: request.uri.path)
        guard !methods.isEmpty, !methods.contains(request.method) else { return nil }
        let names = methods.map(\.rawValue).sorted().joined(separator: ", ")
        var response = Problem(.methodNotAllowed, "METHOD", "ask with another method: \(names)").response
        response.headers[.allow] = names
        return response
    }
}
