import EventContracts
import Foundation
import Gateway
import LocalServers
import Testing

/// `throughgate run` as a process of its own over the bed's ledger.
final class RunningHub {
    private let settings: URL
    private let folder: ServerFolder
    private var process: Process?

    /// - Parameter more: settings beside the usual.
    init(_ bed: DoorBed, more: String = "") throws {
        folder = try ServerFolder.fresh("courier-hub")
        settings = folder.url.appendingPathComponent("settings.yaml")
        let servers = try Servers.shared.get()
        try Data(
            """
            kafka:
              bootstrapServers: "\(servers.bootstrapServers)"
              topicPrefix: "\(bed.topics.prefix)"
              properties:
                receive.message.max.bytes: "1000000000"
            postgres:
              url: "\(bed.databaseURL)"
            http:
              address: "127.0.0.1:\(try FreePort.next())"
            webhooks:
              allowPrivateAddresses: true
            hub:
              instance: courier-one
            \(more)
            """.utf8
        ).write(to: settings)
    }

    func start() throws {
        let process = Process()
        process.executableURL = Bundle.main.bundleURL.appendingPathComponent("throughgate")
        if let named = ProcessInfo.processInfo.environment["THROUGHGATE_BINARY"] {
            process.executableURL = URL(fileURLWithPath: named)
        }
        process.arguments = ["run", "--config", settings.path]
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
        self.process = process
    }

    /// SIGTERM.
    /// - Returns: the exit status and how many seconds the end took; SIGKILL ends what takes half a minute.
    func stop() throws -> (status: Int32, seconds: Double) {
        guard let process else { return (-1, 0) }
        let began = Date()
        process.terminate()
        let deadline = began.addingTimeInterval(30)
        while process.isRunning, Date() < deadline { Thread.sleep(forTimeInterval: 0.02) }
        let seconds = Date().timeIntervalSince(began)
        guard !process.isRunning else {
            kill()
            return (-1, seconds)
        }
        self.process = nil
        return (process.terminationStatus, seconds)
    }

    func kill() {
        guard let process else { return }
        Foundation.kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
        self.process = nil
    }

    deinit {
        kill()
        folder.discard()
    }
}

@Suite(
    "Python: webhooks across SIGKILL", .serialized,
    .enabled(if: Python.path != nil, "no Python with scripts/requirements-clients.txt"))
struct WebhookKillTests {
    @Test func aHubKilledBetweenSendingAndNotingSendsTheSameIdAgain() async throws {
        let bed = try await DoorBed()
        let receiver = try Receiver(secret: try bed.webhookSecret(), answering: "hang")
        try await receiver.start()
        try bed.pointWebhook(at: receiver.url)
        let ids = try bed.seed(recipient: "prov-leeds", streams: ["a", "b", "c"], partition: 0, offset: 1)
        let names = ids.map { $0.uuidString.lowercased() + "/1" }
        // Shown already: a lease of another cluster would stop the hub.
        try bed.connection.execute(
            "insert into door_item (seq, recipient_id) select seq, recipient_id from message order by seq")
        let hub = try RunningHub(bed)
        try hub.start()
        try await receiver.wait(for: 1)
        // The receiver has it, the hub does not know.
        hub.kill()
        try receiver.answer("200")
        // As long as the dead hub's lease lasts nobody else sends.
        try bed.connection.execute("update webhook_door set held_until = now()")
        try hub.start()
        try await receiver.wait(for: 4)
        #expect(receiver.lines.map(\.id) == [names[0]] + names)
        #expect(receiver.lines.allSatisfy { $0.isVerified })
        try await bed.wait("all to be noted") { $0.waiting == 0 && $0.dead == 0 }
    }
}
