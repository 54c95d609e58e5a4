import Foundation
import LocalServers
import Testing

/// A client program that listens: the first line of its log is the port, each further one something that came.
final class ClientServer {
    let port: Int
    private let folder: ServerFolder
    private let log: URL
    private let process: Process

    /// - Parameter arguments: given the log and the folder in which it lies.
    private init(_ program: String, _ arguments: (_ log: URL, _ folder: URL) throws -> [String]) throws {
        folder = try ServerFolder.fresh("client-server")
        log = folder.url.appendingPathComponent("log")
        process = try ClientProgram.start(program, arguments(log, folder.url))
        let deadline = Date(timeIntervalSinceNow: 20)
        var first: Int?
        while first == nil, Date() < deadline {
            Thread.sleep(forTimeInterval: 0.02)
            let text = (try? String(contentsOf: log, encoding: .utf8)) ?? ""
            if text.contains("\n") { first = text.split(separator: "\n").first.flatMap { Int($0) } }
        }
        port = try #require(first)
    }

    deinit {
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
        folder.discard()
    }

    var lines: [String] {
        let text = (try? String(contentsOf: log, encoding: .utf8)) ?? ""
        return text.split(separator: "\n").dropFirst().map(String.init)
    }
}

extension ClientServer {
    /// A front with TLS, and sign-in where a user is named, before the tests' broker: `tls`, `PLAIN ok`.
    ///
    /// - Parameters:
    ///   - clients: the authority whose certificate a client must show; nil: none.
    ///   - user: name and secret that must be shown; nil: nobody signs in.
    static func brokerFront(
        _ identity: TestAuthority.Identity, clients: TestAuthority? = nil, user: (name: String, secret: String)? = nil
    ) throws -> ClientServer {
        try ClientServer("kafka_front.py") { log, _ in
            let broker = try WholeHub.broker.get().1.split(separator: ":").last.map(String.init) ?? ""
            return [log.path, broker, identity.certificate, identity.key]
                + (clients.map { ["client-ca=\($0.certificate)"] } ?? [])
                + (user.map { ["user=\($0.name)", "secret=\($0.secret)"] } ?? [])
        }
    }

    /// A receiver of webhooks under TLS that verifies each and answers 200: `200 ID ok 1`.
    static func hookReceiver(_ secret: String, _ identity: TestAuthority.Identity) throws -> ClientServer {
        try ClientServer("receiver.py") { log, folder in
            let mode = folder.appendingPathComponent("mode")
            try Data("200".utf8).write(to: mode)
            return ["0", secret, log.path, mode.path, "127.0.0.1", identity.certificate, identity.key]
        }
    }
    /// An SMTP relay that takes nothing before STARTTLS, and each mail after it: a line of JSON.
    static func mailbox(_ identity: TestAuthority.Identity) throws -> ClientServer {
        try ClientServer("mailbox.py") { log, folder in
            let mode = folder.appendingPathComponent("mode")
            try Data("take".utf8).write(to: mode)
            return ["0", log.path, mode.path, identity.certificate, identity.key]
        }
    }
}
