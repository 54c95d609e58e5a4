import Foundation
public import HandoverRules

/// An e-mail that says how many handovers wait and where to read them, and nothing else: no names, no ids, no prison.
/// Mail is read on the way.
public struct MailNotice: Sendable, Hashable {
    public var from: MailAddress
    public var to: MailAddress
    /// Of priority P1.
    public var urgent: Int
    public var others: Int
    /// Where the inbox is, without a slash at its end.
    public var publicURL: String
    /// What it is about, for ``messageID`` alone: `HANDOVERID/VERSION/OCCASION` of the first that waits.
    public var occasion: String
    public var at: Instant

    public init(
        from: MailAddress, to: MailAddress, urgent: Int, others: Int, publicURL: String, occasion: String, at: Instant
    ) {
        self.from = from
        self.to = to
        self.urgent = urgent
        self.others = others
        self.publicURL = publicURL
        self.occasion = occasion
        self.at = at
    }

    /// `1 urgent handover waits`, `2 handovers wait`, `1 urgent handover and 3 others wait`.
    public var subject: String {
        switch (urgent, others) {
        case (0, 1): "1 handover waits"
        case (0, _): "\(others) handovers wait"
        case (1, 0): "1 urgent handover waits"
        case (_, 0): "\(urgent) urgent handovers wait"
        case (1, 1): "1 urgent handover and 1 other wait"
        case (1, _): "1 urgent handover and \(others) others wait"
        case (_, 1): "\(urgent) urgent handovers and 1 other wait"
        default: "\(urgent) urgent handovers and \(others) others wait"
        }
    }

    /// The same for the same reason to write, so that a mail that was sent twice is known as one.
    public var messageID: String { identifier(of: "throughgate mail\n\(occasion)") }

    /// The message in the Internet Message Format (RFC 5322): ASCII, lines ended by CR LF.
    public var text: String {
        message(
            subject, at: at, messageID: messageID,
            [
                "\(subject).", "", "Read and acknowledge in your inbox:", "\(publicURL)/inbox", "",
                "This message says nothing about anybody, so that it may be read on the way.",
            ])
    }

    static func date(_ at: Instant) -> String {
        let form = DateFormatter()
        form.locale = Locale(identifier: "en_US_POSIX")
        form.timeZone = TimeZone(identifier: "GMT")
        form.dateFormat = "EEE, dd MMM yyyy HH:mm:ss '+0000'"
        return form.string(from: Date(timeIntervalSince1970: Double(at.milliseconds) / 1000))
    }
}

/// What came of handing over one mail.
public enum MailOutcome: Sendable, Hashable {
    /// The relay, or the system's sendmail, has it.
    case taken
    /// Not, and why: a code such as `NO_STARTTLS`, `TIMEOUT`, `550`.
    case refused(String)
}
