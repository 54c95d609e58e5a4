import EventContracts
import ExactlyOnceKafka
import Foundation
import HandoverPipeline
import HandoverRules
import Postgres
import Testing

@Suite("local broker: prisons are told of their rejected events", .serialized)
struct RejectionTaskTests {
    private struct Release {
        let good: OutboundMessage
        let id: UUID

        init(_ topics: Topics, _ noms: String = "Z4444AA") throws {
            var story = Story(noms)
            story.release(at: "2026-06-05 09:15")
            id = story.events[0].id
            good = try OutboundMessage(EventEncoder(topics: topics).record(of: story.events[0]))
        }

        /// `CANARY` stands where a prison must.
        var broken: OutboundMessage {
            var message = good
            let text = String(decoding: good.value ?? [], as: UTF8.self)
            message.value = Array(
                text.replacing("\"prisonId\":\"MDI\"", with: "\"prisonId\":\"CANARY\"").utf8)
            return message
        }

        func from(_ source: String) -> OutboundMessage {
            var message = broken
            message.headers = message.headers.map {
                $0.name == "ce_source" ? KafkaHeader("ce_source", source) : $0
            }
            return message
        }
    }

    private func tasks(_ test: TestHub, atLeast count: Int) throws -> [(id: String, body: JSONValue)] {
        try test.read(test.topics.tasks(of: PrisonID(unchecked: "MDI")), atLeast: count).map {
            ($0.text("ce_id"), try JSONReader.read($0.value ?? []).root)
        }
    }

    @Test func oneTaskForAnEventHoweverOftenItIsRefusedAndItClosesWhenTheEventIsTaken() throws {
        let test = try TestHub(clock: .events)
        let release = try Release(test.topics)
        try test.publish(raw: [release.broken, release.broken, release.from("/prisons/ZZZ/feed")])
        try test.start()
        defer { test.stop() }
        #expect(try test.read(test.topics.rejected, atLeast: 3).count == 3)
        try test.publish(raw: [release.broken])
        #expect(try test.read(test.topics.rejected, atLeast: 4).count == 4)
        let raised = try tasks(test, atLeast: 1)
        #expect(raised.count == 1)
        let body = try #require(raised.first?.body)
        #expect(body["code"]?.string == "EVENT_REJECTED" && body["state"]?.string == "OPEN")
        #expect(body["eventId"]?.string == release.id.uuidString.lowercased())
        #expect(body["prisonId"]?.string == "MDI" && body["reason"]?.string == "FIELD_INVALID")
        for record in try test.read(test.topics.tasks(of: PrisonID(unchecked: "MDI"))) {
            let text = String(decoding: record.value ?? [], as: UTF8.self)
            #expect(!text.contains("CANARY") && !text.contains("Z4444AA"))
            #expect(record.text("ce_type") == "throughgate.task.escalated.v1")
            #expect(record.key == Array((body["taskId"]?.string ?? "").utf8))
        }
        // A prison that nobody imported has no topic and no task.
        #expect(try test.query("select 1 from rejection_message where prison <> 'MDI'").isEmpty)
        try test.publish(raw: [release.good])
        let closed = try tasks(test, atLeast: 2)
        #expect(closed.map(\.id) == [1, 2].map { "\(body["taskId"]?.string ?? "")/\($0)" })
        #expect(closed.last?.body["state"]?.string == "CLOSED")
        #expect(closed.last?.body["outcome"]?.string == "CAUSE_ENDED")
        // Other content under the id that is taken now is refused, and raises it again.
        let amended = try Release(test.topics).good
        var other = release.good
        other.value = amended.value.map {
            Array(String(decoding: $0, as: UTF8.self).replacing("PRISON", with: "COURT").utf8)
        }
        try test.publish(raw: [other])
        let again = try tasks(test, atLeast: 3)
        #expect(again.count == 3 && again.last?.body["reason"]?.string == "ID_CONFLICT")
    }

    @Test func whatWasRecordedAndNotPublishedGoesOutOnceAndAsItWas() throws {
        let test = try TestHub(clock: .events)
        let release = try Release(test.topics), other = try Release(test.topics, "Z4444AB")
        // The second refusal of the same event causes nothing, now or when it comes again.
        try test.publish(raw: [release.broken, other.broken, release.broken])
        try test.start()
        #expect(try tasks(test, atLeast: 2).count == 2)
        #expect(try test.read(test.topics.rejected, atLeast: 3).count == 3)
        try test.publish(raw: [release.good])
        let first = try tasks(test, atLeast: 3)
        #expect(first.count == 3)
        test.stop()
        // As after a crash between the two commits: recorded, and no offset committed.
        try test.change("update partition_lease set published_through = -1, idle_starts = 0")
        test.group = "again"
        try test.start()
        defer { test.stop() }
        let all = try tasks(test, atLeast: 6)
        #expect(all.count == 6)
        let bodies = Dictionary(grouping: all, by: \.id)
        #expect(bodies.count == 3)
        #expect(bodies.values.allSatisfy { $0.count == 2 })
        let rows: Int64 = try test.query("select count(*)::int8 from rejection_message").only()[0]
        #expect(rows == 3)
    }

    @Test func anAnswerToTheTaskClosesItAndConcernsNobody() throws {
        let test = try TestHub(clock: .events)
        let release = try Release(test.topics)
        try test.publish(raw: [release.broken])
        try test.start()
        defer { test.stop() }
        let raised = try #require(try tasks(test, atLeast: 1).first)
        var resolved = TaskResolved()
        resolved.task = Label(unchecked: try #require(raised.body["taskId"]?.string))
        resolved.outcome = .notNeeded
        resolved.by = StaffReference(unchecked: "THN_LEAD/7f2")
        let event = EventEncoder.decision(
            .taskResolved(resolved), id: UUID(), subject: .blank,
            at: try RFC3339.read("2026-06-05T10:00:00Z").get())
        try test.publish([event])
        let closed = try tasks(test, atLeast: 2)
        #expect(closed.count == 2 && closed.last?.body["outcome"]?.string == "NOT_NEEDED")
        #expect(try test.query("select 1 from person_state").isEmpty)
        #expect(try test.read(test.topics.rejected).count == 1)
        #expect(try test.query("select disposition from event").map { try $0.text(0) } == ["APPLIED"])
    }
}
