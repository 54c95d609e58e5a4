import Foundation
import LocalServers
import Testing

/// A front with TLS, and sign-in where a user is named, before the tests' broker (scripts/clients/kafka_front.py).
final class BrokerFront {
    private let folder: ServerFolder
    private let process = Process()
    let port: Int

    /// - Parameters:
    ///   - clients: the authority whose certificate a client must show; nil: none.
    ///   - user: name and secret that must be shown; nil: nobody signs in.
    init(
        _ identity: TestAuthority.Identity, clients: TestAuthority? = nil, user: (name: String, secret: String)? = nil
    ) throws {
        folder = try ServerFolder.fresh("broker-front")
        let log = folder.url.appendingPathComponent("log")
        let broker = try WholeHub.broker.get().1.split(separator: ":").last.map(String.init) ?? ""
        process.executableURL = URL(fileURLWithPath: LagTruthBed.python)
        process.arguments =
            [
                "-I", LagTruthBed.root.appending(path: "scripts/clients/kafka_front.py").path, log.path, broker,
                identity.certificate, identity.key,
            ] + (clients.map { ["client-ca=\($0.certificate)"] } ?? [])
            + (user.map { ["user=\($0.name)", "secret=\($0.secret)"] } ?? [])
        try process.run()
        port = try #require(Int(FirstLine.of(log)))
    }

    deinit {
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
        folder.discard()
    }

    /// What came, a word or two a line: `tls`, `PLAIN ok`.
    var lines: [String] {
        let text = (try? String(contentsOf: folder.url.appendingPathComponent("log"), encoding: .utf8)) ?? ""
        return text.split(separator: "\n").dropFirst().map(String.init)
    }
}
