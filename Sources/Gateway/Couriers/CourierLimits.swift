public import HandoverRules

/// Every number of the couriers, webhooks and e-mail, with its reason.
public enum CourierLimits {
    // MARK: Webhooks

    /// How long a version is tried again before it becomes a dead letter: a weekend and a day (contract.md §7).
    public static let triedFor: Span = .hours(72)
    /// Mean-free full jitter: a wait is drawn between nothing and this, doubled with each failure …
    public static let backoffFirst: Span = .seconds(5)
    /// … up to this, so that a receiver that comes back is found within half an hour.
    public static let backoffMax: Span = .minutes(30)
    /// No two attempts lie closer together.
    public static let backoffLeast: Span = .seconds(1)
    /// `Retry-After` is believed up to a day: what asks for more is a mistake, and a person waits for care.
    public static let retryAfterMax: Span = .hours(24)
    /// Connecting, sending and the answer's head together.
    public static let sendSeconds: Int64 = 10
    /// Connecting to one address; a second one of the other kind may follow.
    public static let connectSeconds: Int64 = 4
    /// Until what is left of an answer is cut off.
    public static let drainSeconds: Int64 = 2
    /// Whoever sends holds its recipient this long from each claim: longer than a send may take.
    public static let leaseSeconds = 20
    /// A claim older than this is not used to send any more.
    public static let claimSeconds: Int64 = 8
    /// Bytes of an answer that are read, so that its connection can be used again; its content is of no interest.
    public static let answerBytesMax = 16 << 10
    /// Recipients written to at one time by one hub: each costs a connection and one body.
    public static let sendersMax = 16
    /// Versions sent to one recipient before others have their turn.
    public static let runMax = 100
    /// Versions queued for one recipient in one step.
    public static let queueStepMax = 1_000
    /// How often the queues are looked at.
    public static let tickMilliseconds = 500
    /// How often the figures, and what waits beyond its time, are looked at.
    public static let glanceSeconds = 5
    /// Threads that wait for PostgreSQL, and those that wait for names to be resolved.
    public static let ledgerThreads = 2
    public static let nameThreads = 4
    /// Addresses of one name that are checked; all must be allowed.
    public static let addressesMax = 32
    /// Secrets of one recipient at one time: the new one and the old one, and one to spare.
    public static let secretsMax = 3

    // MARK: E-mail

    /// An address is written to at most once in this time; what comes meanwhile is counted in the next mail.
    public static let mailPause: Span = .minutes(5)
    /// How long a mail is tried.
    public static let mailTriedFor: Span = .hours(24)
    /// Between attempts.
    public static let mailBackoffMax: Span = .minutes(15)
    /// One conversation with a relay, or one run of sendmail: a few lines. One that hangs is tried again later.
    public static let mailSeconds: Int64 = 20
    /// Addresses written to at one time by one hub, so that one that hangs holds no other; each costs a connection.
    public static let mailersMax = 8
    /// Whoever writes to an address holds it this long.
    public static let mailLeaseSeconds = 90
    /// Handovers counted in one mail.
    public static let mailCountMax = 1_000
    /// Messages looked at in one step.
    public static let mailStepMax = 1_000
    /// Of an answer line of a relay (RFC 5321 §4.5.3.1.5), and of all lines of one answer.
    public static let replyBytesMax = 16 << 10
}
