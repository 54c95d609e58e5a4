public import HandoverRules
public import Postgres

/// How the canary fares: a synthetic release that goes through the whole pipeline at an interval.
public struct CanaryFigures: Sendable, Hashable {
    /// Between two canaries, in seconds.
    public var every: Double
    /// Since when this ledger has any.
    public var since: Instant
    /// When the latest that came out was sent; nil: none has.
    public var lastSentAt: Instant?
    /// How long it took from before it was sent until a reader saw it; nil: nobody was looking all the time.
    public var lastSeconds: Double?
    /// The slowest of the last hour.
    public var slowestSeconds: Double?
    /// When the oldest that is awaited was sent; nil: none is.
    public var awaitedSince: Instant?
    /// Whether that one is recorded, so that it is the publishing that it waits for.
    public var isRecorded: Bool

    public init(
        every: Double, since: Instant, lastSentAt: Instant? = nil, lastSeconds: Double? = nil,
        slowestSeconds: Double? = nil, awaitedSince: Instant? = nil, isRecorded: Bool = false
    ) {
        self.every = every
        self.since = since
        self.lastSentAt = lastSentAt
        self.lastSeconds = lastSeconds
        self.slowestSeconds = slowestSeconds
        self.awaitedSince = awaitedSince
        self.isRecorded = isRecorded
    }

    /// Whole intervals for which a canary has been missed: one that was sent has not come out, or none came to be sent.
    /// 0: all is well. It goes on rising from what was known when the ledger does not answer any more.
    public func missed(at now: Instant) -> Int {
        let nextDue = (lastSentAt ?? since) + Span(microseconds: Int64(every * 1e6))
        let missedSince = min(nextDue, awaitedSince ?? nextDue)
        guard every > 0 else { return 0 }
        return max(0, Int(Double((now - missedSince).microseconds) / 1e6 / every))
    }

    /// nil: no canary was ever sent.
    public static func read(on connection: PostgresConnection, now: Instant) throws -> CanaryFigures? {
        let hour = now - .seconds(3_600)
        let row = try connection.query(
            .named(
                "canary.figures",
                """
                select w.every_seconds, w.since, l.sent_at, l.seconds,
                    (select max(seconds) from canary where sent_at > \(hour.timestamp)), a.sent_at,
                    coalesce(a.recorded_at is not null, false)
                from canary_watch w
                left join lateral (select sent_at, seconds from canary where seen_at is not null
                    order by sent_at desc limit 1) l on true
                left join lateral (select sent_at, recorded_at from canary
                    where seen_at is null and sent_at > \(hour.timestamp) order by sent_at limit 1) a on true
                """)
        ).first
        guard let row else { return nil }
        func instant(_ index: Int) throws -> Instant? {
            let at: PostgresTimestamp? = try row[index]
            return at.map { Instant(microseconds: $0.microseconds) }
        }
        return CanaryFigures(
            every: try row[0], since: try instant(1) ?? now, lastSentAt: try instant(2), lastSeconds: try row[3],
            slowestSeconds: try row[4], awaitedSince: try instant(5), isRecorded: try row[6])
    }
}
