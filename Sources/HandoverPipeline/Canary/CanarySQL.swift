import FoundationEssentials
import HandoverRules
import Postgres

/// Every SQL text of the canary. The lease goes by PostgreSQL's clock, the rest by the sender's.
enum CanarySQL {
    /// In the recorder's transaction. What nobody sent, or was sent long ago, is not noted; what comes again has been.
    static func record(_ columns: CanaryColumns) -> SQL {
        .named(
            "canary.record",
            """
            update canary c set topic = u.t, partition = u.p, "offset" = u.o, recorded_at = clock_timestamp()
            from unnest(\(columns.ids), \(columns.topics), \(columns.partitions), \(columns.offsets)) as u(id, t, p, o)
            where c.event_id = u.id and c.recorded_at is null
            """)
    }

    static func claim(_ holder: String, seconds: Int, everySeconds: Double) -> SQL {
        .named(
            "canary.claim",
            """
            insert into canary_watch as w (holder, held_until, every_seconds)
            values (\(holder), clock_timestamp() + make_interval(secs => \(seconds)), \(everySeconds))
            on conflict (only_row) do update
            set holder = excluded.holder, held_until = excluded.held_until, every_seconds = excluded.every_seconds
            where w.holder = excluded.holder or w.held_until < clock_timestamp()
            """)
    }

    static func release(_ holder: String) -> SQL {
        .named("canary.release", "update canary_watch set held_until = '-infinity' where holder = \(holder)")
    }

    static let lastSent: SQL = .named("canary.lastSent", "select max(sent_at) from canary")

    /// Canaries that may still come back: what was sent before is on the topic no more.
    static func outstanding(since: PostgresTimestamp, limit: Int) -> SQL {
        .named(
            "canary.outstanding",
            """
            select event_id, sent_at from canary where seen_at is null and sent_at > \(since)
            order by sent_at desc limit \(limit)
            """)
    }

    static func send(_ id: UUID, at: PostgresTimestamp, by instance: String) -> SQL {
        .named(
            "canary.send",
            """
            insert into canary (event_id, sent_at, sent_by) values (\(id), \(at), \(instance)) returning seq
            """)
    }

    /// It never reached the inbound topic.
    static func forget(_ id: UUID) -> SQL {
        .named("canary.forget", "delete from canary where event_id = \(id) and recorded_at is null")
    }

    /// - Parameter seconds: nil: nobody was looking all the time.
    static func seen(_ id: UUID, at: PostgresTimestamp, seconds: Double?) -> SQL {
        .named(
            "canary.seen",
            "update canary set seen_at = \(at), seconds = \(seconds) where event_id = \(id) and seen_at is null")
    }

    static func tidy(before: PostgresTimestamp) -> SQL {
        .named("canary.tidy", "delete from canary where sent_at < \(before)")
    }
}
