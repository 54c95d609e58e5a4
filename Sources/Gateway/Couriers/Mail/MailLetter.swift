import Crypto
import HandoverRules

/// A whole e-mail: what ``SMTPClient`` and ``Sendmail`` take.
protocol MailLetter: Sendable {
    var from: MailAddress { get }
    var to: MailAddress { get }
    /// In the Internet Message Format (RFC 5322): ASCII, lines ended by CR LF.
    var text: String { get }
}

extension MailLetter {
    /// The message of these lines: the headers that every mail of ours has, a blank line, the body.
    /// - Parameter messageID: ``identifier(of:)``.
    func message(_ subject: String, at: Instant, messageID: String, _ body: [String]) -> String {
        let head = [
            "From: Throughgate <\(from.text)>", "To: <\(to.text)>", "Subject: \(subject)",
            "Date: \(MailNotice.date(at))", "Message-ID: \(messageID)", "MIME-Version: 1.0",
            "Content-Type: text/plain; charset=us-ascii", "Content-Transfer-Encoding: 7bit",
            "Auto-Submitted: auto-generated", "X-Auto-Response-Suppress: All", "",
        ]
        let end = ["It was sent by a machine; nobody reads answers to it."]
        return (head + body + end).joined(separator: "\r\n") + "\r\n"
    }

    /// A Message-ID: the same for the same reason to write to this address, so that a mail that was sent twice is known
    /// as one.
    func identifier(of reason: String) -> String {
        let digest = SHA256.hash(data: Array("\(reason)\n\(to.text)".utf8))
        let name = digest.prefix(16).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        return "<\(name)@\(from.host)>"
    }
}

extension MailNotice: MailLetter {}
