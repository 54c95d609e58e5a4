import Foundation
import Gateway
import HandoverRules
import LocalServers
import Postgres
import Testing

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
