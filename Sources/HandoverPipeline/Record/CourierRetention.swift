public import HandoverRules
public import Postgres

/// Ends what is kept of webhooks delivered and of e-mail dealt with. Dead letters stay until somebody
/// deals with them; how far a recipient's feed is queued is kept apart, so nothing is delivered again.
public enum CourierRetention {
    /// Half a year: disputes about what was delivered when come within weeks.
    public static let days: Int64 = 183
    /// Rows of one transaction.
    private static let rowsMax = 5_000

    /// How many rows would go.
    public static func preview(now: Instant, on connection: PostgresConnection) throws -> Int {
        let before = before(now)
        return try connection.query(
            """
            select (select count(*) from webhook_delivery
                    where state in ('DELIVERED', 'EMPTIED') and ended_at < \(before))
                + (select count(*) from mail_notice where state <> 'WAITING' and ended_at < \(before))
            """
        ).only()[0]
    }

    /// Ends them, in bounded transactions; killed at any point, it goes on where it was.
    /// - Returns: how many rows went.
    public static func run(now: Instant, on connection: PostgresConnection) throws -> Int {
        let before = before(now)
        var gone = 0
        for statement: SQL in [
            """
            delete from webhook_delivery where position in (
                select position from webhook_delivery
                where state in ('DELIVERED', 'EMPTIED') and ended_at < \(before) limit \(rowsMax))
            """,
            """
            delete from mail_notice where (seq, occasion, address) in (
                select seq, occasion, address from mail_notice
                where state <> 'WAITING' and ended_at < \(before) limit \(rowsMax))
            """,
        ] {
            while case let count = try connection.execute(statement), count > 0 { gone += count }
        }
        return gone
    }

    private static func before(_ now: Instant) -> PostgresTimestamp {
        PostgresTimestamp(microseconds: (now - .days(days)).microseconds)
    }
}
