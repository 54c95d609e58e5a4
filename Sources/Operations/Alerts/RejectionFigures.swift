public import Postgres

/// What the ledger's rejected records say for alerts: of every hub, and over restarts.
public struct RejectionFigures: Sendable, Hashable {
    public struct Reason: Sendable, Hashable {
        public var reason: String
        /// In the last quarter of an hour, beyond three times as many as in the one an hour before; never below 0.
        public var surge: Int
        public var lastHour: Int
        /// Whether none came in the day before the last hour.
        public var isNew: Bool

        public init(reason: String, surge: Int, lastHour: Int, isNew: Bool) {
            self.reason = reason
            self.surge = surge
            self.lastHour = lastHour
            self.isNew = isNew
        }
    }

    /// Age of the oldest that is open; 0: none.
    public var oldestSeconds: Double
    /// Reasons of the last 25 hours.
    public var reasons: [Reason]

    public init(oldestSeconds: Double, reasons: [Reason]) {
        self.oldestSeconds = oldestSeconds
        self.reasons = reasons
    }

    /// Reads them by the index on `first_seen`: as much work as there were rejections in 25 hours.
    public static func read(on connection: PostgresConnection) throws -> RejectionFigures {
        let oldest: Double = try connection.query(
            .named(
                "alert.rejectedOldest",
                """
                select coalesce(extract(epoch from clock_timestamp() - min(first_seen)), 0)::float8
                from rejected where state = 'OPEN'
                """)
        ).only()[0]
        let rows = try connection.query(
            .named(
                "alert.rejections",
                """
                with seen as (
                    select reason, extract(epoch from clock_timestamp() - first_seen) as age from rejected
                    where first_seen > clock_timestamp() - interval '25 hours')
                select reason,
                    greatest(0, count(*) filter (where age <= 900)
                        - 3 * count(*) filter (where age > 3600 and age <= 4500))::int,
                    (count(*) filter (where age <= 3600))::int, bool_and(age <= 3600)
                from seen group by reason order by reason limit 50
                """))
        return RejectionFigures(
            oldestSeconds: max(0, oldest),
            reasons: try rows.map { row in
                Reason(
                    reason: try row[0], surge: Int(try row[1] as Int32), lastHour: Int(try row[2] as Int32),
                    isNew: try row[3])
            })
    }
}
