import FoundationEssentials
import Postgres

/// Every SQL text of the reports. Only `leaving` reads a prison number.
enum ReportSQL {
    private static let columns = """
        e.episode_id, coalesce(e.release_prison_id, e.prison_id), e.utla, e.wing_regime, e.admitted_at, e.assessed_at,
        coalesce(e.assessed_outcome = 'ELIGIBLE', false), coalesce(e.released_at, e.ended_at), e.offers > 0,
        e.trained_at, e.released_at, e.hold_ends_at, e.cohort_exclusion is null, e.planned, e.kit_at_release,
        e.kit_doubt, e.consent_asked, e.consent_given, e.had_notice, e.engaged_after_days,
        e.follow_up_end is not null
        """

    static func released(_ from: PostgresDate, _ to: PostgresDate, _ prison: String?, _ area: String?) -> SQL {
        .named(
            "report.released",
            """
            select \(unsafeRaw: columns) from episode e
            where e.released_on between \(from) and \(to)
                and (\(prison)::text is null or e.release_prison_id = \(prison))
                and (\(area)::text is null or e.utla = \(area))
            """)
    }

    static func admitted(
        _ from: PostgresTimestamp, _ to: PostgresTimestamp, _ prison: String?, _ area: String?
    ) -> SQL {
        .named(
            "report.admitted",
            """
            select \(unsafeRaw: columns) from episode e
            where e.admitted_at >= \(from) and e.admitted_at < \(to)
                and (\(prison)::text is null or coalesce(e.release_prison_id, e.prison_id) = \(prison))
                and (\(area)::text is null or e.utla = \(area))
            """)
    }

    static func threads(_ spells: [UUID]) -> SQL {
        .named(
            "report.threads",
            """
            select episode_id, recipient_kind, recipient_id, released_sent_at, released_ack_by, acked_at, ack_due_at,
                live, stood_down_at, urgent_sent_at, urgent_ack_due_at, urgent_acked_at, urgent_ended_at, supplied_at,
                reinforced_early
            from handover where episode_id = any(\(spells))
            """)
    }

    static func refusals(
        _ from: PostgresTimestamp, _ to: PostgresTimestamp, _ prison: String?, _ area: String?
    ) -> SQL {
        .named(
            "report.refusals",
            """
            select r.reasons, r.wing_regime, r.later_accepted from refusal r join episode e using (episode_id)
            where r.occurred_at >= \(from) and r.occurred_at < \(to)
                and (\(prison)::text is null or coalesce(e.release_prison_id, e.prison_id) = \(prison))
                and (\(area)::text is null or e.utla = \(area))
            """)
    }

    static func stock(_ from: PostgresTimestamp, _ to: PostgresTimestamp, _ prison: String?) -> SQL {
        .named(
            "report.stock",
            """
            select count(*), count(*) filter (where k.state = 'RETURNED'), count(*) filter (where k.state = 'EXPIRED'),
                count(*) filter (where k.state = 'LOST'), count(*) filter (where k.disputed),
                count(*) filter (where k.unaccounted)
            from kit k join episode e on e.episode_id = k.holder_episode_id
            where k.issued_at >= \(from) and k.issued_at < \(to) and k.issue_point <> 'COMMUNITY'
                and (\(prison)::text is null or coalesce(e.release_prison_id, e.prison_id) = \(prison))
            """)
    }

    static func quality(_ from: PostgresTimestamp, _ to: PostgresTimestamp) -> SQL {
        .named(
            "report.quality",
            """
            select count(*), count(*) filter (where received_at - occurred_at > interval '24 hours'),
                percentile_cont(0.5) within group (order by extract(epoch from received_at - occurred_at))::float8,
                (select count(*) from rejected where record_time >= \(from) and record_time < \(to))
            from event where received_at >= \(from) and received_at < \(to) and type <> 'hub.timer.fired'
            """)
    }

    static let exceptions: SQL = .named(
        "report.exceptions",
        "select code, count(*) from data_quality where resolved_at is null group by code order by 2 desc, 1")

    static func leaving(_ from: PostgresDate, _ to: PostgresDate, _ prison: String?, _ area: String?) -> SQL {
        .named(
            "report.leaving",
            """
            select coalesce(e.planned_prison_id, e.prison_id, ''), p.noms, e.planned_date, e.thn_state, e.has_kit,
                e.eligibility <> 'NOT_ASSESSED', e.wing_regime, e.offers, e.last_offered_at, e.reoffer_after
            from episode e join recorded_person p using (person_id)
            where e.is_open and e.planned_date between \(from) and \(to) and e.eligibility <> 'NOT_ELIGIBLE'
                and (e.thn_state <> 'TRAINED' or not e.has_kit)
                and (\(prison)::text is null or coalesce(e.planned_prison_id, e.prison_id) = \(prison))
                and (\(area)::text is null or e.utla = \(area))
            order by 1, 3, 2
            """)
    }
}
