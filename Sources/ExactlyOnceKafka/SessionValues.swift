/// Something that happened on the consumer's side of a session, in the order it happened.
public enum SessionEvent: Sendable, Equatable {
    case record(KafkaRecord)
    /// The whole assignment, eager: it replaces whatever was assigned before.
    case assigned([TopicPartition])
    /// Everything that was assigned is gone (or lost: the session had expired).
    case revoked([TopicPartition])
    /// Nothing more to read at present; `offset` is the next one.
    case endOfPartition(TopicPartition, offset: Int64)
    /// Something that may pass by itself, such as a subscribed topic that does not exist yet.
    case trouble(KafkaError)
}

/// What one poll brought. Empty when nothing came in time.
public struct SessionBatch: Sendable, Equatable {
    /// What ``ExactlyOnceSession/publish(_:offsets:epoch:)`` asks for: work of an older epoch is
    /// superseded. Assignments and revocations count whatever their epoch.
    public let epoch: UInt64
    public let events: [SessionEvent]
}

/// How a publication ended.
public enum PublishOutcome: Sendable, Equatable {
    /// Messages and offsets are visible, all of them.
    case committed
    /// Nothing is visible. The session has asked itself to rewind: drop what was polled, it comes again.
    case aborted(TransactionStateMachine.AbortReason)
    /// A revocation or a rewind happened since the records were polled: nothing was attempted; drop them.
    case superseded
    /// Nothing is visible, because these topics are missing, forbidden, or refuse the size of a message.
    /// No rewind: publish again, in the same epoch, without them or with something smaller.
    case unwritable(topics: Set<String>)
}

/// Whether any broker answers, as last known.
public enum BrokerState: Sendable, Equatable {
    case reachable
    case allDown(since: ContinuousClock.Instant)
}

/// How far one partition reaches.
public struct Watermarks: Sendable, Equatable {
    /// The first offset still kept.
    public let low: Int64
    /// What a `read_committed` reader can reach at most: the first offset of the oldest open transaction, or the end.
    public let lastStable: Int64
    /// The end, open transactions included; nil until a fetch has told it.
    public let high: Int64?

    package init(low: Int64, lastStable: Int64, high: Int64?) {
        self.low = low
        self.lastStable = lastStable
        self.high = high
    }
}
