/// Every number this module holds itself to, with its unit and its reason; ``contradictions()`` checks them
/// against each other.
/// Sizes are chosen for a hub that is idle below 80 MB: librdkafka's own defaults allow 64 MiB a client and more.
public enum KafkaLimits {
    // MARK: Membership

    /// A member that is silent this long loses its partitions. Long enough for a restart under the same instance name.
    public static let sessionTimeoutMilliseconds = 45_000
    /// Heartbeats, at most a third of the session.
    public static let heartbeatMilliseconds = 3_000
    /// The intake thread must poll this often. Above every wait it can be held up by, rewinds and revocations included.
    public static let pollIntervalMaxMilliseconds = 300_000

    // MARK: Transactions

    /// The broker aborts an open transaction after this; below the session, so that a frozen process is out of its
    /// transaction before somebody else has its partitions.
    public static let transactionTimeoutMilliseconds = 30_000
    /// A produced message is given up after this; not above the transaction.
    public static let transactionMessageTimeoutMilliseconds = 20_000
    /// One blocking transactional call; the same call is repeated while the deadline lasts.
    public static let transactionCallMilliseconds = 5_000
    /// From begin to a commit that is still unknown; past it the producer is replaced and the offsets decide.
    public static let commitDeadlineMilliseconds = 25_000
    /// How long an unknown outcome may stay unknown while no broker answers; past it the process ends and its
    /// successor reads the offsets.
    public static let settlementDeadlineMilliseconds = 3_600_000
    /// Rest between two attempts of a retriable call that failed at once.
    public static let retryRestMilliseconds = 100
    /// Producers replaced in a row without one commit in between; past it the instance stops.
    public static let rebuildsMax = 3
    /// First contact at start: init_transactions and the like.
    public static let startMilliseconds = 15_000
    /// A revocation waits this long for the open transaction to end; below the poll interval and the session.
    public static let revocationWaitMilliseconds = 20_000
    /// Time a topic that metadata does not know may stay unknown before its messages fail.
    public static let topicPropagationMilliseconds = 3_000

    // MARK: Sizes

    /// The largest message a client of ours sends: 4 MiB inbound topics, 5 MiB on the rejected topic, and room.
    public static let messageBytesMax = 6 * 1024 * 1024
    /// What one fetch answer may hold in all.
    public static let fetchBytesMax = 8 * 1024 * 1024
    /// What one partition may contribute to a fetch answer; a larger single record still passes.
    public static let fetchPartitionBytesMax = 256 * 1024
    /// The largest answer a client accepts; above fetch bytes and above the largest message.
    public static let receiveBytesMax = 100_000_000
    /// Records kept ready of each partition. librdkafka 2.0 looks at a full queue again after a second: the queues of
    /// the 24 partitions that have most of the traffic must hold what a hub does in one.
    public static let queuedRecordsMin = 1_000
    /// Bytes kept ready of each partition, in KiB, and one fetch answer more.
    public static let queuedKibibytesMax = 512
    /// Messages waiting to be sent by one producer: several batches.
    public static let queuedMessagesMax = 100_000
    /// Bytes waiting to be sent by one producer, in KiB; above several of the largest messages.
    public static let queuedOutboundKibibytesMax = 65_536

    // MARK: Other waits

    /// A broker's refusal explains a failure that comes this soon after it: longer than a call waits for brokers that
    /// refuse, and shorter than anybody needs to mend a sign-in and lose the brokers again.
    public static let refusalSeconds = 60

    /// A message that enters an inbound topic is known to be kept, or to have failed, within this.
    public static let deliveryTimeoutMilliseconds = 20_000
    /// Questions about metadata, offsets and groups.
    public static let queryMilliseconds = 10_000
    /// Leaving: closing everything takes no longer than this.
    public static let closeMilliseconds = 5_000
    /// While every broker is away, one question this often finds out whether one is back.
    public static let probeEveryMilliseconds = 1_000

    /// The pairs that must hold, each with the sentence that is said when it does not.
    /// The numbers a settings file may change come in as arguments.
    public static func contradictions(
        sessionTimeout: Int = sessionTimeoutMilliseconds, heartbeat: Int = heartbeatMilliseconds,
        pollInterval: Int = pollIntervalMaxMilliseconds, queuedKibibytes: Int = queuedKibibytesMax,
        messageBytes: Int = messageBytesMax, receiveBytes: Int = receiveBytesMax, fetchBytes: Int = fetchBytesMax
    ) -> [String] {
        let rules: [(Bool, String)] = [
            (
                transactionTimeoutMilliseconds < sessionTimeout,
                "session.timeout.ms must be above the transaction timeout of \(transactionTimeoutMilliseconds) ms"
            ),
            (heartbeat * 3 <= sessionTimeout, "heartbeat.interval.ms must be at most a third of session.timeout.ms"),
            (sessionTimeout <= pollInterval, "max.poll.interval.ms must not be below session.timeout.ms"),
            (
                revocationWaitMilliseconds < pollInterval,
                "max.poll.interval.ms must be above the revocation wait of \(revocationWaitMilliseconds) ms"
            ),
            (
                transactionMessageTimeoutMilliseconds <= transactionTimeoutMilliseconds,
                "a message must not outlive its transaction"
            ),
            (
                commitDeadlineMilliseconds < transactionTimeoutMilliseconds,
                "the commit deadline must be below the transaction timeout"
            ),
            (
                topicPropagationMilliseconds < transactionMessageTimeoutMilliseconds,
                "a missing topic must be found missing within the transaction"
            ),
            (messageBytes + 512 <= fetchBytes, "fetch.max.bytes must be above message.max.bytes"),
            (fetchBytes + 512 <= receiveBytes, "receive.message.max.bytes must be above fetch.max.bytes"),
            (queuedKibibytes <= 1_048_576, "queued.max.messages.kbytes above 1 GiB is no bound"),
            (
                messageBytes / 1024 * 4 <= queuedOutboundKibibytesMax,
                "queue.buffering.max.kbytes must hold four of the largest messages"
            ),
        ]
        return rules.filter { !$0.0 }.map(\.1)
    }
}
