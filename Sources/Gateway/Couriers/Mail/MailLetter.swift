/// A whole e-mail: what ``SMTPClient`` and ``Sendmail`` take.
protocol MailLetter: Sendable {
    var from: MailAddress { get }
    var to: MailAddress { get }
    /// In the Internet Message Format (RFC 5322): ASCII, lines ended by CR LF.
    var text: String { get }
}

extension MailNotice: MailLetter {}
