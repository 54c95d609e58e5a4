import Foundation
import Gateway
import Postgres
import Testing

/// Hubs as processes that end in every way; what opened and waits to be told lies in the ledger before they start.
@Suite(
    "Python: alerts across SIGKILL and SIGTERM", .serialized,
    .enabled(if: Python.path != nil, "no Python with scripts/requirements-clients.txt"))
struct AlertKillTests {
    @Test func whenTheTellingHubIsKilledAnotherTellsOnce() async throws {
        let secret = "whsec_" + Data(repeating: 7, count: 32).base64EncodedString()
        let receiver = try Receiver(secret: secret)
        try await receiver.start()
        let door = AlertSettings.Webhook(
            address: try WebhookAddress(receiver.url, allowsPrivate: true), secret: try #require(WebhookSecret(secret)))
        let couriers = CourierSettings(
            allowsPrivateAddresses: true, alerts: AlertSettings(webhook: door, tick: .milliseconds(100)))
        let bed = try await DoorBed(couriers: couriers)
        let killed = try RunningHub(bed)
        try killed.start()
        try await Receiver.wait("a hub that judges") {
            try !bed.connection.query("select 1 from alert_watch where holder like 'courier-one/%'").isEmpty
        }
        killed.kill()
        try bed.seedNotice()
        let serving = Task { try await bed.gateway.run { _ in } }
        defer { serving.cancel() }
        // As long as the dead hub's lease lasts nobody else tells.
        try await Task.sleep(for: .milliseconds(500))
        #expect(receiver.lines.isEmpty)
        try bed.connection.execute("update alert_watch set held_until = now()")
        try await Receiver.wait("the opening to be told") { !receiver.lines.isEmpty }
        try await Receiver.wait("the ledger to know") {
            try bed.connection.query("select 1 from alert_notice where state = 'DELIVERED'").count == 1
        }
        #expect(receiver.lines.count == 1)
        #expect(receiver.lines[0].id.hasPrefix("ThroughgateTimersLate/") && receiver.lines[0].id.hasSuffix("/open"))
        #expect(receiver.lines.allSatisfy { $0.isVerified })
        let open: Int64 = try bed.connection.query(
            "select count(*) from alert_state where rule = 'ThroughgateTimersLate' and is_open"
        ).only()[0]
        #expect(open == 1, "it is open as it was, not anew")
    }

    @Test func aHubWhoseAlertIsNotTakenEndsWithinTenSeconds() async throws {
        let secret = "whsec_" + Data(repeating: 7, count: 32).base64EncodedString()
        let receiver = try Receiver(secret: secret, answering: "hang")
        try await receiver.start()
        let bed = try await DoorBed()
        let file = FileManager.default.temporaryDirectory.appending(path: "alert-secret-\(UUID().uuidString)")
        try Data(secret.utf8).write(to: file)
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: file.path)
        defer { try? FileManager.default.removeItem(at: file) }
        try bed.seedNotice()
        let hub = try RunningHub(
            bed, more: "alerts:\n  webhook: \(receiver.url)\n  webhookSecretFile: \(file.path)\n")
        try hub.start()
        try await receiver.wait(for: 1)
        let (status, seconds) = try hub.stop()
        #expect(status == 0)
        #expect(seconds < 10, "\(seconds) s")
        #expect(try bed.connection.query("select 1 from alert_notice where state = 'WAITING'").count == 1)
    }
}

extension DoorBed {
    /// An alert that is open and whose opening nobody was told of.
    fileprivate func seedNotice() throws {
        try connection.execute(
            """
            insert into alert_state (rule, cause, is_open, opened_at, figure)
            values ('ThroughgateTimersLate', '', true, now(), 3)
            """)
        try connection.execute(
            """
            insert into alert_notice (id, door, rule, cause, is_open, at, opened_at, figure, state, attempts,
                next_attempt_at)
            values ('ThroughgateTimersLate/seeded/open', 'webhook', 'ThroughgateTimersLate', '', true, now(), now(), 3,
                'WAITING', 0, now())
            """)
    }
}
