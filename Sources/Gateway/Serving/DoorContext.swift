import HTTPTypes
import Hummingbird
import NIOCore

/// What the doors know of a request beside its text: from where it came.
struct DoorContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    private let peer: SocketAddress?

    init(source: ApplicationRequestContextSource) {
        coreContext = CoreRequestContextStorage(source: source)
        peer = source.channel.remoteAddress
    }

    /// The address of whoever is at the other end of the connection: a proxy's where there is one.
    var peerAddress: String { peer?.ipAddress ?? "" }

    /// Whether somebody on this machine asks for this machine by a name of its own. What a proxy passes on is never
    /// that (contract.md §10), nor is a foreign name that points here.
    func isLoopback(_ request: Request) -> Bool {
        let passedOn: [HTTPField.Name] = [.forwarded, .forwardedFor]
        guard passedOn.allSatisfy({ request.headers[$0] == nil }) else { return false }
        var address = Substring(peerAddress)
        if address.hasPrefix("::ffff:") { address = address.dropFirst(7) }
        return Gateway.isLoopback(String(address)) && Gateway.isLoopback(DoorContext.host(request))
    }

    /// The name in the Host header, without its port.
    private static func host(_ request: Request) -> String {
        let authority = request.head.authority ?? ""
        if authority.hasPrefix("["), let end = authority.firstIndex(of: "]") {
            return String(authority[authority.index(after: authority.startIndex)..<end])
        }
        return String(authority.prefix { $0 != ":" }).lowercased()
    }
}

extension HTTPField.Name {
    // The texts are header names.
    static let forwarded = HTTPField.Name("Forwarded")!
    static let forwardedFor = HTTPField.Name("X-Forwarded-For")!
    static let forwardedProtocol = HTTPField.Name("X-Forwarded-Proto")!
}
