import EventContracts
import ExactlyOnceKafka
import Foundation
import Gateway
import HandoverPipeline
import HandoverRules
import Operations
import Postgres
import Testing

@Suite("local broker: what the door for events takes and refuses", .serialized)
struct IngestTests {
    private let structured = "application/cloudevents+json"
    private let batched = "application/cloudevents-batch+json"
    private let received = #"{"prisonId":"MDI","reason":"ADMISSION"}"#

    @Test func binaryAndStructuredEventsLieOnTheTopicOfTheirTypeKeyedByTheirSubject() async throws {
        try await DoorBed.open { bed in
            let token = try bed.token(.prisons(["MDI"]))
            let id = UUID().uuidString.lowercased()
            let time = Date(timeIntervalSinceNow: -60).ISO8601Format()
            let binary = try await bed.ask(
                "POST", "/v1/events", token: token, type: "application/json",
                headers: [
                    "ce-specversion": "1.0", "ce-id": id, "ce-type": "throughgate.custody.received.v1",
                    "ce-source": "%2Fprisons/MDI/nomis-feed", "ce-subject": "Z1234BC", "ce-time": time,
                    "ce-recordedtime": time,
                ], body: received)
            #expect(binary.status == 202, "\(binary.text)")
            #expect(binary.headers["location"] == "/v1/events/\(id)")
            let event = Sample.event("custody.received", received)
            let whole = try await bed.ask("POST", "/v1/events", token: token, type: structured, body: event)
            #expect(whole.status == 202, "\(whole.text)")
            let records = try bed.records(on: bed.topics.custodyMovements)
            #expect(records.count == 2)
            #expect(records.allSatisfy { $0.key == Array("Z1234BC".utf8) })
            #expect(Set(records.compactMap(\.value)) == [Array(received.utf8), Array(event.utf8)])
            let source = records.compactMap { $0.header("ce_source") }.first
            #expect(source == Array("/prisons/MDI/nomis-feed".utf8))
            // Nothing has recorded it yet, and its publisher is told so; another prison's is told nothing.
            let status = try await bed.ask("GET", "/v1/events/\(id)", token: token)
            #expect(status.object["disposition"] as? String == "PENDING", "\(status.text)")
            let stranger = try bed.token(.prisons(["LEI"]))
            #expect(try await bed.ask("GET", "/v1/events/\(id)", token: stranger).status == 404)
        }
    }

