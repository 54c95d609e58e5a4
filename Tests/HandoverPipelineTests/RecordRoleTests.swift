import EventContracts
import Foundation
import HandoverPipeline
import HandoverRules
import Logging
import Postgres
import Testing

/// Migration 5: what the hub's role may do is enough to record, and no more; what operators may read holds nobody.
@Suite("local broker: the roles of the ledger", .serialized)
struct RecordRoleTests {
    /// The database seen by a new login role that is a member of `group`.
    private func member(of group: String, _ url: String) throws -> PostgresConfiguration {
        let login = "login_" + UUID().uuidString.prefix(8).lowercased()
        let owner = try PostgresConnection(PostgresConfiguration(url: url))
        #expect(try LedgerRoles.grant(on: owner).isEmpty)
        _ = try owner.query("create role \(unsafeRaw: login) login in role \(unsafeRaw: group)")
        return try PostgresConfiguration(url: url.replacing("//postgres@", with: "//\(login)@"))
    }

    private func refusal(_ connection: PostgresConnection, _ sql: SQL) -> PostgresError.Kind? {
        do throws(PostgresError) {
            _ = try connection.query(sql)
            return nil
        } catch {
            return error.kind
        }
    }

    @Test("a hub under throughgate_hub records, publishes and keeps the record tables; it may not undo or alter")
    func hub() throws {
        let test = try TestHub(clock: .events)
        let database = try member(of: "throughgate_hub", test.databaseURL)
        var story = Story.ready("Z1234BF")
        story.kit("K-1", at: "2026-06-05 08:40")
        story.release(at: "2026-06-05 09:15")
        try test.publish(story.events)
        var rules = Rulebook()
        rules.releaseHold = .zero
        let hub = Hub(
            settings: HubSettings(
                instance: "one", topicPrefix: test.topics.prefix, clock: .events, rules: rules,
                kafka: try TestHub.kafka(test.bed), postgres: database),
            log: Logger(label: "test", factory: { _ in test.log.handler }))
        let done = DispatchSemaphore(value: 0)
        Thread.detachNewThread {
            do { try hub.run() } catch { Issue.record("the hub ended: \(error)") }
            done.signal()
        }
        #expect(try test.read(test.drugTopic, atLeast: 1).count >= 1)
        let isRecorded = try HubWait.until(20) {
            try test.query("select count(*) from handover").only()[0] as Int > 0
        }
        #expect(isRecorded)
        hub.stop()
        _ = done.wait(timeout: .now() + 15)
        let connection = try PostgresConnection(database)
        let forbidden: [SQL] = [
            "delete from event", "update event set value = ''", "delete from message", "update message set body = ''",
            "alter table event add column more text", "drop table episode", "truncate event",
            "create table of_its_own (n int)", "update schema_migration set checksum = ''",
            "delete from outcome_change", "select throughgate_grant()",
        ]
        for sql in forbidden { #expect(refusal(connection, sql) == .permission, "\(sql.text)") }
        #expect(refusal(connection, "update event set reason = reason") == nil)
        #expect(refusal(connection, "update message set held = held") == nil)
    }

    @Test("throughgate_ops reads what there is without names, numbers or bodies, and writes nothing")
    func operators() throws {
        let database = try TestBed.shared.get().database()
        let connection = try PostgresConnection(try member(of: "throughgate_ops", database))
        let forbidden: [SQL] = [
            "select * from person", "select name from person", "select subject from event", "select value from event",
            "select headers from event", "select body from message", "select subject from message",
            "select value from rejected", "select key from rejected", "select snapshot from person_state",
            "select noms from person_state", "select noms from recorded_person", "select * from person_identifier",
            "select postcode from address", "select noms from kit_claim", "select subject from timer",
            "select value from outbox", "update rejected set state = 'CLOSED'", "delete from timer",
            "insert into record_due (noms) values ('')", "select booking_id from episode",
        ]
        for sql in forbidden { #expect(refusal(connection, sql) == .permission, "\(sql.text)") }
        let allowed: [SQL] = [
            "select event_id, type, received_at, disposition, reason from event",
            "select topic, partition, \"offset\", reason, detail from rejected",
            "select stream_id, version, kind, sent_at, held from message", "select * from handover_version",
            "select episode_id, spell_no, released_on from episode", "select * from handover", "select * from prison",
            "select * from rule_value",
            "select due_at, kind from timer", "select * from partition_lease", "select code from data_quality",
        ]
        for sql in allowed { #expect(refusal(connection, sql) == nil, "\(sql.text)") }
    }

    @Test("where roles are missing and may not be created, the lines to run are told")
    func missing() throws {
        let url = try TestBed.shared.get().database()
        let owner = try PostgresConnection(PostgresConfiguration(url: url))
        _ = try owner.query(
            """
            create or replace function throughgate_grant() returns text[] language sql as
            $$ select array['throughgate_hub'] $$
            """)
        #expect(
            try LedgerRoles.grant(on: owner) == [
                "create role throughgate_hub nologin;", "select throughgate_grant();",
            ])
    }
}
