import Postgres

/// Every SQL text of retention.
enum RetentionSQL {
    /// Versions of threads that closed before the time, and tasks of spells all of whose threads did.
    private static let closed = """
        select m.seq from message m join handover h on h.handover_id = m.stream_id
        where not h.live and h.closed_at < $cut and length(m.body) > 0
        union all
        select m.seq from message m
        where m.recipient_kind is null and length(m.body) > 0
            and exists (select from handover h where h.spell_id = m.spell)
            and not exists (select from handover h where h.spell_id = m.spell and (h.live or h.closed_at >= $cut))
        """

    static func countBodies(_ before: PostgresTimestamp) -> SQL {
        .named(
            "retention.bodies.count",
            """
            with cut as (select \(before) as at), gone as (select distinct seq from (\(unsafeRaw: closedText)) c)
            select count(*), (select count(*) from door_item d where d.seq in (select seq from gone)) from gone
            """)
    }

    /// The doors forget them in the same transaction: what has no body is never shown, and a cursor that is older than
    /// one of them is told so.
    static func emptyBodies(_ before: PostgresTimestamp, limit: Int) -> SQL {
        .named(
            "retention.bodies",
            """
            with cut as (select \(before) as at),
            gone as (
                update message set body = ''
                where seq in (select seq from (\(unsafeRaw: closedText)) c limit \(limit)) returning seq),
            items as (
                delete from door_item d using gone g where d.seq = g.seq returning d.recipient_id, d.position),
            tasks as (delete from door_task t using gone g where t.seq = g.seq),
            noted as (\(unsafeRaw: noteForgotten))
            select (select count(*) from gone), (select count(*) from items)
            """)
    }

    private static let noteForgotten = """
        insert into door_forgotten as f (recipient_id, through)
        select recipient_id, max(position) from items where recipient_id is not null group by 1
        on conflict (recipient_id) do update set through = greatest(f.through, excluded.through)
        """

    private static var closedText: String { closed.replacing("$cut", with: "(select at from cut)") }

    /// Whoever a merge brought together goes together, and only with nothing newer, nothing live, and nothing of
    /// somebody else's that one of these events caused.
    private static let old = """
        select coalesce(s.merged_into, s.noms) as whole
        from person_state s
        group by 1
        having bool_and(
            not exists (select from event e where e.subject = s.noms and e.received_at >= (select at from cut))
            and not exists (select from event_concern n join event e using (event_id)
                where n.noms = s.noms and e.received_at >= (select at from cut))
            and not exists (select from recorded_person r join episode p using (person_id)
                left join handover h on h.spell_id = p.episode_id where r.noms = s.noms and (p.is_open or h.live))
            and not exists (select from event e join message m on m.caused_by = e.event_id
                join person_state o on o.noms = m.subject
                where e.subject = s.noms and coalesce(o.merged_into, o.noms) <> coalesce(s.merged_into, s.noms))
            and not exists (select from record_due d where d.noms = s.noms))
        """

    static func countPersons(_ before: PostgresTimestamp) -> SQL {
        .named(
            "retention.persons.count",
            """
            with cut as (select \(before) as at), old as (\(unsafeRaw: old)),
            gone as (select s.noms from person_state s join old on coalesce(s.merged_into, s.noms) = old.whole)
            select count(*), (select count(*) from event e where e.subject in (select noms from gone)) from gone
            """)
    }

    static func persons(_ before: PostgresTimestamp, limit: Int) -> SQL {
        .named(
            "retention.persons",
            """
            with cut as (select \(before) as at), old as (\(unsafeRaw: old) limit \(limit))
            select s.noms from person_state s join old on coalesce(s.merged_into, s.noms) = old.whole
            order by s.noms for update of s
            """)
    }

    /// In the order in which the tables refer to each other; the events last.
    static func erase(_ persons: [String]) -> [SQL] {
        [
            "delete from recorded_person where noms = any(\(persons))",
            "delete from record_fault where noms = any(\(persons))",
            """
            with items as (
                delete from door_item d using message m where m.seq = d.seq and m.subject = any(\(persons))
                returning d.recipient_id, d.position)
            \(unsafeRaw: noteForgotten)
            """,
            "delete from door_task t using message m where m.seq = t.seq and m.subject = any(\(persons))",
            "delete from door_waiting w using message m where m.seq = w.seq and m.subject = any(\(persons))",
            """
            delete from webhook_task t using message m
            where m.stream_id = t.handover and m.version = t.handover_version and m.subject = any(\(persons))
            """,
            "delete from message where subject = any(\(persons))",
            "delete from outcome where subject = any(\(persons))",
            "delete from outcome_change where subject = any(\(persons))",
            "delete from data_quality where subject = any(\(persons))",
            "delete from timer where subject = any(\(persons))",
            "delete from kit_claim where noms = any(\(persons))",
            "delete from event_concern where noms = any(\(persons))",
            "delete from event_concern n using event e where e.event_id = n.event_id and e.subject = any(\(persons))",
            "delete from person_state where noms = any(\(persons))",
            "delete from person where noms_number = any(\(persons))",
        ]
    }

    static func eraseEvents(_ persons: [String]) -> SQL {
        .named("retention.events", "delete from event where subject = any(\(persons))")
    }
}
