import Foundation
import HandoverPipeline
import HandoverRules
import Postgres
import Testing

/// Domain.md §11: handover bodies twelve months after the thread closed; people by the controllers' schedule only.
@Suite("PostgreSQL: retention")
struct RetentionTests {
    private let now = Story.london("2026-06-05 09:00")

    /// Three people: a thread that closed long ago, one that closed lately, one who is still held.
    private func world() throws -> PostgresConnection {
        let connection = try PostgresConnection(PostgresConfiguration(url: RecordDatabase.fresh()))
        try person("Z0001AA", received: "2024-01-10 09:00", closed: "2024-05-01 00:00", on: connection)
        try person("Z0002AA", received: "2025-04-10 09:00", closed: "2025-07-10 00:00", on: connection)
        try person("Z0003AA", received: "2023-01-10 09:00", closed: nil, on: connection)
        return connection
    }

    private func person(_ noms: String, received: String, closed: String?, on connection: PostgresConnection) throws {
        let id = UUID(), spell = UUID(), event = UUID(), thread = UUID(), task = UUID()
        func at(_ text: String) -> PostgresTimestamp {
            PostgresTimestamp(microseconds: Story.london(text).microseconds)
        }
        let end = closed.map(at), start = at(received)
        let statements: [SQL] = [
            """
            insert into event (event_id, subject, type, occurred_at, published_at, received_at, topic, partition,
                "offset", digest, value, batch)
            values (\(event), \(noms), 'release.actual', \(start), \(start), \(start), 't', 0, 1, '', 'secret', 1)
            """,
            "insert into person_state (noms, changes, snapshot) values (\(noms), 1, '')",
            "insert into recorded_person (person_id, noms, changes) values (\(id), \(noms), 1)",
            """
            insert into episode (episode_id, person_id, spell_no, provisional, custody_state, is_open, thn_state,
                cohort_exclusion, eligibility, offers, has_kit, consent_asked, consent_given, had_notice, dq_flags)
            values (\(spell), \(id), 1, false, 'IN_PRISON', \(closed == nil), 'ELIGIBLE', 'NOT_RELEASED', 'ASSESSED', 0,
                false, '{}', '{}', false, '{}')
            """,
            """
            insert into handover (handover_id, person_id, spell_id, episode_id, recipient_kind, recipient_id, state,
                live, version, kind, priority, sent_at, reinforced_early, closed_at)
            values (\(thread), \(id), \(spell), \(spell), 'drug-service', 'p',
                \(closed == nil ? "SENT" : "CLOSED"), \(closed == nil), 1, 'RELEASED', 1, \(start), 0, \(end))
            """,
        ]
        for statement in statements { _ = try connection.query(statement) }
        for (stream, recipient) in [(thread, "drug-service"), (task, nil)] as [(UUID, String?)] {
            _ = try connection.query(
                """
                insert into message (stream_id, version, caused_by, subject, spell, kind, recipient_kind, sent_at,
                    topic, headers, body)
                values (\(stream), 1, \(event), \(noms), \(spell), 'RELEASED', \(recipient), \(start), 't', '',
                    'secret')
                """)
        }
    }

    private func count(_ connection: PostgresConnection, _ sql: SQL) throws -> Int {
        try connection.query(sql).only()[0]
    }

    @Test(
        "bodies of threads closed twelve months ago are emptied, their metadata stays; events stay without a schedule")
    func bodies() throws {
        let connection = try world()
        let retention = Retention(connection, now: now, eventsOlderThan: nil)
        let expected = try retention.preview()
        #expect(expected.bodies == 2 && expected.persons == 0)
        #expect(try count(connection, "select count(*) from message where length(body) > 0") == 6)
        #expect(try retention.run() == expected)
        #expect(try count(connection, "select count(*) from message where subject = 'Z0001AA' and body = ''") == 2)
        #expect(try count(connection, "select count(*) from message where length(body) > 0") == 4)
        #expect(try count(connection, "select count(*) from message") == 6)
        #expect(try count(connection, "select count(*) from event") == 3)
        #expect(try retention.run() == Retention.Numbers())
    }

    @Test("a person goes entirely only by the schedule, and never one with an open spell or a newer event")
    func schedule() throws {
        let connection = try world()
        _ = try connection.query("delete from record_due")
        let retention = Retention(connection, now: now, eventsOlderThan: 730)
        let expected = try retention.preview()
        #expect(expected.persons == 1 && expected.events == 1)
        #expect(try retention.run() == expected)
        #expect(try count(connection, "select count(*) from event where subject = 'Z0001AA'") == 0)
        #expect(try count(connection, "select count(*) from message where subject = 'Z0001AA'") == 0)
        #expect(try count(connection, "select count(*) from episode") == 2)
        #expect(try count(connection, "select count(*) from event where subject = 'Z0003AA'") == 1)
    }
}
