import FoundationEssentials
import Postgres

/// Every SQL text of e-mail. Times come from the courier's clock, leases go by PostgreSQL's.
enum MailSQL {
    /// One hub at a time looks for what is new; another's look is not waited for.
    static let noticed: SQL = .named("mail.noticed", "select noticed from mail_state for update skip locked")

    static func last(after position: Int64, limit: Int) -> SQL {
        .named(
            "mail.last",
            """
            select coalesce(max(position), \(position)) from (
                select position from door_item where position > \(position) order by position limit \(limit)) d
            """)
    }

    static func advance(_ position: Int64) -> SQL {
        .named("mail.advance", "update mail_state set noticed = \(position)")
    }

    /// Versions that are news to their recipient: the first of a thread, one that is more urgent than the one before,
    /// the first after the release.
    static func news(after first: Int64, through last: Int64, since: PostgresTimestamp) -> SQL {
        .named(
            "mail.news",
            """
            select m.seq, m.recipient_id, m.priority, m.sent_at, m.clock_from, m.ack_due_at, p.contact,
                p.out_of_hours_contact,
                coalesce(p.utla, (select min(c.utla) from coverage c where c.provider_id = p.provider_id))
            from door_item d join message m using (seq) join provider p on p.provider_id = m.recipient_id
                left join message b on b.stream_id = m.stream_id and b.version = m.version - 1
            where d.position > \(first) and d.position <= \(last) and d.recipient_id is not null
                and m.kind <> 'STOOD_DOWN' and m.priority is not null and m.sent_at > \(since)
                and (b.seq is null or b.kind = 'STOOD_DOWN' or b.priority is null or b.priority > m.priority
                    or (m.kind = 'RELEASED' and b.kind = 'PLANNED'))
            """)
    }

    static let holidays: SQL = .named("mail.holidays", "select nation, date from bank_holiday")

    static func add(
        _ seqs: [Int64], _ occasions: [String], _ addresses: [String], _ recipients: [String],
        _ due: [PostgresTimestamp]
    ) -> SQL {
        .named(
            "mail.add",
            """
            insert into mail_notice (seq, occasion, address, recipient_id, due_at)
            select * from unnest(\(seqs), \(occasions), \(addresses), \(recipients), \(due)) on conflict do nothing
            """)
    }

    /// Addresses that may be written to now.
    static func due(now: PostgresTimestamp, sentBefore: PostgresTimestamp, limit: Int) -> SQL {
        .named(
            "mail.due",
            """
            select n.recipient_id, n.address
            from mail_notice n left join mail_door d using (recipient_id, address)
            where n.state = 'WAITING' and n.due_at <= \(now)
                and (d.next_attempt_at is null or d.next_attempt_at <= \(now))
                and (d.last_sent_at is null or d.last_sent_at <= \(sentBefore))
                and (d.held_until is null or d.held_until < clock_timestamp())
            group by 1, 2 order by min(n.due_at), 1, 2 limit \(limit)
            """)
    }

    /// Takes the right to write to an address; nothing when another hub has it, or wrote meanwhile.
    static func claim(
        _ recipient: String, _ address: String, holder: String, sentBefore: PostgresTimestamp
    ) -> SQL {
        .named(
            "mail.claim",
            """
            insert into mail_door as d (recipient_id, address, holder, held_until)
            values (\(recipient), \(address), \(holder),
                clock_timestamp() + make_interval(secs => \(CourierLimits.mailLeaseSeconds)))
            on conflict (recipient_id, address) do update
                set holder = excluded.holder, held_until = excluded.held_until
            where (d.holder = excluded.holder or d.held_until is null or d.held_until < clock_timestamp())
                and (d.last_sent_at is null or d.last_sent_at <= \(sentBefore))
            returning failures
            """)
    }

    /// What is due for an address, oldest first, and whether it still waits: not stood down, not acknowledged as its
    /// newest version needs it.
    static func notices(
        _ recipient: String, _ address: String, now: PostgresTimestamp, limit: Int
    ) -> SQL {
        .named(
            "mail.notices",
            """
            select n.seq, n.occasion, n.due_at, m.stream_id, m.version, l.priority,
                l.kind <> 'STOOD_DOWN' and not exists (
                    select from acknowledgement a
                    where a.handover_id = m.stream_id and a.version >= coalesce(l.ack_from, 1))
            from mail_notice n join message m using (seq)
                cross join lateral (
                    select o.kind, o.priority, o.ack_from from message o
                    where o.stream_id = m.stream_id order by o.version desc limit 1) l
            where n.recipient_id = \(recipient) and n.address = \(address) and n.state = 'WAITING'
                and n.due_at <= \(now)
            order by n.due_at, n.seq, n.occasion limit \(limit)
            """)
    }

    static func end(
        _ seqs: [Int64], _ occasions: [String], _ address: String, state: String, now: PostgresTimestamp
    ) -> SQL {
        .named(
            "mail.end",
            """
            update mail_notice n set state = \(state), ended_at = \(now)
            from unnest(\(seqs), \(occasions)) as u(s, o)
            where n.seq = u.s and n.occasion = u.o and n.address = \(address) and n.state = 'WAITING'
            """)
    }

    static func noteSent(_ recipient: String, _ address: String, now: PostgresTimestamp) -> SQL {
        .named(
            "mail.door.sent",
            """
            update mail_door set last_sent_at = \(now), failures = 0, next_attempt_at = null, last_outcome = 'TAKEN',
                holder = null, held_until = null
            where recipient_id = \(recipient) and address = \(address)
            """)
    }

    static func noteFailure(
        _ recipient: String, _ address: String, outcome: String, next: PostgresTimestamp
    ) -> SQL {
        .named(
            "mail.door.failure",
            """
            update mail_door set failures = failures + 1, next_attempt_at = \(next), last_outcome = \(outcome),
                holder = null, held_until = null
            where recipient_id = \(recipient) and address = \(address)
            """)
    }

    static func release(_ recipient: String, _ address: String) -> SQL {
        .named(
            "mail.release",
            """
            update mail_door set holder = null, held_until = null
            where recipient_id = \(recipient) and address = \(address)
            """)
    }

    static func waiting(now: PostgresTimestamp) -> SQL {
        .named(
            "mail.waiting", "select count(*) from mail_notice where state = 'WAITING' and due_at <= \(now)")
    }
}
