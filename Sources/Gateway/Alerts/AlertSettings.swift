public import Operations

/// Where alerts go. With neither door they are judged, kept and shown all the same.
public struct AlertSettings: Sendable {
    /// A receiver by the Standard Webhooks convention, and the secret that signs for it.
    public struct Webhook: Sendable {
        public var address: WebhookAddress
        public var secret: WebhookSecret

        public init(address: WebhookAddress, secret: WebhookSecret) {
            self.address = address
            self.secret = secret
        }
    }

    public var webhook: Webhook?
    /// One address, best a list of whoever is on duty; needs `mail`.
    public var email: MailAddress?
    /// What an alert's runbook link begins with: a URL, or the folder in the repository.
    public var runbooks: String
    /// Time between two looks.
    public var tick: Duration

    public static let runbooksInRepository = "Deploy/runbooks"

    public init(
        webhook: Webhook? = nil, email: MailAddress? = nil, runbooks: String = AlertSettings.runbooksInRepository,
        tick: Duration = .seconds(AlertLimits.tickSeconds)
    ) {
        self.webhook = webhook
        self.email = email
        self.runbooks = runbooks
        self.tick = tick
    }
}
