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
        message(
            "[\(notice.rule.severity.rawValue)] \(notice.rule.name): \(notice.isOpen ? "open" : "clear")", at: at,
            messageID: identifier(of: "throughgate alert\n\(notice.id)"),
            [
                AlertLetter.plain(notice.summary), "",
                "Open since: \(RFC3339.utc(Instant(milliseconds: notice.openedAt.milliseconds)))",
                "What to do: \(AlertLetter.plain(notice.rule.runbook(below: runbooks)))", "",
            ])
    }

    /// One line of ASCII that no relay finds too long (RFC 5322 §2.1.1).
    private static func plain(_ text: String) -> String {
        let scalars = text.unicodeScalars.map { (32...126).contains($0.value) ? $0 : "?" }
        return String(String.UnicodeScalarView(scalars).prefix(900))
    }
}
