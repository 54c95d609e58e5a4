import Foundation

/// One mail by SMTP (RFC 5321), as a pure value: a reply of the relay in, what to do next out. Without TLS it speaks to
/// this machine only, and nothing of the mail or of a password goes out before TLS where TLS is needed.
public struct SMTPDialogue: Sendable {
    public enum Action: Sendable, Hashable {
        /// Send this line.
        case say(String)
        /// The relay is ready for TLS: begin it, then send the line.
        case startTLS(then: String)
        /// Send the message and the full stop that ends it.
        case content
        /// Over; a QUIT may follow.
        case end(MailOutcome)
    }

    private enum Phase { case greeting, hello, startTLS, auth, from, to, data, content, over }

    private let relay: MailRelay
    private let from: MailAddress
    private let to: MailAddress
    private let needsTLS: Bool
    private var hasTLS = false
    private var phase = Phase.greeting

    /// - Parameter isLoopback: the relay is on this machine: TLS is not asked for.
    public init(_ relay: MailRelay, from: MailAddress, to: MailAddress, isLoopback: Bool) {
        self.relay = relay
        self.from = from
        self.to = to
        needsTLS = !isLoopback
    }

    /// - Parameters:
    ///   - code: of the reply's last line.
    ///   - lines: their texts without the code.
    public mutating func received(_ code: Int, _ lines: [String]) -> Action {
        switch phase {
        case .greeting: return expect(code, 220, .hello, .say(hello))
        case .hello: return code == 250 ? greeted(lines) : refuse(code)
        case .startTLS:
            guard code == 220 else { return refuse(code) }
            hasTLS = true
            phase = .hello
            return .startTLS(then: hello)
        case .auth: return expect(code, 235, .from, .say("MAIL FROM:<\(from.text)>"))
        case .from: return expect(code, 250, .to, .say("RCPT TO:<\(to.text)>"))
        case .to:
            guard code == 250 || code == 251 else { return refuse(code) }
            phase = .data
            return .say("DATA")
        case .data: return expect(code, 354, .content, .content)
        case .content: return expect(code, 250, .over, .end(.taken))
        case .over: return .end(.refused("PROTOCOL"))
        }
    }

    private var hello: String { "EHLO \(from.host)" }

    private mutating func greeted(_ lines: [String]) -> Action {
        let offers = lines.dropFirst().map { $0.uppercased() }
        if needsTLS, !hasTLS {
            guard offers.contains("STARTTLS") else { return .end(.refused("NO_STARTTLS")) }
            phase = .startTLS
            return .say("STARTTLS")
        }
        guard let user = relay.user, let password = relay.password else {
            phase = .from
            return .say("MAIL FROM:<\(from.text)>")
        }
        let ways = offers.first { $0.hasPrefix("AUTH ") }?.split(separator: " ") ?? []
        guard ways.contains("PLAIN") else { return .end(.refused("NO_AUTH_PLAIN")) }
        phase = .auth
        return .say("AUTH PLAIN " + Data("\0\(user)\0\(password)".utf8).base64EncodedString())
    }

    private mutating func expect(_ code: Int, _ wanted: Int, _ next: Phase, _ action: Action) -> Action {
        guard code == wanted else { return refuse(code) }
        phase = next
        return action
    }

    private mutating func refuse(_ code: Int) -> Action {
        phase = .over
        return .end(.refused(String(code)))
    }

    /// A message as it goes through: every line that begins with a full stop gets one more, and a lone one ends it.
    public static func stuffed(_ text: String) -> String {
        var lines = text.replacing("\r\n", with: "\n").split(separator: "\n", omittingEmptySubsequences: false)
        if lines.last == "" { lines.removeLast() }
        return lines.map { ($0.hasPrefix(".") ? "." : "") + $0 + "\r\n" }.joined() + ".\r\n"
    }
}
