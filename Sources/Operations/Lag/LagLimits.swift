/// Every threshold and bound of the lag model, with its reason.
public enum LagLimits {
    // MARK: When a partition is in trouble

    /// A batch whose attempts have failed for this long is stalled: a server that restarts is back sooner.
    public static let failingSeconds = 5.0
    /// Records that wait, a process that has the partition, and nothing completed for this long: stalled, although no
    /// error is known. Above the longest batch and the longest wait of a Kafka transaction (25 s).
    public static let silentSeconds = 60.0
    /// The last stable offset stands still below the high watermark for this long: an open transaction holds readers
    /// back. Transactions that go well take a second; brokers abort the others after their producer's timeout, a minute
    /// by default.
    public static let blockedSeconds = 5.0
    /// A partition that was just assigned may take this long to its first completion: leases, registers, first fetch.
    public static let startingSeconds = 15.0
    /// Age of the next record as a share of what the topic keeps from which retention is near …
    public static let retentionNear = 0.8

    // MARK: Measuring

    /// How often a hub measures: two measurements fit into the 10 s within which what is shown must be true.
    public static let tickSeconds = 4.0
    /// What an answer may be old at most when somebody asks.
    public static let freshSeconds = 2.0
    /// A measurement that could not be renewed is withheld when it is older than this.
    public static let keptSeconds = 30.0
    /// How long a caller waits for a measurement under way.
    public static let patienceSeconds = 2.0
    /// How long a measurement waits for the group's offsets while a transaction is pending there.
    public static let offsetsSeconds = 3.0
    /// Records of one partition counted one by one in a measurement; beyond it the difference of offsets is shown, an
    /// upper bound, and only the next record is looked at.
    public static let countedMax: Int64 = 500
    /// How often a topic's retention is asked for: it changes by hand only.
    public static let retentionEverySeconds = 600.0

    // MARK: Remembering

    /// The stretch over which rates and trends are taken.
    public static let rateSeconds = 60.0
    /// Samples of one partition kept in memory: an hour of minutes from the ledger and five minutes of ticks.
    public static let samplesMax = 140
    /// Partitions remembered at most; 140 samples of 56 bytes each make 8 MB.
    public static let partitionsMax = 1_000
    /// One row a topic and minute in the ledger, a day long: the next day overwrites it.
    public static let historyMinutes = 1_440
    /// How far back a starting hub reads its samples.
    public static let recallMinutes = 60
    /// Rebalances shown.
    public static let rebalancesMax = 50
    /// Points of a chart: five minutes each, which is what a screen can show.
    public static let chartPoints = 288
    /// Recipients that read Kafka: asked for this often, for so long altogether, so many of them, and so many groups of
    /// each. A coordinator is asked once a group.
    public static let recipientsEverySeconds = 30.0
    public static let recipientsSeconds = 10
    public static let recipientsMax = 500
    public static let groupsMax = 20
}
