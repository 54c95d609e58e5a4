import HandoverPipeline
import HandoverRules
import Postgres

/// Every SQL text of the people at risk. Each part starts at a partial index (RiskMigration) or at what is open, and
/// costs what is at risk, not what is recorded. Nobody is listed for longer than a thread lives (84 days).
enum RiskSQL {
    /// People by kind and priority; last, under '', each person once under the most urgent priority.
    static func counts(_ now: PostgresTimestamp) -> SQL {
        .named(
            "risk.counts",
            """
            with moment as (select \(now) as now), risk as materialized (\(unsafeRaw: everything)),
            person as (select noms, min(priority) as priority, min(since) as since,
                bool_or(coalesce(due < (select now from moment), false)) as late from risk group by noms)
            select kind, priority, count(distinct noms), count(distinct noms) filter (
                where due < (select now from moment)), min(since)
            from risk group by kind, priority
            union all
            select '', priority, count(*), count(*) filter (where late), min(since) from person group by priority
            order by 1, 2
            """)
    }

    /// One kind, oldest first, after an item.
    static func list(
        _ kind: RiskKind, _ now: PostgresTimestamp, after since: PostgresTimestamp, _ item: String, limit: Int
    ) -> SQL {
        .named(
            "risk.list",
            """
            with moment as (select \(now) as now), risk as (\(unsafeRaw: part(kind)))
            select kind, priority, noms, since, due, reason, spell, handover, prison, recipient, item from risk
            where (since, item) > (\(since), \(item)) order by since, item limit \(limit)
            """)
    }

    private static let everything = RiskKind.allCases.map(part).joined(separator: " union all ")

    private static func part(_ kind: RiskKind) -> String {
        switch kind {
        case .noHandover: noHandover + " union all " + held
        case .urgentUnacknowledged: urgent
        case .noProvider: noProvider
        case .kitUnconfirmed: kit
        case .rejectedEvent: rejectedOfPerson + " union all " + rejectedOfHandover
        }
    }

    private static let followed = "(select now - interval '84 days' from moment)"

    /// A hold that has ended and still stands in the way is a risk; one that runs is none.
    private static let noHandover = """
        select 'NO_HANDOVER' as kind, (case when e.kit_at_release = 'YES' then 2 else 1 end)::smallint as priority,
            o.subject as noms, coalesce(e.released_at, o.decided_at) as since, null::timestamptz as due, o.reason,
            o.spell, null::uuid as handover, e.release_prison_id as prison, null::text as recipient,
            o.spell || '/' || o.scope as item
        from outcome o left join episode e on e.episode_id = o.spell
        where o.state in ('QUEUED', 'HUMAN_QUEUE') and o.released and o.reason not in ('NO_PROVIDER', 'AFTER_DEATH')
            and (o.state = 'HUMAN_QUEUE'
                or coalesce(e.hold_ends_at, o.decided_at + interval '1 hour') <= (select now from moment))
            and coalesce(e.released_at, o.decided_at) > \(followed)
        """

    /// Decided, and held because the recipient's topic does not take it.
    private static let held = """
        select 'NO_HANDOVER', coalesce(m.priority, 1)::smallint, m.subject, m.sent_at, m.ack_due_at, 'HELD', m.spell,
            m.stream_id, null, m.recipient_id, m.stream_id || '/' || m.version
        from message m
        where m.held and m.recipient_kind is not null and m.kind in ('RELEASED', 'CORRECTION')
            and m.sent_at > \(followed)
        """

    private static let urgent = """
        select 'URGENT_UNACKNOWLEDGED' as kind, 1::smallint as priority, p.noms, h.urgent_sent_at as since,
            h.urgent_ack_due_at as due, h.state as reason, h.spell_id as spell, h.handover_id as handover,
            e.release_prison_id as prison, h.recipient_id as recipient, h.handover_id::text as item
        from handover h join recorded_person p using (person_id) left join episode e on e.episode_id = h.spell_id
        where h.live and h.urgent_sent_at is not null and h.urgent_acked_at is null and h.urgent_ended_at is null
            and h.engaged_at is null and h.urgent_sent_at > \(followed)
        """

    /// Somebody released is as urgent as the kit is; somebody planned becomes so two days before.
    private static let noProvider = """
        select 'NO_PROVIDER' as kind, (case
                when o.released then case when e.kit_at_release = 'YES' then 2 else 1 end
                when e.planned_date <= (select (now at time zone 'Europe/London')::date from moment) + 2 then 2
                else 4 end)::smallint as priority,
            o.subject as noms,
            case when o.released then coalesce(e.released_at, o.decided_at) else o.decided_at end as since,
            case when not o.released then e.planned_date::timestamp at time zone 'Europe/London' end as due, o.reason,
            o.spell, null::uuid as handover, coalesce(e.release_prison_id, e.planned_prison_id, e.prison_id) as prison,
            null::text as recipient, o.spell || '/' || o.scope as item
        from outcome o left join episode e on e.episode_id = o.spell
        where o.state in ('QUEUED', 'HUMAN_QUEUE') and o.reason = 'NO_PROVIDER'
            and (not o.released or coalesce(e.released_at, o.decided_at) > \(followed))
        """

    /// Red days (domain.md §8) as P2, later ones as P3.
    private static let kit = """
        select 'KIT_UNCONFIRMED' as kind,
            (case when e.released_at > (select now - interval '14 days' from moment) then 2 else 3 end)::smallint
                as priority,
            p.noms, e.released_at as since, null::timestamptz as due, e.kit_at_release as reason,
            e.episode_id as spell, null::uuid as handover, e.release_prison_id as prison, null::text as recipient,
            e.episode_id::text as item
        from episode e join recorded_person p using (person_id)
        where e.released_at > \(followed) and e.kit_at_release in ('NO', 'UNCONFIRMED')
            and e.cohort_exclusion is null and e.ended is null
            and coalesce(e.follow_up_end, '') not in ('RETURNED_TO_CUSTODY', 'DIED')
            and not exists (select from handover h join engagement g using (handover_id)
                where h.spell_id = e.episode_id and g.kit_seen in ('YES', 'REPLACED', 'FIRST_SUPPLY')
                    and not g.before_release)
        """

    /// What is about a release could be one that nobody knows of.
    private static let rejectedColumns = """
        select 'REJECTED_EVENT' as kind,
            (case when r.topic like '%prison.release-notifications' then 1 else 2 end)::smallint as priority,
            coalesce(s.merged_into, s.noms) as noms, r.first_seen as since, null::timestamptz as due, r.reason,
            null::uuid as spell
        """

    private static let place = "r.topic || '/' || r.partition || '/' || r.\"offset\" as item"

    private static let rejectedOfPerson = """
        \(rejectedColumns), null::uuid as handover, null::text as prison, null::text as recipient, \(place)
        from rejected r join person_state s
            on s.noms = case when octet_length(r.key) = 7 then encode(r.key, 'escape') end
        where r.state = 'OPEN'
        """

    private static let rejectedOfHandover = """
        \(rejectedColumns), h.handover_id, null::text, h.recipient_id, \(place)
        from rejected r join handover h on h.handover_id = case
                when octet_length(r.key) = 36 and encode(r.key, 'escape')
                    ~ '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$'
                then encode(r.key, 'escape')::uuid end
            join recorded_person p using (person_id) join person_state s on s.noms = p.noms
        where r.state = 'OPEN'
        """
}
