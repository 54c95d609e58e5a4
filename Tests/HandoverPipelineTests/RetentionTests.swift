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
        // Of each person a webhook was given up, and somebody is asked to phone.
        _ = try connection.query(
            """
            insert into webhook_task (task_id, version, handover, handover_version, recipient_id, spell, closes,
                is_current, sent_at, topic, headers, body)
            select gen_random_uuid(), 1, stream_id, version, 'p', spell, false, true, now(), 't', '', '' from message
            """)
        let others = try count(connection, "select count(*) from message where subject <> 'Z0001AA'")
        let retention = Retention(connection, now: now, eventsOlderThan: 730)
        let expected = try retention.preview()
        #expect(expected.persons == 1 && expected.events == 1)
        #expect(try retention.run() == expected)
        #expect(try count(connection, "select count(*) from event where subject = 'Z0001AA'") == 0)
        #expect(try count(connection, "select count(*) from message where subject = 'Z0001AA'") == 0)
        #expect(try count(connection, "select count(*) from webhook_task") == others)
        #expect(try count(connection, "select count(*) from episode") == 2)
        #expect(try count(connection, "select count(*) from event where subject = 'Z0003AA'") == 1)
    }

    @Test("feeds forget what has no body any more, and remember up to where; a newer person's place stays")
    func feeds() throws {
        let connection = try world()
        _ = try connection.query("insert into door_item (seq, recipient_id) select seq, recipient_id from message")
        _ = try connection.query(
            """
            insert into door_task (task_id, reader, seq, version, closed)
            select stream_id, 'prison:MDI', seq, version, false from message where recipient_kind is null
            """)
        let retention = Retention(connection, now: now, eventsOlderThan: nil)
        let expected = try retention.preview()
        #expect(expected.feedItems == 2)
        #expect(try retention.run() == expected)
        #expect(try count(connection, "select count(*) from door_item") == 4)
        #expect(try count(connection, "select count(*) from door_task") == 2)
        #expect(
            try count(connection, "select count(*) from door_item d join message m using (seq) where m.body = ''") == 0)
    }

    @Test("what a person's end takes from a feed is remembered by its recipient's cursor")
    func forgotten() throws {
        let connection = try world()
        _ = try connection.query("delete from record_due")
        _ = try connection.query("update message set recipient_id = 'prov-leeds' where recipient_kind is not null")
        _ = try connection.query(
            "insert into door_item (seq, recipient_id) select seq, recipient_id from message order by seq")
        let last = try count(
            connection, "select max(position) from door_item d join message m using (seq) where subject = 'Z0001AA'")
        _ = try Retention(connection, now: now, eventsOlderThan: 730).run()
        let through = try connection.query("select recipient_id, through from door_forgotten").only()
        #expect(try through.text(0) == "prov-leeds")
        // The person's handover lies one before the person's task, which is no recipient's.
        #expect(try through[1] as Int64 == Int64(last - 1))
        #expect(
            try count(
                connection, "select count(*) from door_item d left join message m using (seq) where m.seq is null")
                == 0)
    }

    @Test("notes of use go after two years, ended tokens as late, notes of events after half a year")
    func doors() throws {
        let connection = try world()
        func at(_ days: Int64) -> PostgresTimestamp {
            PostgresTimestamp(microseconds: (now - .days(days)).microseconds)
        }
        for (index, days) in ([732, 730, 184, 182, 0] as [Int64]).enumerated() {
            let age = at(days), name = "t\(days)"
            let statements: [SQL] = [
                "insert into access_audit (at, token_id, action, items) values (\(age), \(name), 'FEED', 1)",
                """
                insert into audit_entry (seq, at, actor, action, object, detail, prev_hash, hash)
                select \(Int64(index + 1)), \(age), 'hub:one', 'ACCESS', \("access \(index + 1)-\(index + 1)"), '{}',
                    coalesce((select hash from audit_entry order by seq desc limit 1), decode(repeat('00', 32), 'hex')),
                    sha256(\(Array(name.utf8)))
                """,
                """
                insert into ingested (event_id, prison, topic, partition, "offset", kept_at)
                values (\(UUID()), 'MDI', 't', 0, 1, \(age))
                """,
                """
                insert into token (id, hash, kind, names, created_at, expires_at)
                values (\(name), sha256('x'), 'RECIPIENT', '{p}', \(age), \(age))
                """,
                """
                insert into token (id, hash, kind, names, created_at, revoked_at, expires_at)
                values (\(name + "r"), sha256('x'), 'RECIPIENT', '{p}', \(age), \(age), \(at(-900)))
                """,
                """
                insert into token (id, hash, kind, names, created_at)
                values (\(name + "good"), sha256('x'), 'RECIPIENT', '{p}', \(age))
                """,
            ]
            for statement in statements { _ = try connection.query(statement) }
        }
        let retention = Retention(connection, now: now, eventsOlderThan: nil)
        let expected = try retention.preview()
        #expect(expected.audits == 1 && expected.ingested == 3 && expected.tokens == 2)
        #expect(try retention.run() == expected)
        #expect(try count(connection, "select count(*) from access_audit") == 4)
        #expect(try count(connection, "select count(*) from ingested") == 2)
        #expect(try count(connection, "select count(*) from token where id like '%good'") == 5)
        #expect(try count(connection, "select count(*) from token") == 13)
    }
    @Test("tasks about rejected events go two years after they were closed, whole; open ones stay")
    func rejections() throws {
        let connection = try world()
        try rejection("old", days: 732, versions: 2, on: connection)
        try rejection("new", days: 730, versions: 2, on: connection)
        try rejection("open", days: 900, versions: 1, on: connection)
        let retention = Retention(connection, now: now, eventsOlderThan: nil)
        let expected = try retention.preview()
        #expect(expected.rejections == 2)
        let gone = try retention.run()
        #expect(gone == expected)
        let left = try connection.query("select distinct detail from rejection_message order by 1")
        let names = try left.map { try $0.text(0) }
        #expect(names == ["new", "open"])
        #expect(try count(connection, "select count(*) from rejection_message") == 3)
    }

    @Test("tasks of webhooks given up go two years after they were closed, whole; open ones stay")
    func webhookTasks() throws {
        let connection = try world()
        for (days, versions) in [(Int64(732), 2), (730, 2), (900, 1)] {
            let id = UUID(), at = PostgresTimestamp(microseconds: (now - .days(days)).microseconds)
            for version in 1...versions {
                try connection.execute(
                    """
                    insert into webhook_task (task_id, version, handover, handover_version, recipient_id, spell, closes,
                        is_current, sent_at, topic, headers, body)
                    values (\(id), \(Int32(version)), \(UUID()), 1, 'p', \(UUID()), \(version == 2),
                        \(version == versions), \(at), 't', '', '')
                    """)
            }
        }
        let retention = Retention(connection, now: now, eventsOlderThan: nil)
        let expected = try retention.preview()
        #expect(expected.webhookTasks == 2)
        let gone = try retention.run()
        #expect(gone == expected)
        #expect(try count(connection, "select count(*) from webhook_task") == 3)
    }

    /// A task that is open with one version, closed with two.
    private func rejection(_ name: String, days: Int64, versions: Int, on connection: PostgresConnection) throws {
        let id = UUID(), at = PostgresTimestamp(microseconds: (now - .days(days)).microseconds)
        for version in 1...versions {
            let closes = version == 2, isCurrent = version == versions
            try connection.execute(
                """
                insert into rejection_message (task_id, version, prison, reason, detail, closes, is_current, sent_at,
                    source_topic, source_partition, source_offset, topic, headers, body)
                values (\(id), \(Int32(version)), 'MDI', 'FIELD_INVALID', \(name), \(closes), \(isCurrent), \(at), 't',
                    0, 1, 't', '', '')
                """)
        }
    }
}
