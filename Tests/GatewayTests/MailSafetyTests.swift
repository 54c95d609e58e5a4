import Foundation
import Gateway
import HandoverRules
import LocalServers
import Postgres
import Testing

@Suite(
    "Python: e-mail by STARTTLS, and beside a relay that hangs", .serialized,
    .enabled(if: Python.path != nil, "no Python with scripts/requirements-clients.txt"))
struct MailSafetyTests {
    private let clock = MovedClock()

    private func open(_ relay: MailRelay, _ body: (DoorBed) async throws -> Void) async throws {
        let mail = MailSettings(
            way: .relay(relay), from: try #require(MailAddress("hub@example.org")),
            publicURL: "https://handovers.example.org")
        try await DoorBed.open(couriers: CourierSettings(mail: mail, now: clock.now)) { bed in
            try bed.lease(partition: 0, publishedThrough: 1000)
            try bed.connection.execute(
                "update provider set contact = 'duty@leeds.example' where provider_id = 'prov-leeds'")
            try bed.connection.execute("update provider set contact = 'hang@yh.example' where provider_id = 'ps-yh'")
            try await body(bed)
        }
    }

    private func outcome(_ bed: DoorBed, _ wanted: String) async throws {
        try await Receiver.wait(wanted) {
            try !bed.connection.query("select 1 from mail_door where last_outcome = \(wanted)").isEmpty
        }
    }

    @Test func aMailGoesThroughSTARTTLSToARelayWhoseCertificateIsItsOwn() async throws {
        let authority = try TestAuthority()
        let mailbox = try await Mailbox(identity: try authority.issue("localhost"))
        let relay = MailRelay(
            host: "localhost", port: mailbox.port, protection: .always, trustedCertificates: authority.certificate)
        try await open(relay) { bed in
            _ = try bed.seedUrgent(2, offset: 1, sentAt: clock.now(), due: .hours(400))
            try await mailbox.wait(for: 1)
            #expect(mailbox.mails.map(\.tls) == [true] && mailbox.mails[0].to == ["duty@leeds.example"])
            try await outcome(bed, "TAKEN")
        }
    }

    @Test(arguments: ["other.example.org", nil] as [String?])
    func aRelayThatIsNotItselfOrOffersNoTLSIsToldNothing(name: String?) async throws {
        let authority = try TestAuthority()
        let mailbox = try await Mailbox(identity: try name.map { try authority.issue($0) })
        let relay = MailRelay(
            host: "localhost", port: mailbox.port, protection: .always, trustedCertificates: authority.certificate)
        try await open(relay) { bed in
            _ = try bed.seedUrgent(2, offset: 1, sentAt: clock.now(), due: .hours(400))
            try await outcome(bed, name == nil ? "NO_STARTTLS" : "TLS")
            #expect(mailbox.mails.isEmpty)
        }
    }

    @Test func aRelayThatHangsAtOneRecipientHoldsNoOthersMail() async throws {
        let mailbox = try await Mailbox()
        try await open(MailRelay(host: "127.0.0.1", port: mailbox.port)) { bed in
            _ = try bed.seedUrgent(2, offset: 1, sentAt: clock.now(), due: .hours(400), recipient: "ps-yh")
            try await Receiver.wait("the relay to hang") { mailbox.isHanging }
            _ = try bed.seedUrgent(2, offset: 2, sentAt: clock.now(), due: .hours(400))
            try await mailbox.wait(for: 1)
            #expect(mailbox.mails[0].to == ["duty@leeds.example"])
            let hung = try bed.connection.query(
                "select failures, held_until is not null from mail_door where recipient_id = 'ps-yh'"
            ).only()
            #expect(try hung[0] as Int32 == 0 && hung[1] as Bool, "it came while the other one still hung")
        }
    }
}
