import EventContracts
import FoundationEssentials
import Postgres

/// What the inbox asks of the ledger. Costs what one recipient's live threads cost; history adds nothing.
enum InboxSQL {
    /// A recipient's threads: the live ones of the record, and the newest of the feed, which the record may not show
    /// yet. Of each the newest version that is published. What waits for an answer comes first, then what was stopped
    /// lately, then what was refused, accepted, and is in treatment; each by priority and time due.
    static func list(
        of recipient: String, show: String, office: String?, newest: Int64, stopDays: Int64, now: PostgresTimestamp,
        offset: Int64, limit: Int64
    ) -> SQL {
        .named(
            "inbox.list",
            """
            with ids as (
                select handover_id as id from handover where recipient_id = \(recipient) and live
                union
                select n.stream_id from (
                    select m.stream_id from door_item d join message m using (seq)
                    where d.recipient_id = \(recipient) order by d.position desc limit \(newest)) n),
            threads as (
                select m.seq, m.position, m.stream_id, m.version, m.kind, m.priority, m.sent_at, m.ack_due_at,
                    h.acked_at is not null and not (m.version > h.version and m.priority = 1) as acked,
                    h.acked_at, h.state,
                    case
                        when m.kind = 'STOOD_DOWN' then 1
                        when h.state = 'ENGAGED' then 4
                        when h.acked_at is not null and not (m.version > h.version and m.priority = 1) then 3
                        when h.state = 'REJECTED' and m.version <= h.version then 2
                        else 0 end as standing
                from ids
                cross join lateral (
                    select o.*, d.position from message o join door_item d using (seq)
                    where o.stream_id = ids.id and o.recipient_id = \(recipient)
                    order by o.version desc limit 1) m
                left join handover h on h.handover_id = m.stream_id
                where (h.closed_at is null or h.closed_at > \(now) or m.kind = 'STOOD_DOWN')
                    and (m.kind <> 'STOOD_DOWN' or m.sent_at > \(now) - make_interval(days => \(stopDays)::int))),
            fitting as (
                select t.* from threads t
                where (\(office)::text is null or (
                    select case when length(b.body) > 0
                        then convert_from(b.body, 'UTF8')::jsonb #>> '{release,officeCode}' end
                    from message b where b.stream_id = t.stream_id and b.kind <> 'STOOD_DOWN'
                    order by b.version desc limit 1) = \(office))),
            counted as (
                select f.*, count(*) filter (where standing = 0) over () as waiting,
                    count(*) filter (where standing = 0 and ack_due_at < \(now)) over () as overdue
                from fitting f)
            select c.position, c.stream_id, c.kind, c.priority, c.sent_at, c.ack_due_at, c.standing, c.state,
                c.waiting, c.overdue, count(*) over (),
                (select b.body from message b where b.stream_id = c.stream_id and b.kind <> 'STOOD_DOWN'
                    and length(b.body) > 0 and b.version <= c.version order by b.version desc limit 1),
                (select s.body from message s where s.seq = c.seq)
            from counted c
            where \(show) = 'all' or (\(show) = 'waiting' and standing = 0) or (\(show) = 'stopped' and standing = 1)
                or (\(show) = 'accepted' and standing in (3, 4))
            order by c.standing, c.priority, c.ack_due_at, c.stream_id
            limit \(limit) offset \(offset)
            """)
    }

    static func offices(of recipient: String) -> SQL {
        .named(
            "inbox.offices",
            """
            select office_code, coalesce(name, office_code) from office where provider_id = \(recipient)
            order by 2, 1 limit 200
            """)
    }

    static func name(of recipient: String) -> SQL {
        .named("inbox.name", "select name from provider where provider_id = \(recipient)")
    }

    /// The published versions of one thread of this recipient, newest first.
    static func versions(_ handover: UUID, of recipient: String) -> SQL {
        .named(
            "inbox.versions",
            """
            select d.position, m.version, m.kind, m.priority, m.sent_at, m.ack_due_at, m.body
            from message m join door_item d using (seq)
            where m.stream_id = \(handover) and m.recipient_id = \(recipient) order by m.version desc limit 50
            """)
    }

    static func standing(_ handover: UUID) -> SQL {
        .named(
            "inbox.standing",
            "select version, state, acked_at, closed_at from handover where handover_id = \(handover)")
    }

    /// What was answered, newest first: what the record shows, and what is on its way to it.
    static func answers(_ handover: UUID) -> SQL {
        .named(
            "inbox.answers",
            """
            select acked_at as at, 'ACK' as kind, decision as what, reject_reason as more, version, '{}'::text[] as km
            from acknowledgement where handover_id = \(handover)
            union all
            select at, 'ENGAGEMENT', outcome, kit_seen, null, reinforced from engagement
            where handover_id = \(handover)
            union all
            select a.at, 'SENT', a.action, null, null, '{}' from answer_sent a
            where a.about = \(handover)
                and not exists (select from acknowledgement k where k.event_id = a.event_id)
                and not exists (select from engagement e where e.event_id = a.event_id)
                and a.at > now() - interval '1 day'
            order by 1 desc limit 50
            """)
    }

    static func tasks(of readers: [String], after seq: Int64, limit: Int64) -> SQL {
        .named(
            "inbox.tasks",
            """
            select t.seq, t.task_id, t.reader, m.task_code, m.priority, m.ack_due_at, m.body,
                exists (select from answer_sent a where a.about = t.task_id and a.at > now() - interval '1 day')
            from door_task t join message m using (seq)
            where t.reader = any(\(readers)) and not t.closed and t.seq > \(seq)
            union all
            select b.seq, b.task_id, b.reader, b.task_code, b.priority, coalesce(b.due_at,
                b.sent_at + make_interval(secs => \(Double(RejectionTask.due.microseconds) / 1_000_000))), b.body,
                exists (select from answer_sent a where a.about = b.task_id and a.at > now() - interval '1 day')
            from task_beside b
            where b.reader = any(\(readers)) and b.is_current and not b.closes and b.seq > \(seq)
            order by 1 limit \(limit)
            """)
    }
}
