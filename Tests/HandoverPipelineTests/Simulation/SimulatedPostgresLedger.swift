import ExactlyOnceKafka
import Foundation
import HandoverPipeline
import HandoverRules
import Postgres

/// PostgreSQL itself under a simulation, in a database of its own.
final class SimulatedPostgresLedger: SimulatedLedger {
    let stepped: SteppedLedger
    private let connection: PostgresConnection

    init() throws {
        var configuration = try PostgresConfiguration(url: TestBed.shared.get().database())
        connection = try PostgresConnection(configuration)
        // On one thread, whoever has a lock cannot let go of it while another waits.
        configuration.lockTimeout = .milliseconds(15)
        stepped = SteppedLedger(configuration)
    }

    func fill(_ estate: SimulatedEstate) throws {
        let noms = estate.crowd.people.map(\.noms.text), names = estate.crowd.people.map(\.name)
        _ = try connection.query(
            """
            insert into person (noms_number, name, date_of_birth, postcode)
            select n, m, '1989-02-11', 'LS9 7QZ' from unnest(\(noms), \(names)) as u(n, m)
            """)
        try change(isNasalStocked: true, estate.rules)
    }

    func change(isNasalStocked: Bool, _ rules: Rulebook) throws {
        _ = try connection.query(
            "update provider set nasal_stocked = \(isNasalStocked) where provider_id = 'prov-leeds'")
        _ = try connection.query("update register_version set version = version + 1")
    }

    func sight() throws -> LedgerSight {
        var sight = LedgerSight()
        for row in try connection.query("select event_id, topic, partition, \"offset\" from event") {
            sight.events[try row[0]] = try SimulatedPostgresLedger.position(row, from: 1)
        }
        let said = try connection.query(
            """
            select m.stream_id, m.version, m.body, m.held, e.topic, e.partition, e."offset"
            from message m join event e on e.event_id = m.caused_by
            union all
            select task_id, version, body, held, source_topic, source_partition, source_offset from rejection_message
            """)
        for row in said {
            let stream: UUID = try row[0], version: Int32 = try row[1]
            sight.said.append(
                LedgerSight.Said(
                    id: "\(stream.uuidString.lowercased())/\(version)",
                    position: try SimulatedPostgresLedger.position(row, from: 4), body: try row[2],
                    isHeld: try row[3]))
        }
        for row in try connection.query("select topic, partition, \"offset\", reason from rejected") {
            sight.rejected[try SimulatedPostgresLedger.position(row, from: 0)] = try row[3]
        }
        let leases = try connection.query(
            "select topic, partition, recorded_through, published_through from partition_lease")
        for row in leases {
            let place = TopicPartition(try row[0], try row[1])
            (sight.recordedThrough[place], sight.publishedThrough[place]) = (try row[2], try row[3])
        }
        sight.timersDue = try connection.query("select due_at from timer").map { row in
            let due: PostgresTimestamp = try row[0]
            return HandoverRules.Instant(microseconds: due.microseconds)
        }
        return sight
    }

    private static func position(_ row: PostgresRow, from column: Int) throws -> SourcePosition {
        SourcePosition(topic: try row[column], partition: try row[column + 1], offset: try row[column + 2])
    }
}

extension LedgerSight {
    /// All of it, one line a row, in an order of its own.
    var lines: [String] {
        var lines = events.map { "event \($0.key) \($0.value)" }
        lines += said.map { "said \($0.id) \($0.position) \($0.isHeld) \(String(decoding: $0.body, as: UTF8.self))" }
        lines += rejected.map { "rejected \($0.key) \($0.value)" }
        lines += recordedThrough.map { "recorded \($0.key) \($0.value)" }
        lines += publishedThrough.map { "published \($0.key) \($0.value)" }
        lines += timersDue.map { "timer \($0.microseconds)" }
        return lines.sorted()
    }
}
