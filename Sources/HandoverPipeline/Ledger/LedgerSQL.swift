import FoundationEssentials
import Postgres

/// Every SQL text of the ledger. All of them are set-based: their number does not depend on the size of a batch.
/// Rows are always taken in one order: leases, event ids sorted, persons sorted (design.md §3).
///
/// Columns of a batch are unnested side by side in the select list, which streams them. In `from unnest(a, b, …)` each
/// column goes through a store of rows of its own first: twice the processor time of an insert.
enum LedgerSQL {
    /// A hub's session plans by index, whatever the statistics of a table that was empty when the plan was made. Its
    /// memory holds the rows of a batch: the server's default of 4 MB sends them to a temporary file and back.
    static let session: SQL = .named(
        "session.plan",
        """
        select set_config('enable_seqscan', 'off', false), set_config('enable_hashjoin', 'off', false),
               set_config('enable_mergejoin', 'off', false), set_config('plan_cache_mode', 'force_generic_plan', false),
               set_config('work_mem', '64MB', false)
        """)

    /// Statements stay prepared; their next use plans them on the tables as they are then.
    static let discardPlans: SQL = .named("session.replan", "discard plans")

    static let begin: SQL = .named("begin", "begin")
    static let commit: SQL = .named("commit", "commit")
    static let rollback: SQL = .named("rollback", "rollback")
    static let registerVersion: SQL = .named("register.version", "select version from register_version")

    /// The advisory lock of a running instance is the hash of this and its name.
    static let instanceLockSpace = "'throughgate-instance:'"

    static func instanceLockKey(_ instance: String) -> SQL {
        .named("instance.key", "select hashtextextended(\(unsafeRaw: instanceLockSpace) || \(instance), 0)")
    }

    // MARK: Leases

    static func lockLeases(cluster: String, _ topics: [String], _ partitions: [Int32]) -> SQL {
        .named(
            "lease.lock",
            """
            select l.topic, l.partition, l.generation, l.start_count, l.recorded_through, l.published_through
            from partition_lease l
            where l.cluster_id = \(cluster) and (l.topic, l.partition) in
                (select * from unnest(\(topics), \(partitions)))
            order by l.topic, l.partition for update
            """)
    }

    /// Takes or renews leases. A newer generation always may; the same one, or a broker whose generations started
    /// again, only the instance that held it before (its name is guarded by an advisory lock) or when its holder is
    /// gone. Rows that are not returned were refused.
    static func takeLeases(
        cluster: String, _ topics: [String], _ partitions: [Int32], generation: Int64, instance: String
    ) -> SQL {
        .named(
            "lease.take",
            """
            insert into partition_lease as l (cluster_id, topic, partition, generation, start_count, instance)
            select \(cluster), t, p, \(generation), 1, \(instance)
            from unnest(\(topics), \(partitions)) as u(t, p) order by t, p
            on conflict (cluster_id, topic, partition) do update
            set generation = excluded.generation, start_count = l.start_count + 1, instance = excluded.instance,
                idle_starts = case when l.instance = excluded.instance then l.idle_starts else 0 end
            where excluded.generation >= l.generation or l.instance = excluded.instance
                or pg_try_advisory_xact_lock(hashtextextended(\(unsafeRaw: instanceLockSpace) || l.instance, 0))
            returning topic, partition, generation, start_count, recorded_through, published_through, idle_starts
            """)
    }

    static func otherClusters(than cluster: String) -> SQL {
        .named(
            "lease.clusters", "select distinct cluster_id from partition_lease where cluster_id <> \(cluster) limit 1")
    }

