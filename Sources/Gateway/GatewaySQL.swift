import FoundationEssentials
import Postgres

/// Every SQL text of the doors. None of them costs more with more people, handovers or tokens.
enum GatewaySQL {
    // MARK: Tokens

    static func createToken(
        id: String, hash: [UInt8], kind: String, names: [String], role: String?, lifetimeSeconds: Int64?
    ) -> SQL {
        .named(
            "token.create",
            """
            insert into token (id, hash, kind, names, role, expires_at)
            values (\(id), \(hash), \(kind), \(names), \(role), now() + make_interval(secs => \(lifetimeSeconds)))
            returning created_at, expires_at
            """)
    }

    static let listTokens: SQL = .named(
        "token.list",
        """
        select id, kind, names, role, created_at, expires_at, revoked_at, last_used_at from token
        order by created_at, id
        """)

    static func revokeToken(_ id: String) -> SQL {
        .named("token.revoke", "update token set revoked_at = now() where id = \(id) and revoked_at is null")
    }

    static func token(_ id: String) -> SQL {
        .named(
            "token.find",
            """
            select hash, kind, names, role, revoked_at is null and (expires_at is null or expires_at > now()),
                last_used_at is null or last_used_at < now() - interval '1 minute'
            from token where id = \(id)
            """)
    }

    static func noteUse(_ id: String) -> SQL {
        .named(
            "token.use",
            """
            with used as (
                update token set last_used_at = now()
                where id = \(id) and (last_used_at is null or last_used_at < now() - interval '1 minute')
                returning id)
            insert into access_audit (token_id, action, items) select id, 'USE', 0 from used
            """)
    }

    /// Has a transaction id before it draws its number: AccessChain rests on that.
    static func audit(token: String, action: String, first: Int64?, last: Int64?, items: Int) -> SQL {
        .named(
            "audit.insert",
            """
            insert into access_audit (token_id, action, first_item, last_item, items)
            select \(token), \(action), \(first), \(last), \(Int32(clamping: items))
            from (select pg_current_xact_id() as id offset 0) x where x.id is not null
            """)
    }

    /// What a bearer does to something of its own, about to be done.
    static func audit(_ bearer: Bearer, _ action: String) -> SQL {
        audit(token: bearer.tokenID, action: action, first: nil, last: nil, items: 1)
    }

    // MARK: Events

    static func noteIngested(
        _ ids: [UUID], _ prisons: [String], _ topics: [String], _ partitions: [Int32], _ offsets: [Int64]
    ) -> SQL {
        .named(
            "ingested.note",
            """
            insert into ingested (event_id, prison, topic, partition, "offset")
            select distinct on (i) i, n, t, p, o
            from unnest(\(ids), \(prisons), \(topics), \(partitions), \(offsets)) as u(i, n, t, p, o)
            order by i, o desc
            on conflict (event_id) do update set topic = excluded.topic, partition = excluded.partition,
                "offset" = excluded."offset", kept_at = excluded.kept_at
            where ingested.prison = excluded.prison
            """)
    }

    static func ingested(_ id: UUID) -> SQL {
        .named(
            "ingested.find",
            """
            select i.prison, r.reason, r.detail
            from ingested i left join rejected r
                on r.topic = i.topic and r.partition = i.partition and r."offset" = i."offset" and r.state <> 'REDRIVEN'
            where i.event_id = \(id)
            """)
    }

    /// Why an event of one of these prisons was refused that came by Kafka.
    static func refused(_ id: UUID, of prisons: [String]) -> SQL {
        .named(
            "event.refused",
            """
            select reason, detail from rejection_message
            where event_id = \(id) and prison = any(\(prisons)) and is_current and not closes
            """)
    }

    /// Caused by the event: decided when it was recorded, about its person, from it among others.
    static func event(_ id: UUID) -> SQL {
        .named(
            "event.find",
            """
            select e.topic, e.headers, e.value, e.disposition, e.reason,
                (select count(distinct m.stream_id) from event c join message m on m.caused_by = c.event_id
                    where c.subject = e.subject and c.batch = e.batch and m.recipient_id is not null
                        and coalesce(position(uuid_send(e.event_id) in m.decided_from) > 0, true))
            from event e where e.event_id = \(id)
            """)
    }

    // MARK: Handovers

    static func page(of recipient: String, after position: Int64, limit: Int) -> SQL {
        .named(
            "feed.page",
            """
            select d.position, m.headers, m.body
            from door_item d
                cross join lateral (
                    select headers, body from message where seq = d.seq and length(body) > 0 offset 0) m
            where d.recipient_id = \(recipient) and d.position > \(position)
            order by d.position limit \(limit)
            """)
    }

    /// Notes of pages in the audit, and how far their recipients have come, whatever they read again: one statement, so
    /// that one commit keeps all. For the audit's numbers see ``audit(token:action:first:last:items:)``.
    static func noteReads(
        by recipients: [String], _ tokens: [String], _ actions: [String], _ firsts: [Int64], _ lasts: [Int64],
        _ items: [Int32]
    ) -> SQL {
        .named(
            "feed.reads",
            """
            with fetched as (
                insert into door_cursor as c (recipient_id, fetched_through)
                select r, max(l) from unnest(\(recipients), \(lasts)) as u(r, l) group by r order by r
                on conflict (recipient_id) do update set fetched_through = excluded.fetched_through, fetched_at = now()
                where c.fetched_through < excluded.fetched_through)
            insert into access_audit (token_id, action, first_item, last_item, items)
            select t, a, f, l, i
            from (select pg_current_xact_id() as id offset 0) x
                cross join unnest(\(tokens), \(actions), \(firsts), \(lasts), \(items)) as u(t, a, f, l, i)
            where x.id is not null
            """)
    }

    /// The last place in a recipient's feed of something that is not kept any more; no row: all of it is kept.
    static func forgotten(of recipient: String) -> SQL {
        .named("feed.forgotten", "select through from door_forgotten where recipient_id = \(recipient)")
    }

    /// Whether a handover is this recipient's and was published to it.
    static func isOwn(_ handover: UUID, of recipient: String) -> SQL {
        .named(
            "handover.own",
            """
            select 1 from message m join door_item d using (seq)
            where m.stream_id = \(handover) and m.recipient_id = \(recipient) limit 1
            """)
    }

    static func heads(after position: Int64) -> SQL {
        .named(
            "feed.heads",
            """
            select coalesce(recipient_id, ''), max(position) from door_item where position > \(position) group by 1
            """)
    }

    // MARK: Tasks

    static func tasks(of readers: [String], after seq: Int64, limit: Int) -> SQL {
        .named(
            "task.list",
            """
            select t.seq, m.body from door_task t join message m using (seq)
            where t.reader = any(\(readers)) and not t.closed and t.seq > \(seq)
                and length(m.body) > 0
            union all
            select seq, body from task_beside
            where reader = any(\(readers)) and is_current and not closes and seq > \(seq)
            order by 1 limit \(limit)
            """)
    }

    /// Whether it is closed, and under which of the readers it stands.
    static func ownTask(_ task: UUID, of readers: [String]) -> SQL {
        .named(
            "task.own",
            """
            select closed, reader from door_task where task_id = \(task) and reader = any(\(readers))
            union all
            select closes, reader from task_beside
            where task_id = \(task) and is_current and reader = any(\(readers))
            """)
    }
}
