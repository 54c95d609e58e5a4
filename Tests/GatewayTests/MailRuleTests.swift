import Foundation
import Gateway
import HandoverRules
import Testing

@Suite("rules: e-mail says nothing, and goes out safely")
struct MailRuleTests {
    @Test(arguments: [
        "duty@leeds.example", "a.b+c@sub.leeds.example", "o'neil@x-y.example", "root@localhost",
    ])
    func plainAddressesAreTaken(text: String) { #expect(MailAddress(text)?.text == text) }

    @Test(arguments: [
        "", "leeds.example", "@leeds.example", "a@", "a@b", "a@b@c.example", "a b@leeds.example", "-f@leeds.example",
        "a@leeds.example\r\nBcc: x@y.example", "a@leeds.example\n", "a\u{0}@leeds.example", "a,b@leeds.example",
        "<a@leeds.example>", "\"a b\"@leeds.example", "a@[127.0.0.1]", "a@-leeds.example", "a@leeds-.example",
        "a@leeds..example", ".a@leeds.example", "a.@leeds.example", "a..b@leeds.example", "é@leeds.example",
        "0113 496 0000", "a@" + String(repeating: "x", count: 64) + ".example",
    ])
    func whatCouldEndAHeaderOrBeAnOptionIsNoAddress(text: String) { #expect(MailAddress(text) == nil) }

    private func notice(_ urgent: Int, _ others: Int, _ occasion: String = "h/1/SENT") throws -> MailNotice {
        MailNotice(
            from: try #require(MailAddress("hub@example.org")), to: try #require(MailAddress("duty@leeds.example")),
            urgent: urgent, others: others, publicURL: "https://handovers.example.org", occasion: occasion,
            at: Instant(milliseconds: 1_780_000_000_000))
    }

    @Test(arguments: [
        (1, 0, "1 urgent handover waits"), (3, 0, "3 urgent handovers wait"), (0, 1, "1 handover waits"),
        (0, 2, "2 handovers wait"), (1, 1, "1 urgent handover and 1 other wait"),
        (2, 5, "2 urgent handovers and 5 others wait"),
    ])
    func theSubjectCounts(urgent: Int, others: Int, words: String) throws {
        #expect(try notice(urgent, others).subject == words)
    }

    @Test func theMessageIsWholeAndTheSameReasonHasTheSameId() throws {
        let text = try notice(1, 0).text
        #expect(text.contains("\r\nSubject: 1 urgent handover waits\r\n"))
        #expect(text.contains("\r\nDate: Thu, 28 May 2026 20:26:40 +0000\r\n"))
        #expect(text.contains("https://handovers.example.org/inbox\r\n"))
        #expect(text.replacing("\r\n", with: "").allSatisfy { $0.isASCII && !$0.isNewline })
        #expect(try notice(1, 0).messageID == notice(4, 2).messageID)
        #expect(try notice(1, 0).messageID != notice(1, 0, "h/1/HALF").messageID)
    }

    private func dialogue(user: String? = nil, isLoopback: Bool = false) throws -> SMTPDialogue {
        SMTPDialogue(
            MailRelay(host: "relay.example", port: 587, user: user, password: user.map { _ in "word" }),
            from: try #require(MailAddress("hub@example.org")), to: try #require(MailAddress("duty@leeds.example")),
            isLoopback: isLoopback)
    }

    @Test func aRelayElsewhereIsSpokenToByTLSAlone() throws {
        var dialogue = try dialogue(user: "hub")
        #expect(dialogue.received(220, ["relay"]) == .say("EHLO example.org"))
        #expect(dialogue.received(250, ["relay", "AUTH PLAIN", "STARTTLS"]) == .say("STARTTLS"))
        #expect(dialogue.received(220, ["go"]) == .startTLS(then: "EHLO example.org"))
        #expect(dialogue.received(250, ["relay", "AUTH LOGIN PLAIN"]) == .say("AUTH PLAIN AGh1YgB3b3Jk"))
        #expect(dialogue.received(235, ["in"]) == .say("MAIL FROM:<hub@example.org>"))
        #expect(dialogue.received(250, ["ok"]) == .say("RCPT TO:<duty@leeds.example>"))
        #expect(dialogue.received(250, ["ok"]) == .say("DATA"))
        #expect(dialogue.received(354, ["go"]) == .content)
        #expect(dialogue.received(250, ["taken"]) == .end(.taken))
    }

    @Test func withoutTLSNothingIsTold() throws {
        var dialogue = try dialogue(user: "hub")
        _ = dialogue.received(220, ["relay"])
        #expect(dialogue.received(250, ["relay", "AUTH PLAIN"]) == .end(.refused("NO_STARTTLS")))
    }

    @Test(arguments: 0..<7) func aRefusalAtAnyStepEndsIt(step: Int) throws {
        var dialogue = try dialogue(isLoopback: true)
        let good = [220, 250, 250, 250, 354, 250]
        for code in good.prefix(step) { _ = dialogue.received(code, ["x"]) }
        guard step < good.count else { return #expect(dialogue.received(250, []) == .end(.refused("PROTOCOL"))) }
        #expect(dialogue.received(451, ["later"]) == .end(.refused("451")))
    }

    @Test func aLineOfAFullStopDoesNotEndTheMessage() {
        #expect(SMTPDialogue.stuffed("a\r\n.\r\n..b\r\n") == "a\r\n..\r\n...b\r\n.\r\n")
    }
}
