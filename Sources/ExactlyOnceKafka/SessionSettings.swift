/// Who a session is and what it reads. Every name is complete: a prefix is already in it.
public struct SessionSettings: Sendable {
    /// The consumer group; the same for every instance of the hub.
    public let group: String
    /// This process's own name within the group (static membership); no two running processes share one.
    public let instance: String
    /// Names the producer to the brokers; the same after every restart of this instance, and nobody else's.
    public let transactionalID: String
    /// The inbound topics.
    public let topics: [String]
    public let deadlines: SessionDeadlines

    public init(
        group: String, instance: String, transactionalID: String, topics: [String],
        deadlines: SessionDeadlines = SessionDeadlines()
    ) {
        self.group = group
        self.instance = instance
        self.transactionalID = transactionalID
        self.topics = topics
        self.deadlines = deadlines
    }

    var clientID: String { transactionalID }
}

/// How long a session waits for what. The standard values come from ``KafkaLimits``, where the reasons stand.
public struct SessionDeadlines: Sendable {
    /// First contact, in ``ExactlyOnceSession/start()``.
    public var start: Duration = .milliseconds(KafkaLimits.startMilliseconds)
    /// One blocking call of a transaction.
    public var call: Duration = .milliseconds(KafkaLimits.transactionCallMilliseconds)
    /// From begin until a commit without an answer counts as unknown.
    public var commit: Duration = .milliseconds(KafkaLimits.commitDeadlineMilliseconds)
    /// Until an unknown outcome must have been settled.
    public var settlement: Duration = .milliseconds(KafkaLimits.settlementDeadlineMilliseconds)
    /// A revocation waits this long for the open transaction.
    public var revocation: Duration = .milliseconds(KafkaLimits.revocationWaitMilliseconds)

    public init() {}
}
