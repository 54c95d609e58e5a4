public import HandoverRules

/// How far the hub is behind, partition by partition (contract.md §10). A value: whoever reads it need not ask Kafka.
public struct LagReport: Sendable, Hashable {
    /// One partition of an inbound topic.
    public struct Partition: Sendable, Hashable {
        public var topic: String
        public var partition: Int32
        /// Next offset to process: what the group committed, or where it would begin. nil: not known.
        public var position: Int64?
        /// The first offset that is still kept.
        public var logStart: Int64?
        /// Where read_committed readers must stop.
        public var lastStableOffset: Int64?
        public var highWatermark: Int64?
        /// Deliverable records not yet committed; transaction markers do not count. nil: not known.
        public var lag: Int64?
        /// False where ``lag`` is the difference of offsets, an upper bound.
        public var isExact = true
        /// Age of the next record to process, 0 where there is none. nil: not known.
        public var lagSeconds: Double?
        /// `CreateTime` or `LogAppendTime`: who set the timestamp that ``lagSeconds`` is taken from.
        public var timestampKind: String?
        /// Whether that timestamp lies in the future, so that ``lagSeconds`` was clamped to 0.
        public var isSkewed = false
        public var movement = LagMovement()
        public var secondsToCatchUp: Double?
        /// Age of the next record as a share of what the topic keeps; 1 and more: it may be deleted unread. nil: kept
        /// for ever, or not known.
        public var retentionShare: Double?
        /// Offsets that retention deleted before they were read.
        public var deletedUnread: Int64 = 0
        /// Time since the group's offset here last moved, as far as anybody watched.
        public var commitSeconds: Double?
        public var isCommitted = false
        public var state = State.unknown
        /// Why it is in that state, where there is more to say.
        public var reason = ""
        /// The record that holds the partition up.
        public var stuck: Stuck?

        public init(topic: String, partition: Int32) {
            self.topic = topic
            self.partition = partition
        }
    }

    /// The record that a partition is held up by.
    public struct Stuck: Sendable, Hashable {
        public var offset: Int64
        /// `record` or `publish`; nil: not known.
        public var stage: String?
        public var attempts: Int
        /// A code: of PostgreSQL, of librdkafka, or `CRASH`.
        public var cause: String?

        public init(offset: Int64, stage: String? = nil, attempts: Int, cause: String? = nil) {
            self.offset = offset
            self.stage = stage
            self.attempts = attempts
            self.cause = cause
        }
    }

    public enum State: String, Sendable, CaseIterable {
        /// Nothing to do.
        case idle
        /// Records wait and a process works on them.
        case lagging
        /// Records wait, a process has them, and it does not get on.
        case stalled
        /// What readers may see is done; an open transaction holds the rest back.
        case blocked = "blocked_by_transaction"
        /// A process has the partition and leaves it alone on purpose.
        case paused
        /// The group's offset went back, and what was read before comes again.
        case rewound
        /// No process has this partition.
        case unassigned
        /// A process was just given the partition.
        case starting
        /// The cluster did not say enough.
        case unknown
    }

    /// The consumer group, with its prefix.
    public var group: String
    /// When it was measured.
    public var at: Instant
    /// By topic and partition.
    public var partitions: [Partition]
    /// The latest changes of the assignment, oldest first.
    public var rebalances: [RebalanceNote] = []
    /// What each recipient has not fetched or taken, by whichever door; nil: not known.
    public var recipients: [RecipientLag]?

    public init(group: String, at: Instant, partitions: [Partition]) {
        self.group = group
        self.at = at
        self.partitions = partitions
    }

    /// The sum over partitions; nil where one is unknown.
    public var total: Int64? { LagReport.sum(partitions) }

    static func sum(_ partitions: some Sequence<Partition>) -> Int64? {
        partitions.reduce(0) { sum, partition in
            guard let sum, let lag = partition.lag else { return nil }
            return sum + lag
        }
    }

    public var isExact: Bool { partitions.allSatisfy(\.isExact) }
    /// Partitions whose offset went back or whose commit lies beyond the end; they are shown, never as a negative lag.
    public var worst: State { partitions.map(\.state).max { $0.severity < $1.severity } ?? .unknown }
}

extension LagReport.State {
    /// How much it asks for somebody's attention; the states of a healthy hub are 0 and 1.
    public var severity: Int {
        switch self {
        case .idle: 0
        case .lagging, .starting: 1
        case .unknown: 2
        case .rewound, .paused: 3
        case .blocked: 4
        case .unassigned: 5
        case .stalled: 6
        }
    }

    /// Whether somebody should look.
    public var isAlarming: Bool { severity > 1 }

    /// For people.
    public var words: String { self == .blocked ? "blocked by a transaction" : rawValue }
}

/// A change of the group's assignment, as a hub saw it.
public struct RebalanceNote: Sendable, Hashable {
    public var at: Instant
    public var instance: String
    /// Whether partitions came; otherwise they went.
    public var isAssignment: Bool
    public var partitions: Int
    public var generation: Int?

    public init(at: Instant, instance: String, isAssignment: Bool, partitions: Int, generation: Int?) {
        self.at = at
        self.instance = instance
        self.isAssignment = isAssignment
        self.partitions = partitions
        self.generation = generation
    }
}

extension LagReport.Partition {
    /// Burrow's word for it (operations.md): what an operator of Burrow would look for.
    public var burrow: String {
        switch state {
        case .unknown: "NOTFOUND"
        case .idle, .starting: "OK"
        case .lagging: movement.isGrowing ? "WARN" : "OK"
        case .stalled: "STALL"
        case .rewound: "REWIND"
        case .blocked, .paused, .unassigned: lag == 0 ? "OK" : "STOP"
        }
    }
}
