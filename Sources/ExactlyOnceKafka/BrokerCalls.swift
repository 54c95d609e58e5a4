/// The clients a session works with: librdkafka's in the program, those of the broker model in simulations. Everything
/// a session decides is above this line, so that a simulation runs the session itself and not a copy of it.
package protocol BrokerClients: Sendable {
    /// A consumer that is a static member of the group, reads committed records only, commits nothing by itself and
    /// starts at the earliest record where nothing was committed.
    func consumer(_ settings: SessionSettings, news: ConsumerNews) throws -> any ConsumerCalls

    /// A producer under the settings' transactional id.
    func producer(_ settings: SessionSettings) throws -> any TransactionCalls

    /// The time that deadlines are measured by; it never goes back.
    var now: ContinuousClock.Instant { get }

    /// Lets that much of a simulated time pass. false: time is real, and the caller waits.
    func passes(_ duration: Duration) -> Bool
}

/// What one poll brings.
package enum Polled: Sendable {
    case record(KafkaRecord)
    case endOfPartition(TopicPartition, offset: Int64)
    case failed(KafkaError)
}

/// What a consumer tells besides what it delivers. Set once, before the consumer exists.
package final class ConsumerNews: @unchecked Sendable {
    /// Called inside ``ConsumerCalls/poll(milliseconds:)``. Eager: an assignment is whole, a revocation takes
    /// everything; either ends with ``ConsumerCalls/assign(_:)``.
    package var rebalanced: (Rebalance) -> Void = { _ in }
    /// On any thread.
    package var brokersFailed: (KafkaError) -> Void = { _ in }

    package init() {}
}

package enum Rebalance: Sendable {
    case assigned([TopicPartition])
    case revoked([TopicPartition])
}

/// The group's word on one assignment: what fences a member when the group has moved on.
package protocol GroupMembership: AnyObject, Sendable {
    /// The group's generation, or nil when it cannot be read.
    var generation: Int? { get }
}

/// The calls a session makes on its consumer. ``poll(milliseconds:)`` and ``assign(_:)`` belong to one thread.
package protocol ConsumerCalls: AnyObject, Sendable {
    func subscribe(_ topics: [String]) throws
    func poll(milliseconds: Int32) -> Polled?
    /// Gets another thread out of ``poll(milliseconds:)``.
    func interrupt()
    func assign(_ partitions: [TopicPartition])
    func membership(of group: String) -> (any GroupMembership)?
    /// Moves to these offsets. Answers a line for each partition that did not move; empty: all did.
    func seek(_ positions: [TopicPartition: Int64], milliseconds: Int32) -> [String]
    func pause(_ partitions: Set<TopicPartition>) throws
    func resume(_ partitions: Set<TopicPartition>) throws
    func committed(_ partitions: [TopicPartition], atMost: Duration) throws -> [TopicPartition: Int64?]
    func watermarks(_ partitions: [TopicPartition]) throws -> [TopicPartition: Watermarks]
    func clusterID() throws -> String
    /// Whether a broker answers within so many milliseconds.
    func isAnswered(milliseconds: Int32) -> Bool
    /// The error that made the client unusable, if one did.
    func fatalError(at place: String) -> KafkaError?
}

/// The calls of a transaction, each with its error and flags. Used by one thread at a time; ``serve()`` alone may be
/// called beside it.
package protocol TransactionCalls: AnyObject, Sendable {
    /// Fences whoever used this transactional id before and waits for its open transaction to end.
    func initialise(atMost duration: Duration) throws
    func begin() throws
    /// A message that cannot even be queued is noted and the others are still tried, so that one attempt names every
    /// topic at fault.
    func produce(_ messages: [OutboundMessage], until deadline: ContinuousClock.Instant) throws
    func sendOffsets(
        _ offsets: [TopicPartition: Int64], _ membership: any GroupMembership, atMost duration: Duration) throws
    func commit(atMost duration: Duration) throws
    func abort(atMost duration: Duration) throws
    /// Lets callbacks that wait run.
    func serve()
    /// The topics of the last transaction that cannot be written: missing, forbidden, or the message too large.
    func takeUnwritableTopics() -> Set<String>
}
