import Foundation
import NIOCore

/// Where a webhook goes, taken apart and judged before anything is resolved: https (http only where private addresses
/// are allowed), no user or password, no fragment.
public struct WebhookAddress: Sendable, Hashable {
    public let host: String
    public let port: Int
    /// What is asked for: scheme, host in lower case, port, path and query.
    let url: String
    let isPlain: Bool

    /// Why an address is not used: a code.
    public enum Refusal: String, Error, Sendable {
        case malformed = "URL_MALFORMED"
        case credentials = "URL_CREDENTIALS"
        case notTLS = "URL_NOT_HTTPS"
        case isPrivate = "ADDRESS_PRIVATE"
        case unknownName = "NAME_UNKNOWN"
    }

    /// - Throws: ``Refusal`` for what can be judged without asking anybody: also a private address in digits.
    public init(_ text: String, allowsPrivate: Bool) throws(Refusal) {
        guard text.utf8.count <= 2_000, text.utf8.allSatisfy({ (33...126).contains($0) }),
            !text.contains("\\"), let parts = URLComponents(string: text), let scheme = parts.scheme?.lowercased(),
            scheme == "https" || scheme == "http", var host = parts.percentEncodedHost?.lowercased(), !host.isEmpty,
            parts.fragment == nil
        else { throw .malformed }
        guard parts.user == nil, parts.password == nil else { throw .credentials }
        guard scheme == "https" || allowsPrivate else { throw .notTLS }
        if host.hasPrefix("["), host.hasSuffix("]") { host = String(host.dropFirst().dropLast()) }
        guard host.utf8.count <= 253, !host.contains("%"), host.last != ".",
            let port = parts.port.map({ (1...65_535).contains($0) ? $0 : nil }) ?? (scheme == "https" ? 443 : 80)
        else { throw .malformed }
        // Digits in any other notation (0x7f.1, 2130706433) are read by some resolvers as an address.
        let last = host.split(separator: ".").last ?? ""
        let isAddress = (try? SocketAddress(ipAddress: host, port: port)) != nil
        guard isAddress || host.contains(":") == false, isAddress || !WebhookAddress.looksNumeric(last) else {
            throw .malformed
        }
        self.host = host
        self.port = port
        isPlain = scheme == "http"
        let path = parts.percentEncodedPath.isEmpty ? "/" : parts.percentEncodedPath
        let shown = host.contains(":") ? "[\(host)]" : host
        url = "\(scheme)://\(shown):\(port)\(path)" + (parts.percentEncodedQuery.map { "?" + $0 } ?? "")
        if isAddress, !allowsPrivate, !PublicAddress.isPublic(host) { throw .isPrivate }
    }

    private static func looksNumeric(_ label: Substring) -> Bool {
        label.utf8.allSatisfy { (48...57).contains($0) } || label.hasPrefix("0x")
    }

    /// The addresses of the host now, all of them allowed. Blocks for as long as names take.
    ///
    /// - Parameter resolve: numeric addresses of a host name.
    /// - Throws: ``Refusal/isPrivate`` when one of them is not public: a name that means both is not to be trusted.
    func resolved(
        allowsPrivate: Bool, by resolve: (String) -> [String] = AddressLookup.addresses
    ) throws(Refusal) -> [String] {
        let found = resolve(host)
        guard !found.isEmpty, found.count <= CourierLimits.addressesMax else { throw .unknownName }
        guard allowsPrivate || found.allSatisfy(PublicAddress.isPublic) else { throw .isPrivate }
        return found
    }
}

/// Names to addresses by the system's resolver.
enum AddressLookup {
    /// Numeric addresses, in the resolver's order, each once; none where the name is unknown or nobody answers.
    static func addresses(of host: String) -> [String] {
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var list: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo(host, nil, &hints, &list) == 0 else { return [] }
        defer { freeaddrinfo(list) }
        var found: [String] = []
        var next = list
        while let entry = next, found.count <= CourierLimits.addressesMax {
            var text = [CChar](repeating: 0, count: Int(NI_MAXHOST))
            let status = getnameinfo(
                entry.pointee.ai_addr, entry.pointee.ai_addrlen, &text, socklen_t(text.count), nil, 0, NI_NUMERICHOST)
            if status == 0 {
                let end = text.firstIndex(of: 0) ?? text.endIndex
                let address = String(decoding: text[..<end].map(UInt8.init(bitPattern:)), as: UTF8.self)
                if !found.contains(address) { found.append(address) }
            }
            next = entry.pointee.ai_next
        }
        return found
    }
}
