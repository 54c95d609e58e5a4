public import HandoverRules

/// How far the hub is behind, partition by partition (contract.md §10). A value: whoever reads it need not ask Kafka.
public struct LagReport: Sendable, Hashable {
    /// One partition of an inbound topic.
    public struct Partition: Sendable, Hashable {
        public var topic: String
        public var partition: Int32
        /// Next offset to process: what the group committed, or where it would begin. nil: not known.
        public var position: Int64?
        /// Where read_committed readers must stop.
        public var lastStableOffset: Int64?
        public var highWatermark: Int64?
        /// Deliverable records not yet committed; transaction markers do not count. nil: not known.
        public var lag: Int64?
        /// False where ``lag`` is the difference of offsets, an upper bound.
        public var isExact = true
        /// Age of the next record to process, 0 where there is none. nil: not known.
        public var lagSeconds: Double?
        public var state = State.unknown
        /// Why it is in that state, where there is more to say.
        public var reason = ""

        public init(topic: String, partition: Int32) {
            self.topic = topic
            self.partition = partition
        }
    }

    public enum State: String, Sendable, CaseIterable {
        /// Nothing to do.
        case idle
        /// Records wait and a process works on them.
        case lagging
        /// No process has this partition.
        case unassigned
        /// The cluster did not say enough.
        case unknown
    }

    /// The consumer group, with its prefix.
    public var group: String
    /// When it was measured.
    public var at: Instant
    /// By topic and partition.
    public var partitions: [Partition]

    public init(group: String, at: Instant, partitions: [Partition]) {
        self.group = group
        self.at = at
        self.partitions = partitions
    }

    /// The sum over partitions; nil where one is unknown.
    public var total: Int64? {
        partitions.reduce(0) { sum, partition in
            guard let sum, let lag = partition.lag else { return nil }
            return sum + lag
        }
    }

    public var isExact: Bool { partitions.allSatisfy(\.isExact) }
}

/// What the cluster said about one partition, before anybody judged it.
struct LagReading: Sendable {
    /// nil: nothing is committed.
    var committed: Int64?
    var low: Int64
    var lastStable: Int64
    var high: Int64?
    /// Whether a member of the group has the partition; nil: not known.
    var isAssigned: Bool?
    /// What reading on from the position found; nil where there was nothing to read.
    var found: Found?

    struct Found: Sendable {
        var records: Int64 = 0
        var firstMilliseconds: Int64?
        var reachedEnd = false
    }

    /// Where the hub goes on: at the committed offset, or at the earliest record there is.
    var position: Int64 { max(committed ?? low, low) }
    var hasMore: Bool { position < lastStable }
}

extension LagReport.Partition {
    /// Judges a reading.
    init(topic: String, partition: Int32, reading: LagReading, at: Instant) {
        self.init(topic: topic, partition: partition)
        position = reading.position
        lastStableOffset = reading.lastStable
        highWatermark = reading.high
        guard reading.position <= reading.lastStable else {
            reason = "the committed offset lies beyond the end: was the topic made anew?"
            return
        }
        let counted = reading.hasMore ? reading.found : LagReading.Found(reachedEnd: true)
        isExact = counted?.reachedEnd ?? false
        let count = isExact ? counted?.records ?? 0 : reading.lastStable - reading.position
        lag = count
        lagSeconds =
            count == 0
            ? 0 : counted?.firstMilliseconds.map { max(0, Double(at.milliseconds - $0) / 1000) }
        state = reading.isAssigned == false ? .unassigned : count == 0 ? .idle : .lagging
        reason = LagReport.Partition.reason(reading)
    }

    private static func reason(_ reading: LagReading) -> String {
        if let committed = reading.committed, committed < reading.low {
            return "\(reading.low - committed) offsets were deleted by retention before they were read"
        }
        if let high = reading.high, high > reading.lastStable {
            return "an open transaction holds \(high - reading.lastStable) offsets back"
        }
        return reading.committed == nil && reading.hasMore
            ? "nothing is committed yet: begins at the earliest record" : ""
    }
}