    /// Progress is what was published, not what was recorded: a process that dies while it publishes makes none. A
    /// partition that is still under suspicion keeps its starts until it is trusted.
    static func advanceLeases(
        cluster: String, _ topics: [String], _ partitions: [Int32], recorded: [Int64], published: [Int64],
        trusted: [Bool]
    ) -> SQL {
        .named(
            "lease.advance",
            """
            update partition_lease l
            set recorded_through = greatest(l.recorded_through, u.r),
                published_through = greatest(l.published_through, u.q),
                idle_starts = case when u.k and u.q > l.published_through then 0 else l.idle_starts end
            from unnest(\(topics), \(partitions), \(recorded), \(published), \(trusted)) as u(t, p, r, q, k)
            where l.cluster_id = \(cluster) and l.topic = u.t and l.partition = u.p
            """)
    }

    /// A start that is about to work on these partitions; cleared by progress and by an orderly stop.
    static func countStarts(cluster: String, _ topics: [String], _ partitions: [Int32], by step: Int32) -> SQL {
        .named(
            "lease.starts",
            """
            update partition_lease l set idle_starts = greatest(0, l.idle_starts + \(step))
            from unnest(\(topics), \(partitions)) as u(t, p)
            where l.cluster_id = \(cluster) and l.topic = u.t and l.partition = u.p
            """)
    }

    /// An attempt that an orderly end cut short is none.
    static func takeAttemptBack(topic: String, partition: Int32, offset: Int64) -> SQL {
        .named(
            "attempt.back",
            """
            update attempt set attempts = attempts - 1
            where topic = \(topic) and partition = \(partition) and "offset" = \(offset)
            """)
    }

    static func countAttempt(topic: String, partition: Int32, offset: Int64) -> SQL {
        .named(
            "attempt.count",
            """
            insert into attempt as a (topic, partition, "offset", attempts)
            values (\(topic), \(partition), \(offset), 1)
            on conflict (topic, partition, "offset") do update set attempts = a.attempts + 1 returning attempts
            """)
    }

    static func forgetAttempts(topic: String, partition: Int32, through offset: Int64) -> SQL {
        .named(
            "attempt.forget",
            """
            delete from attempt where topic = \(topic) and partition = \(partition) and "offset" <= \(offset)
            """)
    }

    // MARK: Events

    static func insertEvents(_ e: EventColumns) -> SQL {
        .named(
            "event.insert",
            """
            insert into event (event_id, subject, type, occurred_at, published_at, received_at, topic, partition,
                "offset", digest, headers, value, batch)
            select unnest(\(e.ids)), unnest(\(e.subjects)), unnest(\(e.types)), unnest(\(e.occurred)),
                unnest(\(e.published)), unnest(\(e.received)), unnest(\(e.topics)), unnest(\(e.partitions)),
                unnest(\(e.offsets)), unnest(\(e.digests)), unnest(\(e.headers)), unnest(\(e.values)),
                (select nextval('event_batch'))
            on conflict (event_id) do nothing returning event_id
            """)
    }

    static func storedEvents(_ ids: [UUID]) -> SQL {
        .named(
            "event.stored",
            """
            select event_id, topic, partition, "offset", digest from event where event_id = any(\(ids))
            """)
    }

    static func setDispositions(_ ids: [UUID], _ states: [String], _ reasons: [String]) -> SQL {
        .named(
            "event.disposition",
            """
            update event e set disposition = u.d, reason = u.r
            from unnest(\(ids), \(states), \(reasons)) as u(i, d, r) where e.event_id = u.i
            """)
    }

    // MARK: Timers

    static func insertTimers(
        _ ids: [UUID], _ subjects: [String], _ kinds: [String], _ causes: [String], _ due: [PostgresTimestamp]
    ) -> SQL {
        .named(
            "timer.insert",
            """
            insert into timer (event_id, subject, kind, cause, due_at)
            select unnest(\(ids)), unnest(\(subjects)), unnest(\(kinds)), unnest(\(causes)), unnest(\(due))
            on conflict do nothing
            """)
    }

    static func deleteTimers(_ ids: [UUID]) -> SQL {
        .named("timer.delete", "delete from timer where event_id = any(\(ids))")
    }

