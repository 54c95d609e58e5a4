public import HandoverRules

/// What the cluster said about one partition, before anybody judged it.
public struct LagReading: Sendable, Hashable {
    /// nil: nothing is committed.
    public var committed: Int64?
    /// The first offset that is still kept.
    public var low: Int64
    public var lastStable: Int64
    public var high: Int64?
    /// Whether a member of the group has the partition; nil: not known.
    public var isAssigned: Bool?
    /// What reading on from the position found; nil where there was nothing to read.
    public var found: Found?
    /// How long the topic keeps a record; nil: for ever, or not known.
    public var retentionMilliseconds: Int64?

    public struct Found: Sendable, Hashable {
        public var records: Int64 = 0
        public var firstMilliseconds: Int64?
        /// Whether the broker set that timestamp.
        public var isAppendTime = false
        public var reachedEnd = false

        public init() {}
    }

    public init(
        committed: Int64?, low: Int64, lastStable: Int64, high: Int64? = nil, isAssigned: Bool? = nil,
        found: Found? = nil, retentionMilliseconds: Int64? = nil
    ) {
        self.committed = committed
        self.low = low
        self.lastStable = lastStable
        self.high = high
        self.isAssigned = isAssigned
        self.found = found
        self.retentionMilliseconds = retentionMilliseconds
    }

    /// Where the hub goes on: at the committed offset, or at the earliest record there is.
    public var position: Int64 { max(committed ?? low, low) }
    var hasMore: Bool { position < lastStable }

    func sample(at: Instant, lag: Int64?) -> LagSample {
        LagSample(at: at, committed: committed, lastStable: lastStable, high: high, lag: lag)
    }
}

/// What the process that has a partition says about it: nobody outside it can know.
public struct PartitionWork: Sendable, Hashable {
    /// What a stage has in hand of the partition.
    public struct InHand: Sendable, Hashable {
        /// `record` or `publish`.
        public var stage: String
        public var offset: Int64
        /// Milliseconds since 1970; nil: the record has no timestamp.
        public var milliseconds: Int64?
        public var isAppendTime = false
        public var seconds: Double
        public var failures = 0
        public var cause: String?

        public init(
            stage: String, offset: Int64, milliseconds: Int64?, seconds: Double, failures: Int = 0, cause: String? = nil
        ) {
            self.stage = stage
            self.offset = offset
            self.milliseconds = milliseconds
            self.seconds = seconds
            self.failures = failures
            self.cause = cause
        }
    }

    public var isAssigned: Bool
    public var assignedSeconds: Double?
    /// How long this process has waited for partitions; nil: it has some.
    public var joiningSeconds: Double?
    public var completedSeconds: Double?
    /// The earliest record in hand.
    public var inHand: InHand?
    /// Why the partition is left alone until somebody has looked.
    public var stopped: String?
    /// Why the hub fetches nothing at all for the moment, and for how long.
    public var pause: String?
    public var pauseSeconds = 0.0

    public init(isAssigned: Bool) { self.isAssigned = isAssigned }
}

/// Everything known of one partition at one moment: what ``LagReport/Partition`` judges.
public struct PartitionFacts: Sendable, Hashable {
    public var reading: LagReading
    public var at: Instant
    /// Earlier samples, oldest first.
    public var past: [LagSample]
    /// nil: no process was asked, or none answered.
    public var work: PartitionWork?
    /// The record that is taken alone because the process died near it, and how often it was tried.
    public var suspect: Suspect?
    /// Everything before this offset was published, as the ledger knows; nil: not known.
    public var publishedNext: Int64?

    public struct Suspect: Sendable, Hashable {
        public var offset: Int64
        public var attempts: Int32

        public init(offset: Int64, attempts: Int32) {
            self.offset = offset
            self.attempts = attempts
        }
    }

    public init(
        reading: LagReading, at: Instant, past: [LagSample] = [], work: PartitionWork? = nil, suspect: Suspect? = nil
    ) {
        self.reading = reading
        self.at = at
        self.past = past
        self.work = work
        self.suspect = suspect
    }
}
