import EventContracts
import ExactlyOnceKafka
import Foundation
import HandoverPipeline
import Operations
import Testing

@Suite(
    "Python: what readers of Kafka have not fetched",
    .enabled(if: ClientProgram.isThere, "no Python clients"))
struct RecipientGroupTests {
    @Test("by what the recipient's group has committed; a recipient without a group is not known")
    func groups() throws {
        let bed = try LagTruthBed("readers")
        let own = "lag.handover.drug-service.prov-leeds", other = "lag.handover.supervision.ps-yh"
        try bed.makeTopics([own, other])
        let ids = (0..<3).map { _ in UUID().uuidString.lowercased() }
        for id in ids { try bed.publish(1, on: own, key: id, secondsAgo: 600) }
        try bed.publish(2, on: other)
        try bed.seedPeople(ids)
        try bed.start()
        bed.await("nobody has a group: not known", atMost: 30) {
            let rows = bed.recipients
            return rows.count == 2 && rows.allSatisfy { $0["door"] as? String == "kafka" && $0["people"] is NSNull }
        }
        #expect(bed.get("/lag")?.contains("not known") == true)
        #expect(try bed.undescribed("/api/lag", as: "Lag") == "")
        #expect(try bed.undescribed("/api/status", as: "Status") == "")
        #expect(bed.get("/metrics")?.contains("throughgate_recipient_waiting{") == false)
        try bed.make(["commit", bed.broker.bootstrapServers, "prov-leeds-worker", "w1", own, "1"])
        bed.await("two wait, for ten minutes, of two people", atMost: 60) {
            let row = bed.recipients.first { $0["recipient"] as? String == "prov-leeds" } ?? [:]
            let minutes = row["oldestMinutes"] as? Int ?? 0
            return row["handovers"] as? Int == 2 && row["people"] as? Int == 2 && (10...12).contains(minutes)
        }
        let metric = #"throughgate_recipient_waiting{recipient="prov-leeds",door="kafka"} 2"#
        #expect(bed.get("/metrics")?.contains(metric) == true)
        #expect(try bed.undescribed("/api/lag", as: "Lag") == "")
        let unknown = bed.recipients.first { $0["recipient"] as? String == "ps-yh" }
        #expect(unknown?["handovers"] is NSNull)
    }

    @Test("of recipients and groups beyond the bounds nothing is known: they are named, and not counted")
    func bounds() throws {
        let bed = try LagTruthBed("reader-bounds")
        let names = ["a-first", "b-second", "c-third"]
        try bed.makeTopics(names.map { "lag.handover.drug-service.\($0)" })
        for name in names {
            try bed.publish(3, on: "lag.handover.drug-service.\(name)")
            for (group, offset) in [("\(name)-1", "1"), ("\(name)-2", "2")] {
                let topic = "lag.handover.drug-service.\(name)"
                try bed.make(["commit", bed.broker.bootstrapServers, group, "reader", topic, offset])
            }
        }
        func waiting(_ recipientsMax: Int, _ groupsMax: Int) throws -> [String: Int?] {
            let probe = try RecipientProbe(
                configuration: KafkaConfiguration(
                    bootstrapServers: bed.broker.bootstrapServers,
                    properties: ["receive.message.max.bytes": "1000000000"]),
                topics: Topics(prefix: "lag."), recipientsMax: recipientsMax, groupsMax: groupsMax)
            let rows = try probe.measure(except: [], on: bed.connection)
            return Dictionary(uniqueKeysWithValues: rows.map { ($0.recipient, $0.isKnown ? $0.handovers : nil) })
        }
        #expect(try waiting(3, 2) == ["a-first": 1, "b-second": 1, "c-third": 1])
        #expect(try waiting(2, 1) == ["a-first": 2, "b-second": 2, "c-third": nil])
    }
}

extension LagTruthBed {
    /// What of an answer is not as `Schemas/openapi.yaml` says; empty: nothing.
    fileprivate func undescribed(_ path: String, as schema: String) throws -> String {
        let answer = FileManager.default.temporaryDirectory.appending(path: "answer-\(UUID().uuidString).json")
        defer { try? FileManager.default.removeItem(at: answer) }
        try Data(try #require(get(path)).utf8).write(to: answer)
        let output = Pipe()
        let process = try ClientProgram.start("described.py", [schema, answer.path], output: output)
        let said = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return process.terminationStatus == 0
            ? "" : "\(process.terminationStatus): " + String(decoding: said, as: UTF8.self)
    }

    fileprivate var recipients: [[String: Any]] {
        guard let text = get("/api/lag"),
            let root = try? JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any]
        else { return [] }
        return root["recipients"] as? [[String: Any]] ?? []
    }

    /// Each of these handovers is about somebody else.
    fileprivate func seedPeople(_ streams: [String]) throws {
        for (index, stream) in streams.enumerated() {
            let id = UUID(), subject = "Z000\(index)AA"
            try connection.execute(
                """
                insert into event (event_id, subject, type, occurred_at, published_at, received_at, topic, partition,
                    "offset", digest, value, batch)
                values (\(id), \(subject), 'release.actual', now(), now(), now(), 'seed', 0, \(Int64(index)), '', '',
                    nextval('event_batch'))
                """)
            try connection.execute(
                """
                insert into message (stream_id, version, caused_by, subject, spell, kind, sent_at, topic, headers, body)
                values (\(try #require(UUID(uuidString: stream))), 1, \(id), \(subject), \(UUID()), 'RELEASED', now(),
                    'lag.handover.drug-service.prov-leeds', '', '')
                """)
        }
    }
}
