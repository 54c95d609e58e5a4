import Foundation
import Gateway
import HandoverRules
import LocalServers
import Postgres
import Testing

/// A webhook receiver that verifies signatures, and a program that takes mail, for alerts.
private final class Duty {
    let receiver: Receiver
    private let folder: ServerFolder
    let clock = MovedClock()
    private let program: URL

    init() throws {
        receiver = try Receiver(secret: Duty.secret)
        folder = try ServerFolder.fresh("duty")
        program = folder.url.appendingPathComponent("sendmail")
        let mails = folder.url.path
        try Data("#!/bin/sh\ncat > \(mails)/$$.part && mv \(mails)/$$.part \(mails)/$$.mail\n".utf8).write(to: program)
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: program.path)
    }

    deinit { folder.discard() }

    /// 32 bytes of nothing.
    static let secret = "whsec_" + Data(repeating: 7, count: 32).base64EncodedString()

    /// - Parameter relay: takes mail in the place of the program.
    func settings(relay: Int? = nil) throws -> CourierSettings {
        let address = try WebhookAddress(receiver.url, allowsPrivate: true)
        let secret = try #require(WebhookSecret(Duty.secret))
        return CourierSettings(
            allowsPrivateAddresses: true,
            mail: MailSettings(
                way: relay.map { .relay(MailRelay(host: "127.0.0.1", port: $0)) } ?? .sendmail(program.path),
                from: try #require(MailAddress("hub@example.org")),
                publicURL: "https://handovers.example.org"),
            alerts: AlertSettings(
                webhook: .init(address: address, secret: secret), email: MailAddress("duty@example.org"),
                runbooks: "https://wiki.example.org/runbooks", tick: .milliseconds(50)),
            now: clock.now)
    }

    /// Ids of what was taken, of one alert; every one must have been signed.
    func told(_ alert: String) -> [String] {
        let lines = receiver.lines.filter { $0.status == "200" && $0.id.hasPrefix(alert + "/") }
        #expect(!lines.contains { !$0.isVerified })
        return lines.map { String($0.id.split(separator: "/").last ?? "") }
    }

    func mails(_ alert: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(at: folder.url, includingPropertiesForKeys: nil)
            .filter { $0.pathExtension == "mail" }
            .map { try String(contentsOf: $0, encoding: .utf8) }.filter { $0.contains("] \(alert): ") }
    }

    /// Lets so much time pass in steps that are one stretch for the rules, each looked at.
    func pass(_ minutes: Int64, _ bed: DoorBed) async throws {
        for _ in 0..<(minutes * 60 + 99) / 100 {
            clock.move(.seconds(100))
            let now = clock.now()
            let deadline = Date(timeIntervalSinceNow: 40)
            while try await lookedAt(bed) < now.milliseconds {
                try #require(Date() < deadline, "waited for a look")
                try await Task.sleep(for: .milliseconds(20))
            }
        }
    }

    private func lookedAt(_ bed: DoorBed) async throws -> Int64 {
        let text = try await bed.ask("GET", "/api/alerts", token: nil).object["lookedAt"] as? String
        let form = Date.ISO8601FormatStyle(includingFractionalSeconds: true)
        return try text.map { Int64((try Date($0, strategy: form).timeIntervalSince1970 * 1000).rounded()) } ?? 0
    }
}

extension DoorBed {
    /// Opens ThroughgateTimersLate once ten minutes have passed, and lets it clear again.
    fileprivate func seedDueTimer() throws {
        try connection.execute(
            """
            insert into timer (event_id, subject, kind, cause, due_at)
            values (\(UUID()), 'Z1234BC', 'HOLD', 'x', now() - interval '1 hour')
            """)
    }

    fileprivate func showsTimers(_ count: Int) async throws {
        let deadline = Date(timeIntervalSinceNow: 20)
        while try await !ask("GET", "/metrics", token: nil).text.contains("throughgate_timers_due \(count)\n") {
            try #require(Date() < deadline, "waited for the figure")
            try await Task.sleep(for: .milliseconds(50))
        }
    }

    fileprivate func openAlerts() async throws -> [String] {
        let open = try await ask("GET", "/api/alerts", token: nil).object["open"] as? [[String: Any]] ?? []
        return open.compactMap { $0["alert"] as? String }
    }
}

@Suite(
    "Python: alerts told by webhook and e-mail", .serialized,
    .enabled(if: Python.path != nil, "no Python with scripts/requirements-clients.txt"))
