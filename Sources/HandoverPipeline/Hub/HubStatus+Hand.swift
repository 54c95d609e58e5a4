public import ExactlyOnceKafka

extension HubStatus {
    /// The first record of a partition in a batch: what is processed next there.
    public struct Head: Sendable, Hashable {
        public var offset: Int64
        /// The record's timestamp, milliseconds since 1970; 0: it has none.
        public var milliseconds: Int64
        /// Whether the broker set it (LogAppendTime), not the producer (CreateTime).
        public var isAppendTime: Bool

        public init(offset: Int64, milliseconds: Int64, isAppendTime: Bool = false) {
            self.offset = offset
            self.milliseconds = milliseconds
            self.isAppendTime = isAppendTime
        }
    }

    /// The batch that a stage works on.
    public struct Hand: Sendable, Hashable {
        public var heads: [TopicPartition: Head]
        public var since: ContinuousClock.Instant
        /// Attempts at this batch that failed, and the class of the last failure: a code, never a text of a server.
        public var failures = 0
        public var cause: String?

        public init(heads: [TopicPartition: Head], since: ContinuousClock.Instant = .now) {
            self.heads = heads
            self.since = since
        }
    }

    /// Why the hub does not fetch, although partitions are assigned to it.
    public struct Pause: Sendable, Hashable {
        public var why: String
        public var since: ContinuousClock.Instant
    }

    /// A change of the assignment.
    public struct Rebalance: Sendable, Hashable {
        /// Milliseconds since 1970.
        public var atMilliseconds: Int64
        /// Whether partitions came; otherwise they went.
        public var isAssignment: Bool
        public var partitions: Int
        /// The group's generation, where librdkafka tells it.
        public var generation: Int?
    }

    /// Rebalances remembered: hours of a storm, and a few kilobytes.
    public static let rebalancesMax = 200

    /// A stage has taken a batch.
    func takes(_ stage: Stage, _ heads: [TopicPartition: Head]) {
        change { $0.hands[stage] = Hand(heads: heads) }
    }

    /// An attempt at the batch in hand failed and will be made again.
    func fails(_ stage: Stage, _ cause: String) {
        change { state in
            state.hands[stage]?.failures += 1
            state.hands[stage]?.cause = cause
        }
    }

    /// The stage's hands are empty.
    func lays(down stage: Stage) { change { $0.hands[stage] = nil } }

    func paused(_ why: String) { change { $0.pause = Pause(why: why, since: .now) } }

    func resumed() { change { $0.pause = nil } }

    func rebalanced(_ isAssignment: Bool, _ partitions: Int, generation: Int?) {
        let rebalance = Rebalance(
            atMilliseconds: MachineClock.now().milliseconds, isAssignment: isAssignment, partitions: partitions,
            generation: generation)
        change { state in
            state.rebalanceCount += 1
            state.rebalances.append(rebalance)
            if state.rebalances.count > HubStatus.rebalancesMax { state.rebalances.removeFirst() }
        }
    }
}

extension Batch {
    /// The first record of each partition. Records of one partition mostly lie together: a comparison each, and no
    /// look-up.
    var heads: [TopicPartition: HubStatus.Head] {
        var heads: [TopicPartition: HubStatus.Head] = [:]
        var last: TopicPartition?
        for arrival in arrivals {
            let record = arrival.record
            if record.source == last { continue }
            last = record.source
            if let known = heads[record.source], known.offset <= record.offset { continue }
            heads[record.source] = HubStatus.Head(
                offset: record.offset, milliseconds: record.timestampMilliseconds,
                isAppendTime: record.timestampKind == .appended)
        }
        return heads
    }
}