    @Test func aRefusalNamesFieldAndRuleAndNeverTheValue() async throws {
        try await DoorBed.open { bed in
            let token = try bed.token(.prisons(["MDI"]))
            func post(_ event: String, _ type: String? = nil) async throws -> Reply {
                try await bed.ask("POST", "/v1/events", token: token, type: type ?? structured, body: event)
            }
            let invalid = try await post(Sample.event("custody.received", received, noms: "SECRET"))
            #expect(invalid.status == 400 && invalid.code == "FIELD_INVALID")
            #expect(invalid.headers["content-type"] == "application/problem+json")
            #expect(invalid.object["field"] as? String == "subject")
            #expect(!invalid.text.contains("SECRET"))
            let other = try await post(
                Sample.event("custody.received", #"{"prisonId":"LEI","reason":"ADMISSION"}"#, prison: "LEI"))
            #expect(other.status == 403 && other.code == "NOT_ENTITLED", "\(other.text)")
            let hubs = try await post(
                Sample.event("task.resolved", #"{"taskId":"t","outcome":"DONE","by":"NURSE/1"}"#))
            #expect(hubs.status == 400, "\(hubs.text)")
            let provider = Sample.event(
                "handover.acknowledged", "{}"
            ).replacing("/prisons/MDI/nomis-feed", with: "/providers/prov-leeds/x")
            #expect(try await post(provider).status == 400)
            #expect(try await post("{").code == "MALFORMED")
            #expect(try await post(received, "application/json").status == 415)
            #expect(try await post("x", "text/plain").status == 415)
            let large = String(repeating: "x", count: GatewayLimits.eventBytesMax + 1)
            #expect(try await post(large).status == 413)
            #expect(try bed.records(on: bed.topics.custodyMovements).isEmpty)
        }
    }

    @Test func aBatchTellsTheFateOfEachEventAndKeepsTheGoodOnes() async throws {
        try await DoorBed.open { bed in
            let token = try bed.token(.prisons(["MDI"]))
            let tricky = #"{"prisonId":"MDI","reason":"ADMISSION","note":"],{\"[\\\\"}"#
            let items = [
                Sample.event("custody.received", received), Sample.event("custody.received", #"{"reason":"X"}"#),
                "17", Sample.event("custody.received", tricky),
            ]
            let reply = try await bed.ask(
                "POST", "/v1/events", token: token, type: batched, body: " [" + items.joined(separator: " , ") + "] ")
            #expect(reply.status == 207, "\(reply.text)")
            let results = try #require(reply.object["results"] as? [[String: Any]])
            #expect(results.map { $0["status"] as? Int } == [202, 400, 400, 202])
            #expect(try bed.records(on: bed.topics.custodyMovements).count == 2)
            let empty = try await bed.ask("POST", "/v1/events", token: token, type: batched, body: "[]")
            #expect(empty.status == 202 && (empty.object["results"] as? [Any])?.isEmpty == true)
            #expect(try await bed.ask("POST", "/v1/events", token: token, type: batched, body: "{}").status == 400)
            let many = "[" + Array(repeating: "1", count: GatewayLimits.batchEventsMax + 1).joined(separator: ",") + "]"
            #expect(try await bed.ask("POST", "/v1/events", token: token, type: batched, body: many).status == 413)
        }
    }

    @Test func aRejectionByTheHubIsToldByIdToItsPublisher() async throws {
        try await DoorBed.open(hub: true) { bed in
            let token = try bed.token(.prisons(["MDI", "LEI"]))
            let id = UUID()
            let first = Sample.event("custody.received", received, id: id)
            #expect(try await bed.ask("POST", "/v1/events", token: token, type: structured, body: first).status == 202)
            let recorded = try await bed.await("/v1/events/\(id)", token: token) {
                $0.object["disposition"] as? String == "APPLIED"
            }
            #expect(recorded.object["disposition"] as? String == "APPLIED", "\(recorded.text)")
            // The same id for something else: the door cannot know, the hub does.
            let second = Sample.event("custody.received", received, id: id, noms: "Z1234BD")
            #expect(try await bed.ask("POST", "/v1/events", token: token, type: structured, body: second).status == 202)
            let rejected = try await bed.await("/v1/events/\(id)", token: token) {
                $0.object["disposition"] as? String == "REJECTED"
            }
            #expect(rejected.object["reason"] as? String == "ID_CONFLICT", "\(rejected.text)")
            // The prison has a task of it, another prison has none.
            let page = try await bed.await("/v1/tasks", token: token) { $0.text.contains("EVENT_REJECTED") }
            let task = try #require((page.object["tasks"] as? [[String: Any]])?.first, "\(page.text)")
            #expect(task["eventId"] as? String == id.uuidString.lowercased() && task["field"] as? String == "id")
            // Operators and the prison see it on their pages as well.
            let operators = PageBrowser(bed), own = PageBrowser(bed)
            try await operators.signIn(.ops(.operator))
            try await own.signIn(.prisons(["MDI"]))
            let shown = try #require(task["taskId"] as? String)
            #expect(try await operators.get("/tasks?code=EVENT_REJECTED&prison=MDI").text.contains("/tasks/\(shown)"))
            #expect(try await operators.get("/tasks?prison=LEI").text.contains("/tasks/\(shown)") == false)
            let one = try await operators.get("/tasks/\(shown)")
            #expect(one.status == 200 && one.text.contains("EVENT_REJECTED") && one.text.contains("prison MDI"))
            #expect(try await own.get("/inbox/tasks").text.contains("/inbox/tasks/\(shown)/resolution"))
            let leeds = try bed.token(.prisons(["LEI"]))
            #expect(try await !bed.ask("GET", "/v1/tasks", token: leeds).text.contains("EVENT_REJECTED"))
            #expect(try await bed.ask("GET", "/v1/events/\(id)", token: leeds).status == 404)
            let taskID = try #require(task["taskId"] as? String), path = "/v1/tasks/\(taskID)/resolution"
            let answer = #"{"outcome":"DONE","by":"THN_LEAD/7f2"}"#
            #expect(try await bed.ask("POST", path, token: leeds, body: answer).status == 404)
            #expect(try await bed.ask("POST", path, token: token, body: answer).status == 202)
            let after = try await bed.await("/v1/tasks", token: token) { !$0.text.contains("EVENT_REJECTED") }
            #expect(!after.text.contains("EVENT_REJECTED"), "\(after.text)")
            #expect(try await bed.ask("POST", path, token: token, body: answer).status == 409)
        }
    }

    @Test func aRejectionOfWhatCameByKafkaIsToldByIdToItsPrison() async throws {
        try await DoorBed.open(hub: true) { bed in
            let token = try bed.token(.prisons(["MDI"]))
            let id = UUID()
            let text = Sample.event("custody.received", #"{"prisonId":"CANARY","reason":"ADMISSION"}"#, id: id)
            let producer = try EventProducer(configuration: bed.settings.kafka, clientName: "test")
            defer { producer.close() }
            let message = OutboundMessage(
                topic: bed.topics.custodyMovements, key: Array("Z1234BC".utf8), value: Array(text.utf8),
                headers: [KafkaHeader("content-type", structured)])
            for case .failed(let error) in producer.send([message]) { throw error }
            let reply = try await bed.await("/v1/events/\(id)", token: token) { $0.status == 200 }
            #expect(reply.object["disposition"] as? String == "REJECTED", "\(reply.text)")
            #expect((reply.object["field"] as? String)?.hasSuffix("prisonId") == true, "\(reply.text)")
            #expect(!reply.text.contains("CANARY"))
            // Discarded by an operator: the prison need not look any more.
            _ = try await bed.await("/v1/tasks", token: token) { $0.text.contains("EVENT_REJECTED") }
            let row = try bed.connection.query("select topic, partition, \"offset\" from rejected").only()
            let place = SourcePosition(topic: try row[0], partition: try row[1], offset: try row[2])
            #expect(try DeadLetters.discard(place, by: "user:a", because: "test", on: bed.connection))
            #expect(try Outbox.publish(on: bed.connection, through: producer) == 1)
            let after = try await bed.await("/v1/tasks", token: token) { !$0.text.contains("EVENT_REJECTED") }
            #expect(!after.text.contains("EVENT_REJECTED"), "\(after.text)")
        }
    }
}
