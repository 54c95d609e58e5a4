import Foundation
import Gateway
import HandoverRules
import Testing

@Suite("rules: where webhooks may go, when they go again, how they are signed")
struct WebhookRuleTests {
    @Test(arguments: [
        "0.0.0.0", "0.1.2.3", "10.0.0.1", "10.255.255.255", "100.64.0.1", "100.127.255.254", "127.0.0.1",
        "127.255.255.255", "169.254.169.254", "169.254.0.1", "172.16.0.1", "172.31.255.255", "192.0.0.1",
        "192.0.2.7", "192.88.99.1", "192.168.0.1", "198.18.0.1", "198.19.255.255", "198.51.100.9", "203.0.113.9",
        "224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255", "168.63.129.16", "::", "::1", "::127.0.0.1",
        "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254", "::ffff:7f00:1", "64:ff9b::10.0.0.1",
        "64:ff9b:1::1", "100::1", "2001::1", "2001:2::1", "2001:10::1", "2001:db8::1", "2002:7f00:1::", "3fff::1",
        "fc00::1", "fd12:3456::1", "fd00:ec2::254", "fe80::1", "fe80::1%lo", "febf::1", "fec0::1", "ff02::1", "ff0e::1",
        "4000::1", "", "example.org", "127.1", "2130706433", "0x7f.0.0.1", "017700000001",
    ])
    func whatIsNotPublicIsRefused(address: String) { #expect(!PublicAddress.isPublic(address)) }

    @Test(arguments: [
        "1.1.1.1", "8.8.8.8", "9.255.255.255", "11.0.0.1", "100.63.255.255", "100.128.0.1", "126.255.255.255",
        "128.0.0.1", "169.253.255.255", "172.15.255.255", "172.32.0.1", "192.167.255.255", "192.169.0.1",
        "198.17.255.255", "198.20.0.1", "223.255.255.255", "2606:4700::1111", "2a00:1450::1", "::ffff:8.8.8.8",
        "64:ff9b::8.8.8.8", "2001:4860::8888", "2001:200::1",
    ])
    func whatIsPublicIsAllowed(address: String) { #expect(PublicAddress.isPublic(address)) }

    @Test(
        arguments: [
            ("https://hooks.example.org/in?x=1", nil), ("https://8.8.8.8/", nil),
            ("https://[2606:4700::1111]:8443/", nil),
            ("http://hooks.example.org/", .notTLS), ("https://user@hooks.example.org/", .credentials),
            ("https://user:word@hooks.example.org/", .credentials), ("ftp://hooks.example.org/", .malformed),
            ("https://127.0.0.1/", .isPrivate), ("https://[::1]/", .isPrivate),
            ("https://[::ffff:169.254.169.254]/", .isPrivate), ("https://10.1.2.3:8443/a", .isPrivate),
            ("https://2130706433/", .malformed), ("https://0x7f000001/", .malformed), ("https://127.1/", .malformed),
            ("https://0x7f.0x0.0x0.0x1/", .malformed), ("https://[fe80::1%25eth0]/", .malformed),
            ("https:///path", .malformed), ("https://hooks.example.org:0/", .malformed),
            ("https://hooks.example.org/#part", .malformed), ("https://hooks.example.org\\@127.0.0.1/", .malformed),
            ("https://hooks.example.org/a b", .malformed), ("", .malformed), ("hooks.example.org", .malformed),
        ] as [(String, WebhookAddress.Refusal?)])
    func anAddressIsJudgedBeforeAnybodyIsAsked(text: String, refusal: WebhookAddress.Refusal?) {
        do throws(WebhookAddress.Refusal) {
            _ = try WebhookAddress(text, allowsPrivate: false)
            #expect(refusal == nil)
        } catch {
            #expect(error == refusal)
        }
    }

    @Test func settingsMayAllowThisMachineAndPlainHTTPByName() throws {
        let address = try WebhookAddress("http://127.0.0.1:8099/in", allowsPrivate: true)
        #expect(address.host == "127.0.0.1" && address.port == 8099)
        #expect(throws: WebhookAddress.Refusal.credentials) {
            try WebhookAddress("http://user:word@127.0.0.1/", allowsPrivate: true)
        }
    }

    /// The convention's own example.
    @Test func theSignatureIsTheOneOfTheConvention() throws {
        let secret = try #require(WebhookSecret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"))
        let body = Array(#"{"test": 2432232314}"#.utf8)
        let made = WebhookSecret.signatures(
            [secret], id: "msg_p5jXN8AQM9LWM0D4loKWxJek", seconds: 1_614_265_330, body: body)
        #expect(made == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=")
        #expect(WebhookSecret("whsec_c2hvcnQ=") == nil && WebhookSecret("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw") == nil)
    }

    private let start = Instant(milliseconds: 1_780_000_000_000)

    private func step(
        _ answer: WebhookAnswer, after hours: Int64, failures: Int = 0, chance: Double = 0.5
    ) -> WebhookStep {
        WebhookPace(queuedAt: start, failures: failures)
            .step(after: answer, now: start + .hours(hours), chance: chance)
    }

    @Test(arguments: [200, 201, 204, 299])
    func anySuccessIsOne(status: Int) {
        #expect(step(.status(status, retryAfter: nil), after: 100) == .delivered)
    }

    @Test(arguments: [100, 301, 302, 307, 308, 400, 401, 404, 409, 422, 429, 500, 502, 503])
    func everythingElseIsTriedAgainFor72Hours(status: Int) {
        let answer = WebhookAnswer.status(status, retryAfter: nil)
        for hours: Int64 in [0, 1, 24, 71] {
            guard case .again = step(answer, after: hours) else { return #expect(Bool(false), "\(hours) h") }
        }
        guard case .dead = step(answer, after: 72) else { return #expect(Bool(false)) }
    }

    @Test func goneIsGoneAtOnce() { #expect(step(.status(410, retryAfter: nil), after: 0) == .gone) }

    @Test func waitsGrowToTheirBoundWithFullJitter() {
        for failures in 0...40 {
            let most = min(Span.seconds(5).microseconds << Int64(min(failures, 20)), Span.minutes(30).microseconds)
            for chance in [0, 0.25, 0.999] {
                let wait = max(Span.seconds(1).microseconds, Int64(Double(most) * chance))
                let again = WebhookStep.again(at: start + Span(microseconds: wait))
                #expect(step(.failed("CONNECT"), after: 0, failures: failures, chance: chance) == again)
            }
        }
    }

    @Test(
        arguments: [
            ("120", Span.seconds(120)), (" 7 ", .seconds(7)), ("999999999", .hours(24)), ("-5", nil), ("soon", nil),
            ("", nil), ("Thu, 28 May 2026 21:26:40 GMT", .minutes(60)), ("Thu, 28 May 2020 20:26:40 GMT", nil),
        ] as [(String, Span?)])
    func retryAfterIsHonouredUpToADay(text: String, wait: Span?) {
        let made = step(.status(503, retryAfter: text), after: 0, chance: 0)
        #expect(made == .again(at: start + (wait ?? .seconds(1))))
    }
}
