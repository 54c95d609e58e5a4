public import HandoverPipeline
public import HandoverRules

/// What webhooks and e-mail need to be told.
public struct CourierSettings: Sendable {
    /// `webhooks.allowPrivateAddresses`: addresses of this machine and its networks, and plain http.
    public var allowsPrivateAddresses: Bool
    /// nil: no e-mail.
    public var mail: MailSettings?
    /// Where alerts go.
    public var alerts: AlertSettings
    /// A PEM file of authorities that receivers' certificates may come from, beside those that the system trusts.
    public var trustedCertificates: String?
    /// Numeric addresses of a host name; none: it is unknown. Asked once for each turn of a recipient. Blocks.
    public var resolve: @Sendable (String) -> [String]
    /// The clock of deadlines and waits.
    public var now: @Sendable () -> Instant

    public init(
        allowsPrivateAddresses: Bool = false, mail: MailSettings? = nil, alerts: AlertSettings = AlertSettings(),
        trustedCertificates: String? = nil, resolve: (@Sendable (String) -> [String])? = nil,
        now: @escaping @Sendable () -> Instant = { MachineClock.now() }
    ) {
        self.allowsPrivateAddresses = allowsPrivateAddresses
        self.mail = mail
        self.alerts = alerts
        self.trustedCertificates = trustedCertificates
        self.resolve = resolve ?? { AddressLookup.addresses(of: $0) }
        self.now = now
    }
}

/// How e-mail leaves, and what it says about itself.
public struct MailSettings: Sendable {
    public enum Way: Sendable, Hashable {
        /// Path of a program that takes a message as sendmail does.
        case sendmail(String)
        case relay(MailRelay)
    }

    public var way: Way
    public var from: MailAddress
    /// Where the inbox is: `http.publicURL`, without a slash at its end.
    public var publicURL: String

    public init(way: Way, from: MailAddress, publicURL: String) {
        self.way = way
        self.from = from
        self.publicURL = publicURL
    }
}

/// An SMTP relay. Without TLS on this machine only; a password never without TLS.
public struct MailRelay: Sendable, Hashable {
    /// Where TLS is asked for by STARTTLS; a relay that does not offer it is told nothing.
    public enum Protection: Sendable, Hashable { case unlessLocal, always }

    public var host: String
    public var port: Int
    public var user: String?
    public var password: String?
    public var protection: Protection
    /// A PEM file of authorities that its certificate may come from, beside those that the system trusts.
    public var trustedCertificates: String?

    public init(
        host: String, port: Int, user: String? = nil, password: String? = nil, protection: Protection = .unlessLocal,
        trustedCertificates: String? = nil
    ) {
        self.host = host
        self.port = port
        self.user = user
        self.password = password
        self.protection = protection
        self.trustedCertificates = trustedCertificates
    }

    /// Whether nothing may be said before TLS.
    var needsTLS: Bool { protection == .always || !Gateway.isLoopback(host) }
}

/// One e-mail address of the plain kind: nothing in it can end a header line or begin an option of a program.
public struct MailAddress: Sendable, Hashable {
    public let text: String

    /// nil for what is none, and for the rarer kinds (quoted local parts, addresses in digits).
    public init?(_ text: String) {
        let parts = text.split(separator: "@", omittingEmptySubsequences: false)
        guard text.utf8.count <= 254, parts.count == 2, (1...64).contains(parts[0].utf8.count),
            parts[0].utf8.allSatisfy({ MailAddress.isWord($0) || MailAddress.signs.contains($0) }),
            parts[0].first != "-", !parts[0].hasPrefix("."), !parts[0].hasSuffix("."), !parts[0].contains("..")
        else { return nil }
        let labels = parts[1].split(separator: ".", omittingEmptySubsequences: false)
        let isHost = labels.allSatisfy { label in
            (1...63).contains(label.utf8.count) && label.first != "-" && label.last != "-"
                && label.utf8.allSatisfy { MailAddress.isWord($0) || $0 == UInt8(ascii: "-") }
        }
        guard isHost, labels.count > 1 || parts[1] == "localhost" else { return nil }
        self.text = text
    }

    public var host: Substring { text.split(separator: "@")[1] }

    private static let signs = Set(".!#$%&'*+/=?^_`{|}~-".utf8)

    private static func isWord(_ byte: UInt8) -> Bool {
        (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte)
    }
}
