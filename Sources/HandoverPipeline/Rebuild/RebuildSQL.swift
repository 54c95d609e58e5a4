import FoundationEssentials
import Postgres

// SQL of the rebuild: what `event` and `message` hold of some people.
extension LedgerSQL {
    /// Everybody tied to these numbers by a merge, a moved booking or a kit, themselves included: one step further.
    static func tied(_ numbers: [String]) -> SQL {
        .named(
            "rebuild.tied",
            """
            with own as (select unnest(\(numbers)) as noms),
            kept as (
                select noms from own
                union select p.merged_into from own join person_state p on p.noms = own.noms
                where p.merged_into is not null),
            aliases as (
                select noms from kept
                union select p.noms from kept join person_state p on p.merged_into = kept.noms)
            select noms from aliases
            union select e.subject from aliases a join event_concern c on c.noms = a.noms
                join event e on e.event_id = c.event_id
            union select c.noms from aliases a join event e on e.subject = a.noms
                join event_concern c on c.event_id = e.event_id
            """)
    }

    static func eventsOf(_ numbers: [String], except ids: [UUID]) -> SQL {
        .named(
            "rebuild.events",
            """
            select event_id, subject, received_at, topic, partition, "offset", headers, value, batch
            from event where subject = any(\(numbers)) and not event_id = any(\(ids))
            order by batch, topic, partition, "offset"
            """)
    }

    static func said(causedBy events: [UUID]) -> SQL {
        .named(
            "rebuild.said",
            """
            select stream_id, version, caused_by, subject, spell, kind, recipient_kind, recipient_id, priority,
                task_code, sent_at, ack_due_at, content_digest, contact_due_at, clock_from, ack_from, closes, topic
            from message where caused_by = any(\(events)) order by seq
            """)
    }

    /// Numbers under which somebody is kept, in order.
    static func keptNumbers(after last: String, limit: Int) -> SQL {
        .named(
            "replay.numbers",
            """
            select noms from person_state where merged_into is null and noms > \(last) order by noms limit \(limit)
            """)
    }

    static func states(_ subjects: [String]) -> SQL {
        .named(
            "replay.states",
            "select noms, snapshot, merged_into from person_state where noms = any(\(subjects)) order by noms")
    }

    /// Without the log of changes: nothing was decided.
    static func replaceOutcomes(_ o: OutcomeColumns) -> SQL {
        .named(
            "replay.outcomes",
            """
            insert into outcome (spell, scope, subject, state, reason, released, decided_at)
            select * from unnest(\(o.spells), \(o.scopes), \(o.subjects), \(o.states), \(o.reasons), \(o.released),
                \(o.decidedAt))
            on conflict (spell, scope) do update set subject = excluded.subject, state = excluded.state,
                reason = excluded.reason, released = excluded.released
            """)
    }

    static func deleteOutcomes(_ spells: [UUID], _ scopes: [String]) -> SQL {
        .named(
            "replay.outcomes.delete",
            """
            delete from outcome o using unnest(\(spells), \(scopes)) as u(s, c) where o.spell = u.s and o.scope = u.c
            """)
    }

    static func claims(of subjects: [String]) -> SQL {
        .named("replay.claims", "select kit_id, noms from kit_claim where noms = any(\(subjects))")
    }

    /// Claims behind those that stand.
    static func addClaims(_ kits: [String], _ numbers: [String]) -> SQL {
        .named(
            "replay.claims.add",
            """
            insert into kit_claim (kit_id, turn, noms)
            select u.k, coalesce((select max(c.turn) from kit_claim c where c.kit_id = u.k), 0)
                + row_number() over (partition by u.k order by u.n), u.n
            from unnest(\(kits), \(numbers)) as u(k, n)
            """)
    }
}
