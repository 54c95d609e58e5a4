import Foundation
import Gateway
import HandoverRules
import LocalServers
import Postgres
import Testing

/// An SMTP relay in Python by the aiosmtpd package (scripts/clients/mailbox.py).
private final class Mailbox {
    struct Mail: Decodable {
        let from: String
        let to: [String]
        let answer: String
        let text: String

        func header(_ name: String) -> String? {
            text.split(whereSeparator: \.isNewline).first { $0.hasPrefix(name + ": ") }.map {
                String($0.dropFirst(name.count + 2))
            }
        }
    }

    private let folder: ServerFolder
    private let process = Process()
    private(set) var port = 0

    init() async throws {
        folder = try ServerFolder.fresh("mailbox")
        try Data().write(to: log)
        try answer("take")
        process.executableURL = URL(filePath: try #require(Python.path))
        process.arguments = [
            "-I", Python.root.appending(path: "scripts/clients/mailbox.py").path, "0", log.path, mode.path,
        ]
        try process.run()
        try await Receiver.wait("the relay to listen") { self.text.last == "\n" }
        port = try #require(Int(text.split(separator: "\n")[0]))
    }

    deinit {
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
        folder.discard()
    }

    private var log: URL { folder.url.appendingPathComponent("log") }
    private var mode: URL { folder.url.appendingPathComponent("mode") }
    private var text: String { (try? String(contentsOf: log, encoding: .utf8)) ?? "" }

    func answer(_ text: String) throws { try Data(text.utf8).write(to: mode, options: .atomic) }

    var mails: [Mail] {
        text.split(separator: "\n").dropFirst().compactMap { try? JSONDecoder().decode(Mail.self, from: Data($0.utf8)) }
    }

    func wait(for count: Int) async throws {
        try await Receiver.wait("\(count) mails, there are \(mails.count)") { self.mails.count >= count }
    }
}

extension DoorBed {
    /// A version that was sent now, to be acknowledged within the span.
    fileprivate func seedUrgent(
        _ priority: Int16, offset: Int64, sentAt: Instant, due: Span, recipient: String = "prov-leeds"
    ) throws -> UUID {
        let id = try seed(recipient: recipient, streams: ["m"], partition: 0, offset: offset, held: true)[0]
        try connection.execute(
            """
            update message set held = false, priority = \(priority),
                sent_at = \(PostgresTimestamp(microseconds: sentAt.microseconds)),
                ack_due_at = \(PostgresTimestamp(microseconds: (sentAt + due).microseconds))
            where stream_id = \(id)
            """)
        return id
    }
}

@Suite(
    "Python: e-mail taken by the aiosmtpd package", .serialized,
    .enabled(if: Python.path != nil, "no Python with scripts/requirements-clients.txt"))
struct MailTests {
    private let clock = MovedClock()

    private func open(_ way: MailSettings.Way, _ body: (DoorBed) async throws -> Void) async throws {
        let mail = MailSettings(
            way: way, from: try #require(MailAddress("hub@example.org")),
            publicURL: "https://handovers.example.org")
        try await DoorBed.open(couriers: CourierSettings(mail: mail, now: clock.now)) { bed in
            try bed.lease(partition: 0, publishedThrough: 1000)
            try bed.connection.execute(
                """
                update provider set contact = 'duty@leeds.example', out_of_hours_contact = 'night@leeds.example'
                where provider_id = 'prov-leeds'
                """)
            try await body(bed)
        }
    }

    @Test func anUrgentHandoverIsToldAtOnceWithoutContentToBothContacts() async throws {
        let mailbox = try await Mailbox()
        try await open(.relay(MailRelay(host: "127.0.0.1", port: mailbox.port))) { bed in
            let id = try bed.seedUrgent(1, offset: 1, sentAt: clock.now(), due: .hours(400))
            try await mailbox.wait(for: 2)
            #expect(Set(mailbox.mails.flatMap(\.to)) == ["duty@leeds.example", "night@leeds.example"])
            for mail in mailbox.mails {
                #expect(mail.from == "hub@example.org" && mail.header("Subject") == "1 urgent handover waits")
                #expect(mail.text.contains("https://handovers.example.org/inbox"))
                for word in [id.uuidString.lowercased(), "Z1234BC", "MDI", "prov-leeds"] {
                    #expect(!mail.text.lowercased().contains(word.lowercased()))
                }
            }
        }
    }

