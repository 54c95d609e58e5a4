import EventContracts
import ExactlyOnceKafka
import Foundation
import HandoverPipeline
import HandoverRules
import Operations
import Postgres
import Testing

@Suite("local broker: rejected records are sent again", .serialized)
struct RedriveTests {
    private func refuse(_ bed: DoorBed, _ offset: Int64, _ event: UUID, noms: String, type: String) throws {
        let data = #"{"prisonId":"MDI","reason":"ADMISSION"}"#
        let headers = [
            KafkaHeader("content-type", "application/json"), KafkaHeader("ce_specversion", "1.0"),
            KafkaHeader("ce_id", event.uuidString.lowercased()), KafkaHeader("ce_type", type),
            KafkaHeader("ce_source", "/prisons/MDI/nomis-feed"), KafkaHeader("ce_subject", noms),
            KafkaHeader("ce_time", Date(timeIntervalSinceNow: -600).ISO8601Format()),
            KafkaHeader("ce_recordedtime", Date(timeIntervalSinceNow: -600).ISO8601Format()),
        ]
        try bed.connection.execute(
            """
            insert into rejected (topic, partition, "offset", reason, detail, key, value, headers, record_time)
            values (\(bed.topics.custodyMovements), 1, \(offset), 'FUTURE_DATED', 'time: is ahead', \(Array(noms.utf8)),
                \(Array(data.utf8)), \(HeaderBytes.encode(headers)), now())
            """)
    }

    private func redrive(_ bed: DoorBed, _ filter: DeadLetterFilter = DeadLetterFilter()) throws -> [SourcePosition] {
        let producer = try EventProducer(configuration: bed.settings.kafka, clientName: "redrive-test")
        defer { producer.close() }
        return try Redrive(filter, limit: 100, on: bed.connection).run(
            by: "user:ana", because: "clock corrected", perSecond: 1_000, through: producer, on: bed.connection,
            rest: { _ in })
    }

    @Test func theHubTakesThemUnderTheSameIdInTheirOrderAndOnlyOnce() async throws {
        try await DoorBed.open(hub: true) { bed in
            let ids = (0..<4).map { _ in UUID() }
            for (index, id) in ids.enumerated() {
                try refuse(
                    bed, Int64(100 + index), id, noms: "Z000\(index % 2)AA",
                    type: "throughgate.custody.received.v1")
            }
            let sent = try redrive(bed)
            #expect(sent.map(\.offset) == [100, 101, 102, 103])
            let deadline = Date(timeIntervalSinceNow: 20)
            func taken() throws -> [UUID] {
                try bed.connection.query(
                    "select event_id from event where event_id = any(\(ids)) order by \"offset\""
                ).map { try $0[0] }
            }
            while try taken().count < 4, Date() < deadline { try await Task.sleep(for: .milliseconds(50)) }
            #expect(try taken() == ids)
            let records = try bed.records(on: bed.topics.custodyMovements)
            #expect(records.allSatisfy { $0.partition == 1 && $0.header("tg_redrives") == Array("1".utf8) })
            #expect(records.allSatisfy { $0.header("ce_source") == Array("/prisons/MDI/nomis-feed".utf8) })
            #expect(try redrive(bed).isEmpty, "nothing is open any more")
            let entries = try AuditBook.list(on: bed.connection, action: .redrive, limit: 10)
            #expect(entries.count == 8 && entries.allSatisfy { $0.actor == "user:ana" })
            let told = ["because": "clock corrected", "reason": "FUTURE_DATED", "redrives": "1"]
            #expect(entries.last?.details == told.merging(["step": "intended"]) { $1 })
            let first = try #require(entries.last)
            let end = entries.first { $0.details?["of"] == "\(first.seq)" }
            #expect(end?.details == told.merging(["step": "done", "of": "\(first.seq)"]) { $1 })
            #expect(end?.object == first.object)
            // Sent twice by a crash between the broker's receipt and the note: a duplicate, no second event.
            try bed.connection.execute("update rejected set state = 'OPEN' where \"offset\" = 100")
            #expect(try redrive(bed).count == 1)
            let all = try bed.records(on: bed.topics.custodyMovements).count
            #expect(all == 5)
        }
    }

    @Test func whatIsRefusedAgainCountsItsJourneysUntilItMayNotGoAgain() async throws {
        try await DoorBed.open(hub: true) { bed in
            try refuse(bed, 7, UUID(), noms: "Z0001AA", type: "throughgate.custody.unheard-of.v1")
            for round in 1...3 {
                #expect(try redrive(bed).count == 1, "round \(round)")
                let deadline = Date(timeIntervalSinceNow: 20)
                while try DeadLetters.list(DeadLetterFilter(), on: bed.connection, limit: 9).isEmpty, Date() < deadline
                {
                    try await Task.sleep(for: .milliseconds(50))
                }
            }
            let plan = try Redrive(DeadLetterFilter(), limit: 9, on: bed.connection)
            #expect(plan.items.map(\.verdict) == [.tooOften] && plan.items.map(\.redrives) == [3])
            #expect(try redrive(bed).isEmpty)
        }
    }
}
