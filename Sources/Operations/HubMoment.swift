import EventContracts
public import HandoverPipeline
public import HandoverRules
public import Postgres

/// Now, as the hub tells time and as operators see ages.
public enum HubMoment {
    /// The machine's time; under `hub.clock: events` the time of the newest decision, which costs one row to find and
    /// is at most one batch behind the hub's own now. The machine's where nothing was decided yet.
    public static func now(_ clock: HubClock, on connection: PostgresConnection) throws -> Instant {
        guard clock == .events else { return MachineClock.now() }
        let last = try connection.query(
            .named("view.lastDecided", "select sent_at from message order by seq desc limit 1")
        ).first
        let at: PostgresTimestamp? = try last?[0]
        return at.map { Instant(microseconds: $0.microseconds) } ?? MachineClock.now()
    }
}
