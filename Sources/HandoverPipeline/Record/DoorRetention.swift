import HandoverRules
import Postgres

/// How long the doors' own tables are kept, each with its reason. Bodies and people: ``Retention``.
public enum DoorRetention {
    /// Which token read what. Two years: the longest that logs of access to personal data are kept by default
    /// (operations.md, audit), and longer than a complaint takes.
    public static let auditDays: Int64 = 731
    /// Tokens that ended, by expiry or revocation: as long as the audit may name them, so that it can be read.
    public static let endedTokenDays = auditDays
    /// Where the broker kept an event that came by HTTP. Half a year: what became of an event is asked within days, and
    /// its topic does not keep it longer; what was recorded is answered from the ledger as long as that has it.
    public static let ingestedDays: Int64 = 183

    /// Tasks about rejected events and of webhooks given up, from when they were closed: after two years nobody
    /// remembers a task by its id, so its versions may begin again. Open ones stay.
    public static let closedTaskDays = auditDays

    /// What goes by age alone, a table a statement.
    struct Step: Sendable {
        let count: SQL
        let delete: SQL
        let note: @Sendable (Int, inout Retention.Numbers) -> Void
    }

    static func steps(now: Instant, limit: Int) -> [Step] {
        let audits = before(now, auditDays), tokens = before(now, endedTokenDays), places = before(now, ingestedDays)
        let tasks = before(now, closedTaskDays)
        return [
            Step(
                count: .named(
                    "retention.audits.count",
                    """
                    select count(*) from access_audit where seq <= (
                        \(unsafeRaw: lastChained) at < \(audits) \(unsafeRaw: newest))
                    """
                ),
                delete: .named(
                    "retention.audits",
                    """
                    delete from access_audit where seq <= (
                        \(unsafeRaw: lastChained) at < \(audits) \(unsafeRaw: newest))
                    """
                ),
                note: { $1.audits += $0 }),
            Step(
                count: .named("retention.ingested.count", "select count(*) from ingested where kept_at < \(places)"),
                delete: .named(
                    "retention.ingested",
                    """
                    delete from ingested where event_id in (
                        select event_id from ingested where kept_at < \(places) order by kept_at limit \(limit))
                    """), note: { $1.ingested += $0 }),
            Step(
                count: .named(
                    "retention.tokens.count",
                    "select count(*) from token where least(revoked_at, expires_at) < \(tokens)"),
                delete: .named(
                    "retention.tokens",
                    """
                    delete from token where id in (
                        select id from token where least(revoked_at, expires_at) < \(tokens) limit \(limit))
                    """), note: { $1.tokens += $0 }),
            closedTasks(
                "retention.rejections.count", "retention.rejections", in: "rejection_message", tasks, limit
            ) { $1.rejections += $0 },
            closedTasks(
                "retention.webhookTasks.count", "retention.webhookTasks", in: "webhook_task", tasks, limit
            ) { $1.webhookTasks += $0 },
        ]
    }

    /// Every version of the tasks in a table whose last one closed them before then.
    private static func closedTasks(
        _ count: StaticString, _ delete: StaticString, in table: String, _ before: PostgresTimestamp, _ limit: Int,
        note: @escaping @Sendable (Int, inout Retention.Numbers) -> Void
    ) -> Step {
        Step(
            count: .named(
                count,
                """
                select count(*) from \(unsafeRaw: table) where task_id in (
                    select task_id from \(unsafeRaw: table) where is_current and closes and sent_at < \(before))
                """),
            delete: .named(
                delete,
                """
                delete from \(unsafeRaw: table) where task_id in (
                    select task_id from \(unsafeRaw: table)
                    where is_current and closes and sent_at < \(before) limit \(limit))
                """), note: note)
    }

    /// Notes of use go by whole entries of the audit's chain, in one statement: an entry that covers only some of its
    /// notes could not be told from one that was tampered with.
    private static let lastChained = """
        select split_part(object, '-', 2)::int8 from audit_entry where action = 'ACCESS' and
        """
    private static let newest = "order by seq desc limit 1"

    private static func before(_ now: Instant, _ days: Int64) -> PostgresTimestamp {
        PostgresTimestamp(microseconds: (now - .days(days)).microseconds)
    }
}
