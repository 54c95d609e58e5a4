/// Every number of the hub's own loop, with its unit last and its reason beside it. ``check()`` compares them with
/// each other at start.
public enum HubLimits {
    /// Records in one batch: large enough that round trips vanish, small enough that what a batch needs stays in the
    /// processor's caches and a hub below 100 MB.
    public static let batchRecordsMax = 500
    /// Bytes of keys and values in one batch; a batch of full-size records stays below this plus one record.
    public static let batchBytesMax = 16 * 1024 * 1024
    /// Batches waiting between two stages: none. The neighbour gathers on while a stage is busy, so that what waits is
    /// one larger batch; a queue would only add to the delay and to memory.
    public static let stageDepth = 0
    /// How long intake waits for a first record before it looks at anything else.
    public static let pollWait: Duration = .milliseconds(500)
    /// How long a batch may wait for the recorder before the partitions are paused. Below it, not polling is cheaper
    /// than throwing away what librdkafka has fetched; the poll interval limit is minutes away.
    public static let backpressurePatience: Duration = .seconds(2)
    /// First and longest wait between two attempts while a server is away; doubled, with jitter.
    public static let backoffFirst: Duration = .milliseconds(100)
    public static let backoffMax: Duration = .seconds(3)
    /// How often due timers are looked for.
    public static let timerTick: Duration = .milliseconds(500)
    /// Ticks between two looks into the outbox: 30 seconds. What lies there for a minute is the hub's to publish.
    public static let outboxTicks = 60
    /// Timers claimed at once.
    public static let timersClaimedMax = 500
    /// A timer that was published and not recorded is published again after this.
    public static let timerRepublishSeconds: Int64 = 60
    /// With `hub.clock: events`, the stretch of event time one batch may span. It stays below the default hold, so
    /// that a batch rarely has to be cut because of a timer that it creates itself.
    public static let eventClockSpanMinutes: Int64 = 30
    /// With `hub.clock: events`, how long all partitions must be quiet before the hub believes that nothing earlier
    /// is on its way.
    public static let eventClockSettle: Duration = .milliseconds(60)
    /// Starts without progress after which a partition runs one record at a time.
    public static let idleStartsMax = 3
    /// Attempts alone after which a record is POISON.
    public static let attemptsMax = 3
    /// Records of a partition under suspicion that are taken alone before it is trusted again; more only delays the
    /// others when the record that kills lies further on, and then it is found a few starts later.
    public static let suspectRecordsMax: Int64 = 200
    /// A handover whose topic could not be written is tried again after this, unless the settings say otherwise.
    public static let retrySeconds: Int64 = 60
    /// How often one batch may find that it concerns more people than it knew of. Each time one more is locked,
    /// so that only people tied together by dozens of merges, moves and shared kits would come near it.
    public static let wideningsMax = 64
    /// Stopping: the whole escalation stays below the contract's 10 seconds.
    public static let stopPatience: Duration = .seconds(7)
    /// Rows of `record_due` looked at in one step, and persons whose record tables are written in one transaction:
    /// a fraction of a second, so that the recorder never waits long for the disk.
    public static let recordDueMax = 1_000
    public static let recordPersonsMax = 300
    /// Attempts after which a person whose rows a constraint refuses is given up until the next change.
    public static let recordAttemptsMax: Int32 = 3
    /// How often the record's projection looks for work while the recorder rests …
    public static let recordTick: Duration = .milliseconds(500)
    /// … and how long it leaves a busy recorder alone at most, for one step.
    public static let recordPatience: Duration = .seconds(3)

    /// Throws the name of the first pair of limits that contradict each other.
    public static func check() -> String? {
        if batchBytesMax < 2 * 1024 * 1024 { return "batchBytesMax must hold a record of the largest size twice" }
        if backoffFirst > backoffMax { return "backoffFirst must not exceed backoffMax" }
        if stopPatience >= .seconds(10) { return "stopPatience must leave room below the contract's 10 s" }
        return nil
    }
}
