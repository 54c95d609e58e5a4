import HandoverPipeline
import Postgres
import SyntheticEstate
import Testing

/// Wrong states that the tables refuse (domain.md §11). Each is tried on rows that the tables have taken.
@Suite("PostgreSQL: what the record tables refuse")
struct RecordConstraintTests {
    private static let refused: [(SQL, String)] = [
        ("update episode set released_at = null where released_at is not null", "a release without its time"),
        ("update episode set is_open = true", "two open spells of one person, or an open one that was released"),
        ("update episode set kit_at_release = null where released_at is not null", "a release without a kit status"),
        ("update episode set cohort_exclusion = null", "cohort R without an eligible release"),
        ("update episode set consent_given = '{DRUG_SERVICE}', consent_asked = '{}'", "consent given and never asked"),
        ("update handover set kind = 'STOOD_DOWN' where kind <> 'STOOD_DOWN'", "stood down, and still live"),
        ("update handover set episode_id = null where live", "live without a spell"),
        (
            """
            insert into handover (handover_id, person_id, spell_id, episode_id, recipient_kind, recipient_id, state,
                live, version, kind, priority, sent_at, reinforced_early)
            select gen_random_uuid(), person_id, spell_id, episode_id, recipient_kind, 'another', state, live, version,
                kind, priority, sent_at, 0 from handover where live limit 1
            """, "two live threads of one kind for one spell"
        ),
        (
            """
            update kit set kit_id = 'K-SAME', held = true, disputed = false, unaccounted = false, state = 'HELD'
            """, "one kit held by two, undisputed"
        ),
        (
            """
            insert into coverage (provider_id, utla, pathway, age_band, rank, valid_from)
            select provider_id, utla, pathway, age_band, rank, valid_from + 1 from coverage
            where pathway <> 'SUPERVISION' limit 1
            """, "two services of one rank at one time"
        ),
        ("update person_identifier set value = 'Z0000AA' where type = 'NOMS'", "one prison number of two people"),
    ]

    @Test("no statement can bring a wrong state about")
    func refusals() throws {
        let url = try RecordDatabase.recorded(seed: 5)
        let connection = try PostgresConnection(PostgresConfiguration(url: url))
        for (sql, what) in Self.refused {
            var refusal: PostgresError.Kind?
            do throws(PostgresError) {
                _ = try connection.query(sql)
            } catch {
                refusal = error.kind
            }
            guard case .constraint = refusal else {
                Issue.record("taken: \(what) (\(String(describing: refusal)))")
                continue
            }
        }
    }
}