struct AlertDeliveryTests {
    private let late = "ThroughgateTimersLate"

    @Test func twoHubsTellOnceThatItOpenedAndOnceThatItClearedAlsoToAReceiverThatWasAway() async throws {
        let duty = try Duty()
        try await duty.receiver.start()
        try duty.receiver.answer("500")
        let settings = try duty.settings()
        try await DoorBed.open(couriers: settings) { bed in
            try await bed.withSecondGateway(settings) {
                try bed.seedDueTimer()
                try await bed.showsTimers(1)
                try await duty.pass(7, bed)
                #expect(try await !bed.openAlerts().contains(late))
                try await duty.pass(6, bed)
                #expect(try await bed.openAlerts().contains(late))
                #expect(duty.told(late).isEmpty)
                try duty.receiver.answer("200")
                try await duty.pass(10, bed)
                try await Receiver.wait("the opening") { duty.told(late) == ["open"] }
            }
            // The first goes on alone, or takes over.
            try bed.connection.execute("delete from timer")
            try await bed.showsTimers(0)
            try await duty.pass(8, bed)
            try await Receiver.wait("the clearing") { duty.told(late) == ["open", "clear"] }
            try await duty.pass(7, bed)
            #expect(try await !bed.openAlerts().contains(late))
            #expect(duty.told(late) == ["open", "clear"])
            let mails = try duty.mails(late)
            #expect(mails.count == 2, "\(mails)")
            for mail in mails {
                #expect(mail.contains("Subject: [warning] \(late): "))
                #expect(mail.contains("What to do: https://wiki.example.org/runbooks/\(late).md"))
                #expect(!mail.contains("Z1234BC"))
            }
            let metrics = try await bed.ask("GET", "/metrics", token: nil).text
            #expect(metrics.contains(#"throughgate_alert_deliveries_total{door="webhook",outcome="retried"} "#))
            let kept: Int64 = try bed.connection.query(
                "select count(*) from alert_notice where rule = \(late) and state = 'DELIVERED'"
            ).only()[0]
            #expect(kept == 4)
        }
    }

    @Test func aRelayIsToldToo() async throws {
        let duty = try Duty()
        try await duty.receiver.start()
        let mailbox = try await Mailbox()
        try await DoorBed.open(couriers: try duty.settings(relay: mailbox.port)) { bed in
            try await duty.pass(5, bed)
            // These beds have no hub: every part waits.
            let subject = "[critical] ThroughgateNotReady: open"
            func told() -> [Mailbox.Mail] { mailbox.mails.filter { $0.header("Subject") == subject } }
            try await Receiver.wait("three mails") { told().count == 3 }
            for mail in told() {
                #expect(mail.from == "hub@example.org" && mail.to == ["duty@example.org"])
                #expect(mail.text.contains("What to do: https://wiki.example.org/runbooks/ThroughgateNotReady.md"))
            }
            #expect(try duty.mails("ThroughgateNotReady").isEmpty)
        }
    }

    @Test func aLedgerThatIsAwayIsToldOfFromMemoryAndNotAgainWhenItIsBack() async throws {
        let duty = try Duty()
        try await duty.receiver.start()
        let servers = try Servers.own()
        try await DoorBed.open(couriers: try duty.settings(), servers: servers) { bed in
            try #require(servers.postgres).stop()
            // These beds have no hub, so that every part waits: what a hub says whose ledger is away.
            try await duty.pass(5, bed)
            let alert = "ThroughgateNotReady"
            try await Receiver.wait("the openings") { duty.told(alert).count == 3 }
            let page = try await bed.ask("GET", "/", token: nil)
            #expect(page.status == 200 && page.text.contains(alert) && page.text.contains("waits for postgres"))
            #expect(page.text.contains("https://wiki.example.org/runbooks/\(alert).md"))
            try #require(servers.postgres).restart()
            let ledger = try PostgresConnection(PostgresConfiguration(url: bed.databaseURL))
            try await Receiver.wait("the ledger to know") {
                let told: Int64 = try ledger.query(
                    "select count(*) from alert_notice where rule = \(alert) and state = 'DELIVERED'"
                ).only()[0]
                return told == 6
            }
            try await duty.pass(4, bed)
            #expect(duty.told(alert) == ["open", "open", "open"])
            let open: Int64 = try ledger.query(
                "select count(*) from alert_state where rule = \(alert) and is_open"
            ).only()[0]
            #expect(open == 3)
        }
    }
}
