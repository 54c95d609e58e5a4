public import ExactlyOnceKafka
public import FoundationEssentials

/// A message that is recorded and waits for its Kafka transaction. Shared, not copied, from stage to stage.
public final class StagedMessage: Sendable {
    public let message: OutboundMessage
    /// Handover or task; nil for a dead letter, which has no predecessor.
    public let stream: UUID?
    public let version: Int
    /// The record that caused it.
    public let source: TopicPartition
    public let offset: Int64
    /// The record that caused the version before it, if there is one.
    public let predecessor: (source: TopicPartition, offset: Int64)?
    /// What it is, for the counters once it is published.
    public let tally: Tally

    public enum Tally: Hashable, Sendable {
        case handover(recipientKind: String, kind: String, priority: String)
        case task(code: String)
        case rejected(reason: String)
        /// The hub's own test event; counted nowhere.
        case canary
    }

    public init(
        message: OutboundMessage, stream: UUID?, version: Int, source: TopicPartition, offset: Int64,
        predecessor: (source: TopicPartition, offset: Int64)?, tally: Tally
    ) {
        self.message = message
        self.stream = stream
        self.version = version
        self.source = source
        self.offset = offset
        self.predecessor = predecessor
        self.tally = tally
    }

    /// The same, with other bytes to send.
    func sending(_ message: OutboundMessage) -> StagedMessage {
        StagedMessage(
            message: message, stream: stream, version: version, source: source, offset: offset,
            predecessor: predecessor, tally: tally)
    }
}

/// Which messages one Kafka transaction may carry, and how far each partition's offset moves with it (design.md §3,
/// step 6). Pure.
///
/// A version enters only if its predecessor is earlier in the same transaction or lies below the committed offset
/// of the partition that caused it. Otherwise its record and the rest of that partition wait: they are not lost,
/// they come again and are re-emitted from the ledger. This bites only after a crash or a rebalance, when two
/// partitions' records about one person come back in another order.
public struct EmissionPlan: Sendable {
    /// Indices of the messages to send, in order.
    public var included: [Int] = []
    /// Next offset to commit per partition.
    public var offsets: [TopicPartition: Int64] = [:]
    /// Partitions cut short, and the offset from which they wait.
    public var waiting: [TopicPartition: Int64] = [:]

    /// - Parameters:
    ///   - messages: in publishing order (an earlier version stands before a later one).
    ///   - bounds: where the batch begins and ends on each partition.
    ///   - committed: the committed next offset of any partition, nil when nothing is committed.
    public init(
        messages: [StagedMessage], bounds: BatchBounds, committed: (TopicPartition) throws -> Int64?
    ) rethrows {
        offsets = bounds.nexts
        var settled = false
        while !settled {
            settled = true
            included.removeAll(keepingCapacity: true)
            var carried: Set<Version> = []
            for (index, staged) in messages.enumerated() where staged.offset < offsets[staged.source] ?? .max {
                guard try EmissionPlan.mayGo(staged, carried: carried, committed: committed) else {
                    offsets[staged.source] = staged.offset
                    waiting[staged.source] = staged.offset
                    settled = false
                    continue
                }
                if let stream = staged.stream { carried.insert(Version(stream: stream, version: staged.version)) }
                included.append(index)
            }
        }
        // A partition whose first record waits has nothing to commit.
        for (partition, first) in bounds.firsts where offsets[partition] == first { offsets[partition] = nil }
    }

    private struct Version: Hashable {
        var stream: UUID
        var version: Int
    }

    private static func mayGo(
        _ staged: StagedMessage, carried: Set<Version>, committed: (TopicPartition) throws -> Int64?
    ) rethrows -> Bool {
        guard let stream = staged.stream, staged.version > 1, let predecessor = staged.predecessor else { return true }
        if carried.contains(Version(stream: stream, version: staged.version - 1)) { return true }
        guard let next = try committed(predecessor.source) else { return false }
        return predecessor.offset < next
    }
}
