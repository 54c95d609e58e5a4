import Foundation
import LocalServers
import Testing

/// An authority of the test's own, made by the system's openssl.
final class TestAuthority {
    /// Paths of PEM files.
    struct Identity {
        let certificate: String
        let key: String
    }

    private let folder: ServerFolder
    var certificate: String { path("ca.pem") }

    init() throws {
        folder = try ServerFolder.fresh("authority")
        try openssl(
            ["req", "-x509"] + TestAuthority.fresh + [
                "-days", "2", "-subj", "/CN=Test authority", "-keyout", path("ca.key"), "-out", certificate,
            ])
    }

    deinit { folder.discard() }

    /// For one host name.
    func issue(_ host: String) throws -> Identity {
        try Data("subjectAltName=DNS:\(host)\n".utf8).write(to: URL(filePath: path(host + ".ext")))
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
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/openssl")
        process.arguments = arguments
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        try #require(process.terminationStatus == 0, "openssl \(arguments[0])")
    }
}
