import Foundation
import Gateway
import HandoverPipeline
import HandoverRules
import LocalServers
import Operations
import Postgres
import Synchronization
import Testing

/// A webhook receiver in Python, verifying with the `standardwebhooks` package (scripts/clients/receiver.py).
final class Receiver {
    struct Line: Equatable {
        let status: String
        let id: String
        let isVerified: Bool
        let signatures: Int
    }

    let folder: ServerFolder
    private let log: URL
    private let mode: URL
    private var process: Process?
    private(set) var port = 0
    private let secret: String
    private let address: String
    private let identity: TestAuthority.Identity?

    init(
        secret: String, answering text: String = "200", port: Int = 0, address: String = "127.0.0.1",
        identity: TestAuthority.Identity? = nil
    ) throws {
        self.address = address
        self.identity = identity
        folder = try ServerFolder.fresh("receiver")
        log = folder.url.appendingPathComponent("log")
        mode = folder.url.appendingPathComponent("mode")
        self.port = port
        self.secret = secret
        try answer(text)
    }

    deinit {
        stop()
        folder.discard()
    }

    var url: String { "http://127.0.0.1:\(port)/in" }

    /// What the next request is answered with: a status and headers `name=value`; `hang`.
    func answer(_ text: String) throws { try Data(text.utf8).write(to: mode, options: .atomic) }

    func start() async throws {
        try Data().write(to: log)
        let process = Process()
        process.executableURL = URL(filePath: try #require(Python.path))
        process.arguments =
            [
                "-I", Python.root.appending(path: "scripts/clients/receiver.py").path, String(port), secret, log.path,
                mode.path, address,
            ] + (identity.map { [$0.certificate, $0.key] } ?? [])
        try process.run()
        self.process = process
        try await Receiver.wait("the receiver to listen") { !self.text.isEmpty && self.text.last == "\n" }
        port = try #require(Int(text.split(separator: "\n")[0]))
    }

    func stop() {
        guard let process else { return }
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
        self.process = nil
    }

    private var text: String { (try? String(contentsOf: log, encoding: .utf8)) ?? "" }

    var lines: [Line] {
        text.split(separator: "\n").dropFirst().map { line in
            let parts = line.split(separator: " ").map(String.init)
            return Line(status: parts[0], id: parts[1], isVerified: parts[2] == "ok", signatures: Int(parts[3]) ?? 0)
        }
    }

    /// What came, each on a line.
    var bodies: [String] {
        ((try? String(contentsOf: folder.url.appendingPathComponent("log.bodies"), encoding: .utf8)) ?? "")
            .split(separator: "\n").map(String.init)
    }

    func wait(for count: Int) async throws {
        try await Receiver.wait("\(count) requests, there are \(lines.count)") { self.lines.count >= count }
    }

    /// Asks until it is so; at most 40 s.
    static func wait(_ what: @autoclosure () -> String, until isSo: () throws -> Bool) async throws {
        let deadline = Date(timeIntervalSinceNow: 40)
        while try !isSo() {
            try #require(Date() < deadline, "waited for \(what())")
            try await Task.sleep(for: .milliseconds(20))
        }
    }
}

/// A clock that a test moves.
final class MovedClock: Sendable {
    private let moved = Mutex(Span.zero)

    var now: @Sendable () -> Instant {
        { Instant(microseconds: Int64(Date().timeIntervalSince1970 * 1_000_000)) + self.moved.withLock { $0 } }
    }

    func move(_ span: Span) { moved.withLock { $0 = Span(microseconds: $0.microseconds + span.microseconds) } }
}

extension DoorBed {
    /// A secret for the recipient; its text.
    func webhookSecret(_ recipient: String = "prov-leeds") throws -> String {
        try WebhookSecrets.create(for: recipient, on: connection).text
    }

    func pointWebhook(_ recipient: String = "prov-leeds", at url: String) throws {
        try connection.execute("update provider set webhook_url = \(url) where provider_id = \(recipient)")
        try connection.execute("update register_version set version = version + 1")
    }

    func webhook(_ recipient: String = "prov-leeds") throws -> WebhookBook.Door? {
        try WebhookBook.doors(recipient: recipient, on: connection).first
    }

    func wait(_ what: String, until isSo: (WebhookBook.Door) throws -> Bool) async throws {
        try await Receiver.wait(what) { try webhook().map(isSo) ?? false }
    }
}

extension DoorBed {
    /// Another hub's doors over the same ledger, for the length of the closure.
    func withSecondGateway(_ couriers: CourierSettings, _ body: () async throws -> Void) async throws {
        var other = settings
        other.instance = "doors-2"
        let gateway = try Gateway(
            host: "127.0.0.1", port: 0, settings: other, status: HubStatus(),
            measurements: Measurements(settings: other), version: "test", couriers: couriers, log: DoorBed.quiet)
        let serving = Task { try await gateway.run { _ in } }
        defer { serving.cancel() }
        try await body()
    }
}
