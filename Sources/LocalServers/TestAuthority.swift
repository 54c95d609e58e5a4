import FoundationEssentials

/// A certificate authority of a test's own, made by the system's openssl; it ends with the object.
public final class TestAuthority {
    /// Paths of PEM files.
    public struct Identity: Sendable {
        public let certificate: String
        public let key: String
    }

    private let folder: ServerFolder

    /// The path of its own certificate, for whoever is to trust it.
    public var certificate: String { path("ca.pem") }

    /// Throws `LocalServerError` where openssl is missing or refuses.
    public init() throws {
        folder = try ServerFolder.fresh("authority")
        try openssl(
            ["req", "-x509"] + TestAuthority.fresh + [
                "-days", "2", "-subj", "/CN=Test authority", "-keyout", path("ca.key"), "-out", certificate,
            ])
    }

    deinit { folder.discard() }

    /// A certificate for one host, a name or an address.
    public func issue(_ host: String) throws -> Identity {
        let kind = host.allSatisfy { $0.isNumber || $0 == "." } ? "IP" : "DNS"
        try Data("subjectAltName=\(kind):\(host)\n".utf8).write(to: URL(filePath: path(host + ".ext")))
        try openssl(
            ["req"] + TestAuthority.fresh + [
                "-subj", "/CN=\(host)", "-keyout", path(host + ".key"), "-out", path(host + ".csr"),
            ])
        try openssl([
            "x509", "-req", "-in", path(host + ".csr"), "-CA", certificate, "-CAkey", path("ca.key"),
            "-CAcreateserial", "-days", "2", "-extfile", path(host + ".ext"), "-out", path(host + ".pem"),
        ])
        return Identity(certificate: path(host + ".pem"), key: path(host + ".key"))
    }

    private static let fresh = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]

    private func path(_ name: String) -> String { folder.url.appendingPathComponent(name).path }

    private func openssl(_ arguments: [String]) throws {
        try Child.run(
            ChildCommand(
                executable: "/usr/bin/openssl", arguments: arguments, log: path("openssl.log"),
                signalWhenParentEnds: "KILL"), limit: .seconds(30))
    }
}