    static func claimTimers(due: PostgresTimestamp, before: PostgresTimestamp, limit: Int) -> SQL {
        .named(
            "timer.claim",
            """
            update timer t set published_at = \(due)
            where t.event_id = any(array(
                select event_id from timer
                where due_at <= \(due) and (published_at is null or published_at < \(before))
                order by due_at limit \(limit) for update skip locked))
            returning t.event_id, t.subject, t.kind, t.cause, t.due_at
            """)
    }

    static func earliestTimer(except ids: [UUID]) -> SQL {
        .named("timer.earliest", "select min(due_at) from timer where not event_id = any(\(ids))")
    }

    /// `hub.clock: events`: whether they were published before or not, since nobody else waits for them.
    static func claimTimers(due: PostgresTimestamp, except ids: [UUID], limit: Int) -> SQL {
        .named(
            "timer.claim.events",
            """
            update timer t set published_at = clock_timestamp()
            where t.event_id = any(array(
                select event_id from timer where due_at <= \(due) and not event_id = any(\(ids))
                order by due_at limit \(limit) for update skip locked))
            returning t.event_id, t.subject, t.kind, t.cause, t.due_at
            """)
    }
    static let timersDue: SQL = .named("timer.due", "select count(*) from timer where due_at <= clock_timestamp()")
    static let outboxWaits: SQL = .named(
        "outbox.waits", "select 1 from outbox where created_at < now() - interval '1 minute' limit 1")
    static let largestReceived: SQL = .named(
        "event.now", "select max(received_at) from event")

    // MARK: Outcomes, data quality, rejections

    /// What stands now, and the log of how it came to stand, in one statement.
    static func setOutcomes(_ o: OutcomeColumns) -> SQL {
        .named(
            "outcome.set",
            """
            with change as (
                select unnest(\(o.spells)) as spell, unnest(\(o.scopes)) as scope, unnest(\(o.subjects)) as subject,
                    unnest(\(o.states)) as state, unnest(\(o.reasons)) as reason, unnest(\(o.released)) as released,
                    unnest(\(o.decidedAt)) as at, unnest(\(o.causes)) as cause),
            log as (
                insert into outcome_change (spell, scope, subject, state, reason, released, at, caused_by)
                select * from change)
            insert into outcome (spell, scope, subject, state, reason, released, decided_at)
            select spell, scope, subject, state, reason, released, at from change
            on conflict (spell, scope) do update set subject = excluded.subject, state = excluded.state,
                reason = excluded.reason, released = excluded.released, decided_at = excluded.decided_at
            """)
    }

    static func openDataQuality(
        _ codes: [String], _ events: [UUID], _ subjects: [String], _ at: [PostgresTimestamp]
    ) -> SQL {
        .named(
            "quality.open",
            """
            insert into data_quality (code, event_id, subject, opened_at)
            select * from unnest(\(codes), \(events), \(subjects), \(at)) on conflict do nothing
            """)
    }

    /// Why records at these positions were refused, where they were.
    static func refusals(_ topics: [String], _ partitions: [Int32], _ offsets: [Int64]) -> SQL {
        .named(
            "rejected.read",
            """
            select r.topic, r.partition, r."offset", r.reason, r.detail
            from unnest(\(topics), \(partitions), \(offsets)) as u(t, p, o)
            join rejected r on r.topic = u.t and r.partition = u.p and r."offset" = u.o
            """)
    }

    static func insertRejected(_ r: RejectedColumns) -> SQL {
        .named(
            "rejected.insert",
            """
            insert into rejected (topic, partition, "offset", reason, detail, key, value, headers, record_time,
                attempts)
            select * from unnest(\(r.topics), \(r.partitions), \(r.offsets), \(r.reasons), \(r.details), \(r.keys),
                \(r.values), \(r.headers), \(r.times), \(r.attempts))
            on conflict (topic, partition, "offset") do nothing
            """)
    }
}
