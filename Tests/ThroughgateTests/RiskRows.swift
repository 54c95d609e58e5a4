import Foundation
import HandoverRules
import Postgres

/// Rows as recorder and projector write them, for questions about people at risk.
struct RiskRows {
    let connection: PostgresConnection
    let now: HandoverRules.Instant

    func ago(_ span: Span) -> PostgresTimestamp { PostgresTimestamp(microseconds: (now - span).microseconds) }

    /// Somebody who was released that long ago; returns the spell.
    @discardableResult
    func release(
        _ noms: String, _ ago: Span, kit: String = "NO", hold: Span = .minutes(10), exclusion: String? = nil
    ) throws -> UUID {
        let person = UUID(), spell = UUID(), at = self.ago(ago)
        try connection.execute("insert into person_state (noms, changes, snapshot) values (\(noms), 1, '')")
        try connection.execute(
            "insert into recorded_person (person_id, noms, changes) values (\(person), \(noms), 1)")
        try connection.execute(
            """
            insert into episode (episode_id, person_id, spell_no, provisional, prison_id, custody_state, is_open,
                thn_state, release_event_id, released_at, released_on, release_received_at, hold_ends_at,
                release_prison_id, planned, adult, onboarded, kit_at_release, cohort_exclusion, eligibility, offers,
                has_kit, consent_asked, consent_given, had_notice, dq_flags)
            values (\(spell), \(person), 1, false, 'MDI', 'RELEASED', false, 'TRAINED', \(UUID()), \(at),
                \(at)::date, \(at), \(at) + make_interval(secs => \(hold.microseconds / 1_000_000)), 'MDI', true, true,
                true, \(kit), \(exclusion), 'ASSESSED', 0, false, '{}', '{}', true, '{}')
            """)
        return spell
    }

    func outcome(
        _ spell: UUID, _ noms: String, _ state: String, _ reason: String, released: Bool = true,
        scope: String = "DRUG_SERVICE"
    ) throws {
        try connection.execute(
            """
            insert into outcome (spell, scope, subject, state, reason, released, decided_at)
            values (\(spell), \(scope), \(noms), \(state), \(reason), \(released), \(ago(.minutes(1))))
            """)
    }

    /// A P1 handover sent that long ago and due after its clock; returns its id.
    @discardableResult
    func urgent(_ spell: UUID, sent: Span, clock: Span, acked: Bool = false) throws -> UUID {
        let id = UUID(), at = ago(sent), due = ago(Span(microseconds: sent.microseconds - clock.microseconds))
        try connection.execute(
            """
            insert into handover (handover_id, person_id, spell_id, episode_id, recipient_kind, recipient_id, state,
                live, version, kind, priority, sent_at, ack_due_at, released_sent_at, released_ack_by, urgent_sent_at,
                urgent_ack_due_at, urgent_acked_at, acked_at, reinforced_early)
            select \(id), person_id, \(spell), \(spell), 'drug-service', 'prov-leeds', 'SENT', true, 1, 'RELEASED', 1,
                \(at), \(due), \(at), \(due), \(at), \(due), case when \(acked) then now() end,
                case when \(acked) then now() end, 0
            from episode where episode_id = \(spell)
            """)
        return id
    }

    func seen(_ handover: UUID, kit: String) throws {
        try connection.execute(
            """
            insert into engagement (event_id, handover_id, outcome, at, reinforced, kit_seen, before_release)
            values (\(UUID()), \(handover), 'ATTENDED', now(), '{}', \(kit), false)
            """)
    }

    func rejected(
        _ offset: Int64, key: String?, topic: String = "prison.kit-events", reason: String = "FIELD_INVALID",
        value: String = "{}", state: String = "OPEN", headers: [UInt8] = [], seen: Span = .minutes(5)
    ) throws {
        try connection.execute(
            """
            insert into rejected (topic, partition, "offset", reason, detail, key, value, headers, record_time,
                first_seen, state)
            values (\(topic), 0, \(offset), \(reason), 'data.kitId: is missing', \(key.map { Array($0.utf8) }),
                \(Array(value.utf8)), \(headers), \(ago(seen)), \(ago(seen)), \(state))
            """)
    }
}
