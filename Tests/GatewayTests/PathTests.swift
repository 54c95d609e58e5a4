import Foundation
import Gateway
import Testing

@Suite("local broker: events in and handovers out over HTTP", .serialized)
struct PathTests {
    private let structured = "application/cloudevents+json"
    private let batched = "application/cloudevents-batch+json"

    @Test func aBatchOfEventsBecomesAHandoverThatItsRecipientReadsAndAnswers() async throws {
        try await DoorBed.open(hub: true) { bed in
            let prison = try bed.token(.prisons(["MDI"]))
            let recipient = try bed.token(.recipient("prov-leeds"))
            let story = Sample.release("Z1234BC")
            let trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
            let sent = try await bed.ask(
                "POST", "/v1/events", token: prison, type: batched, headers: ["traceparent": trace],
                body: "[" + story.joined(separator: ",\n") + "]")
            #expect(sent.status == 202, "\(sent.text)")
            let page = try await bed.await("/v1/handovers", token: recipient) { !$0.handovers.isEmpty }
            let event = try #require(page.handovers.first, "\(page.text)")
            let handover = try #require(event["subject"] as? String)
            #expect(event["id"] as? String == handover + "/1")
            #expect(event["type"] as? String == "throughgate.handover.drug-service.v1")
            #expect((event["data"] as? [String: Any])?["kind"] as? String == "RELEASED")
            #expect(event["traceparent"] as? String == trace, "the publisher's trace goes on to the recipient")
            // Nothing more from the cursor on, the same again from the beginning.
            let next = try #require(page.object["next"] as? String)
            #expect(try await bed.ask("GET", "/v1/handovers?after=\(next)", token: recipient).handovers.isEmpty)
            #expect(try await bed.ask("GET", "/v1/handovers", token: recipient).body == page.body)
            // The publisher's answer: all recorded, and the release caused handovers.
            let results = try #require(sent.object["results"] as? [[String: Any]])
            let ids = results.compactMap { $0["id"] as? String }
            #expect(ids.count == story.count)
            let outcome = try await bed.await("/v1/events/\(ids[4])", token: prison) {
                $0.object["disposition"] as? String == "APPLIED"
            }
            #expect(outcome.object["disposition"] as? String == "APPLIED", "\(outcome.text)")
            // An acknowledgement reaches the hub and is recorded under the id that was answered.
            let key = UUID()
            let acknowledged = try await bed.ask(
                "POST", "/v1/handovers/\(handover)/acknowledgements", token: recipient,
                headers: ["Idempotency-Key": key.uuidString], body: #"{"version":1,"decision":"ACCEPTED"}"#)
            #expect(acknowledged.status == 202, "\(acknowledged.text)")
            #expect(acknowledged.object["id"] as? String == key.uuidString.lowercased())
            let records = try bed.records(on: bed.topics.communityResponses)
            let record = try #require(records.first)
            #expect(
                record.header("ce_source").map { String(decoding: $0, as: UTF8.self) } == "/providers/prov-leeds/http")
            #expect(record.key.map { String(decoding: $0, as: UTF8.self) } == handover)
            let data = try #require(try JSONSerialization.jsonObject(with: Data(record.value ?? [])) as? [String: Any])
            #expect(data["handoverId"] as? String == handover && data["ackAt"] is String)
        }
    }

    @Test func nothingIsShownBeforeItsKafkaTransactionIsCommitted() async throws {
        try await DoorBed.open { bed in
            let recipient = try bed.token(.recipient("prov-leeds"))
            try bed.seed(recipient: "prov-leeds", streams: ["a"], partition: 0, offset: 10)
            try bed.lease(partition: 0, publishedThrough: 9)
            try await bed.settle()
            #expect(try await bed.ask("GET", "/v1/handovers", token: recipient).handovers.isEmpty)
            try bed.lease(partition: 0, publishedThrough: 10)
            let page = try await bed.await("/v1/handovers", token: recipient) { !$0.handovers.isEmpty }
            #expect(page.handovers.count == 1)
        }
    }

    @Test func aCursorMissesNothingWhateverTheOrderOfPublishingAndHolding() async throws {
        try await DoorBed.open { bed in
            let recipient = try bed.token(.recipient("prov-leeds"))
            // Recorded first, published last; and one that is held meanwhile.
            try bed.lease(partition: 0, publishedThrough: -1)
            try bed.lease(partition: 1, publishedThrough: 100)
            try bed.seed(recipient: "prov-leeds", streams: ["early"], partition: 0, offset: 0)
            try bed.seed(recipient: "prov-leeds", streams: ["held"], partition: 1, offset: 0, held: true)
            try bed.seed(recipient: "prov-leeds", streams: ["late"], partition: 1, offset: 1)
            let first = try await bed.await("/v1/handovers", token: recipient) { !$0.handovers.isEmpty }
            #expect(first.handovers.count == 1)
            try await bed.settle()
            #expect(try bed.connection.query("select 1 from door_waiting").count == 2)
            try bed.connection.execute("update message set held = false")
            try bed.lease(partition: 0, publishedThrough: 0)
            let cursor = try #require(first.object["next"] as? String)
            let rest = try await bed.await("/v1/handovers?after=\(cursor)", token: recipient) {
                $0.handovers.count == 2
            }
            #expect(rest.handovers.count == 2)
            #expect(try bed.connection.query("select 1 from door_waiting").isEmpty)
        }
    }

    @Test func whatATransactionRecordsLateIsNotPassedOver() async throws {
        try await DoorBed.open { bed in
            let recipient = try bed.token(.recipient("prov-leeds"))
            try bed.lease(partition: 0, publishedThrough: 100)
            let other = try bed.otherConnection()
            try other.execute("begin")
            try bed.seed(recipient: "prov-leeds", streams: ["slow"], partition: 0, offset: 1, on: other)
            try bed.seed(recipient: "prov-leeds", streams: ["quick"], partition: 0, offset: 2)
            let first = try await bed.await("/v1/handovers", token: recipient) { !$0.handovers.isEmpty }
            #expect(first.handovers.count == 1)
            // The doors go on looking meanwhile.
            for number in 3...5 {
                try bed.seed(recipient: "prov-leeds", streams: ["more"], partition: 0, offset: Int64(number))
                let wanted = number - 1
                _ = try await bed.await("/v1/handovers", token: recipient) { $0.handovers.count == wanted }
            }
            try other.execute("commit")
            let cursor = try #require(first.object["next"] as? String)
            let rest = try await bed.await("/v1/handovers?after=\(cursor)", token: recipient) {
                $0.handovers.count == 4
            }
            #expect(rest.handovers.count == 4)
        }
    }
}