    @Test func manyShareOneMailWithinFiveMinutes() async throws {
        let mailbox = try await Mailbox()
        try await open(.relay(MailRelay(host: "127.0.0.1", port: mailbox.port))) { bed in
            _ = try bed.seedUrgent(2, offset: 1, sentAt: clock.now(), due: .hours(400))
            try await mailbox.wait(for: 1)
            #expect(mailbox.mails[0].header("Subject") == "1 handover waits")
            for offset: Int64 in 2...4 {
                _ = try bed.seedUrgent(2, offset: offset, sentAt: clock.now(), due: .hours(400))
            }
            try await Receiver.wait("four reasons to write") {
                try bed.connection.query("select count(*) from mail_notice where occasion = 'SENT'").only()[0] == 4
            }
            clock.move(.minutes(4))
            try await bed.settle()
            #expect(mailbox.mails.count == 1)
            clock.move(.minutes(2))
            try await mailbox.wait(for: 2)
            #expect(mailbox.mails[1].header("Subject") == "3 handovers wait")
        }
    }

    @Test func halfOfTheClockIsToldUnlessItWasAcknowledged() async throws {
        let mailbox = try await Mailbox()
        try await open(.relay(MailRelay(host: "127.0.0.1", port: mailbox.port))) { bed in
            let waits = try bed.seedUrgent(3, offset: 1, sentAt: clock.now(), due: .days(28))
            let acked = try bed.seedUrgent(3, offset: 2, sentAt: clock.now(), due: .days(28))
            try await Receiver.wait("both halves to be noted") {
                try bed.connection.query("select count(*) from mail_notice where occasion = 'HALF'").only()[0] == 2
            }
            try bed.connection.execute("set session_replication_role = replica")
            try bed.connection.execute(
                """
                insert into acknowledgement (event_id, handover_id, version, decision, acked_at)
                values (\(UUID()), \(acked), 1, 'ACCEPTED', now())
                """)
            #expect(mailbox.mails.isEmpty)
            clock.move(.days(24))
            try await mailbox.wait(for: 1)
            #expect(mailbox.mails[0].header("Subject") == "1 handover waits")
            let states = try bed.connection.query(
                "select m.stream_id, n.state from mail_notice n join message m using (seq)"
            ).map { (try $0[0] as UUID, try $0.text(1)) }
            #expect(states.first { $0.0 == acked }?.1 == "NOT_NEEDED")
            try await Receiver.wait("it to be noted") {
                try bed.connection.query(
                    """
                    select n.state = 'SENT' from mail_notice n join message m using (seq)
                    where m.stream_id = \(waits)
                    """
                ).only()[0]
            }
        }
    }

    @Test func whatIsNotTakenGoesAgainUnderTheSameId() async throws {
        let mailbox = try await Mailbox()
        try mailbox.answer("451 later")
        try await open(.relay(MailRelay(host: "127.0.0.1", port: mailbox.port))) { bed in
            _ = try bed.seedUrgent(2, offset: 1, sentAt: clock.now(), due: .hours(400))
            try await mailbox.wait(for: 1)
            try await Receiver.wait("the refusal to be noted") {
                try bed.connection.query("select count(*) from mail_door where last_outcome = '451'").only()[0] == 1
            }
            try mailbox.answer("take")
            clock.move(.hours(1))
            try await mailbox.wait(for: 2)
            let ids = mailbox.mails.prefix(2).compactMap { $0.header("Message-ID") }
            #expect(ids.count == 2 && ids[0] == ids[1])
        }
    }

    @Test func theSystemsSendmailIsGivenAMessageAndAddressesThatAreNoOptions() async throws {
        let folder = try ServerFolder.fresh("sendmail")
        let program = folder.url.appendingPathComponent("sendmail")
        let out = folder.url.appendingPathComponent("out")
        try Data("#!/bin/sh\n{ echo \"$@\"; cat; } >\(out.path).part && mv \(out.path).part \(out.path)\n".utf8)
            .write(to: program)
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: program.path)
        try await open(.sendmail(program.path)) { bed in
            _ = try bed.seedUrgent(2, offset: 1, sentAt: clock.now(), due: .hours(400))
            try await Receiver.wait("a mail") { FileManager.default.fileExists(atPath: out.path) }
            let lines = try String(contentsOf: out, encoding: .utf8).split(separator: "\n")
            #expect(lines[0] == "-i -f hub@example.org -- duty@leeds.example")
            #expect(lines.contains("Subject: 1 handover waits"))
        }
        folder.discard()
    }
}
