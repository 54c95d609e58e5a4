import FoundationEssentials
import Postgres

/// The statements that make published messages visible, in the order of ``FeedKeeper``.
enum FeedSQL {
    /// One keeper at a time, until the end of its transaction. So positions become visible in their order.
    static let lock: SQL = .named(
        "feed.lock", "select pg_try_advisory_xact_lock(hashtextextended('throughgate-feed', 0))")

    /// How far all was looked through, and whether anything below waits. Whether anything above is still hidden is not
    /// asked: under load that is a look at every message since, only to learn what ``show(seen:_:_:_:limit:)`` finds
    /// out anyway, and at rest nothing is above.
    static let state: SQL = .named(
        "feed.state", "select seen_through, exists (select 1 from door_waiting) from door_state")

    /// What is looked up for each row is written as a scalar subquery, here and below, which no planner turns into a
    /// join: the tables grow from nothing, and a join that was planned on them as they were reads all of one for each
    /// row.
    private static let isHidden = "(select d.position from door_item d where d.seq = m.seq) is null"

    /// The keeper's statements are planned again: before a step, on the tables as they are then.
    static let replan: SQL = .named("feed.replan", "discard plans")

    static let leases: SQL = .named(
        "feed.leases",
        "select topic, partition, max(published_through) from partition_lease group by topic, partition")

    /// Makes visible what lies below its partition's next offset. A later version of a stream that was published says
    /// that the ones before it were.
    ///
    /// - Parameter nexts: a JSON object of topics, each with an array of next offsets by partition: asked once for each
    ///   message, and a list would be read through each time.
    static func show(seen: Int64, nexts: String, limit: Int) -> SQL {
        .named(
            "feed.show",
            """
            with published as materialized (select \(nexts)::jsonb as nexts),
            ready as materialized (
                select o.seq, o.recipient_id from (
                    select m.seq, m.stream_id, m.version, m.recipient_id from message m
                    where m.seq > \(seen) and not m.held and \(unsafeRaw: isHidden)
                    union all
                    select m.seq, m.stream_id, m.version, m.recipient_id from door_waiting w
                        cross join lateral (select * from message m where m.seq = w.seq and not m.held offset 0) m
                    order by seq) o
                where (
                    select true from message l
                        cross join lateral (
                            select e.topic, e.partition, e."offset" from event e
                            where e.event_id = l.caused_by offset 0) e
                    where l.stream_id = o.stream_id and l.version >= o.version and not l.held
                        and e."offset" < ((select nexts from published) -> e.topic ->> e.partition)::bigint
                    limit 1)
                order by o.seq limit \(limit)),
            gone as (delete from door_waiting w using ready r where w.seq = r.seq)
            insert into door_item (seq, recipient_id)
            select seq, recipient_id from ready order by seq
            returning seq, recipient_id
            """)
    }

    static func tasks(_ seqs: [Int64]) -> SQL {
        .named(
            "feed.tasks",
            """
            select seq, stream_id, version, topic, closes, body from message where seq = any(\(seqs)) order by seq
            """)
    }

    /// A closing message does not say whose the task was: that stays.
    static func setTasks(
        _ ids: [UUID], _ readers: [String], _ seqs: [Int64], _ versions: [Int32], _ closed: [Bool]
    ) -> SQL {
        .named(
            "feed.setTasks",
            """
            insert into door_task as t (task_id, reader, seq, version, closed)
            select distinct on (i) i, r, s, v, c
            from unnest(\(ids), \(readers), \(seqs), \(versions), \(closed)) as u(i, r, s, v, c) order by i, v desc
            on conflict (task_id) do update set seq = excluded.seq, version = excluded.version,
                closed = excluded.closed,
                reader = case when excluded.reader = '' then t.reader else excluded.reader end
            where excluded.version > t.version
            """)
    }

    /// Every number that was drawn so far. Whoever drew one had a transaction id before.
    static let lastSeq: SQL = .named(
        "feed.last", "select coalesce(pg_sequence_last_value(pg_get_serial_sequence('message', 'seq')::regclass), 0)")

    /// Whether every transaction that could still add a message at or below the bound has ended.
    static let isSettled: SQL = .named(
        "feed.isSettled", "select pg_snapshot_xmin(pg_current_snapshot()) >= bound_xid from door_state")

    /// What is open at or below the bound is moved to the list of those that wait: nothing there is looked through
    /// again.
    static let setAside: SQL = .named(
        "feed.setAside",
        """
        insert into door_waiting (seq)
        select m.seq from door_state s join message m on m.seq > s.seen_through and m.seq <= s.bound_seq
        where \(unsafeRaw: isHidden)
        on conflict do nothing
        """)

    static func advance(_ last: Int64) -> SQL {
        .named(
            "feed.advance",
            """
            update door_state set seen_through = bound_seq, bound_seq = \(last), bound_xid = pg_current_xact_id()
            """)
    }
}
