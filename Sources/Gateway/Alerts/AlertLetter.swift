import Crypto
import EventContracts
import HandoverRules
import Operations

/// One opening or clearing as an e-mail: what, since when, and where it stands what to do.
struct AlertLetter: MailLetter {
    let from: MailAddress
    let to: MailAddress
    let notice: AlertNotice
    let runbooks: String
    let at: Instant

    var text: String {
        let state = notice.isOpen ? "open" : "clear"
        let lines = [
            "From: Throughgate <\(from.text)>", "To: <\(to.text)>",
            "Subject: [\(notice.rule.severity.rawValue)] \(notice.rule.name): \(state)",
            "Date: \(MailNotice.date(at))", "Message-ID: \(messageID)", "MIME-Version: 1.0",
            "Content-Type: text/plain; charset=us-ascii", "Content-Transfer-Encoding: 7bit",
            "Auto-Submitted: auto-generated", "X-Auto-Response-Suppress: All", "",
            AlertLetter.plain(notice.summary), "",
            "Open since: \(RFC3339.utc(Instant(milliseconds: notice.openedAt.milliseconds)))",
            "What to do: \(AlertLetter.plain(notice.rule.runbook(below: runbooks)))", "",
            "It was sent by a machine; nobody reads answers to it.",
        ]
        return lines.joined(separator: "\r\n") + "\r\n"
    }

    /// The same at every attempt, so that a mail that was sent twice is known as one.
    private var messageID: String {
        let digest = SHA256.hash(data: Array("throughgate alert\n\(notice.id)\n\(to.text)".utf8))
        let name = digest.prefix(16).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        return "<\(name)@\(from.host)>"
    }

    /// One line of ASCII that no relay finds too long (RFC 5322 §2.1.1).
    private static func plain(_ text: String) -> String {
        let scalars = text.unicodeScalars.map { (32...126).contains($0.value) ? $0 : "?" }
        return String(String.UnicodeScalarView(scalars).prefix(900))
    }
}
