import EventContracts
import ExactlyOnceKafka
import Foundation
import HandoverPipeline
import HandoverRules
import Postgres
import Testing

@Suite("local broker: what cannot be taken is kept and the partition goes on", .serialized)
struct RejectionTests {
    /// A release notification with one thing wrong, and the reason it must be refused for.
    private static func broken(_ topics: Topics) throws -> [(name: String, reason: String, message: OutboundMessage)] {
        var story = Story("Z4444AA")
        story.release(at: "2026-06-05 09:15")
        let good = try OutboundMessage(EventEncoder(topics: topics).record(of: story.events[0]))
        func with(_ header: String, _ value: String) -> OutboundMessage {
            var message = good
            message.headers = good.headers.map { $0.name == header ? KafkaHeader(header, value) : $0 }
            return message
        }
        func data(_ text: String) -> OutboundMessage {
            var message = good
            message.value = Array(text.utf8)
            return message
        }
        var null = good
        null.value = nil
        var big = good
        big.value = [UInt8](repeating: 32, count: 2 << 20)
        return [
            ("malformed JSON", "MALFORMED", data("{\"releasedAt\":")),
            ("unknown type", "UNKNOWN_TYPE", with("ce_type", "throughgate.release.imagined.v1")),
            ("a later version of a type", "UNKNOWN_VERSION", with("ce_type", "throughgate.release.actual.v2")),
            ("wrong field", "FIELD_INVALID", data("{\"releasedAt\":\"2026-06-05T09:15:00Z\",\"prisonId\":7}")),
            ("naive timestamp", "TIME_NAIVE", with("ce_time", "2026-06-05T09:15:00")),
            ("bad prison number", "FIELD_INVALID", with("ce_subject", "A12345B")),
            ("2 MiB", "TOO_LARGE", big),
            ("null value", "MALFORMED", null),
        ]
    }

    @Test func everyKindIsDeadLetteredWithItsBytesAndTheNextRecordGoesThrough() throws {
        let test = try TestHub(clock: .events)
        let broken = try RejectionTests.broken(test.topics)
        try test.publish(raw: broken.map(\.message))
        var keyless = Story.ready("Z4444AB")
        keyless.release(at: "2026-06-05 09:15")
        let encoder = EventEncoder(topics: test.topics)
        try test.publish(
            raw: keyless.events.map { event in
                var message = try OutboundMessage(encoder.record(of: event))
                message.key = nil
                return message
            })
        try test.start()
        defer { test.stop() }
        let letters = try test.read(test.topics.rejected, atLeast: broken.count)
        #expect(letters.count == broken.count)
        for (name, reason, message) in broken {
            let letter = letters.first { $0.value == message.value && $0.text("tg_reason") == reason }
            #expect(letter != nil, "\(name)")
            #expect(letter?.key == message.key)
            #expect(letter?.text("tg_source_topic") == test.topics.releaseNotifications)
            #expect(letter.map { !$0.text("tg_detail").contains("A12345B") } ?? false)
            #expect(letter?.header("ce_subject") == nil)
        }
        let kept = try test.query("select count(*)::int8 from rejected where value is not null or reason = 'MALFORMED'")
        #expect(try kept.only()[0] as Int64 == Int64(broken.count))
        #expect(try test.read(test.drugTopic, atLeast: 1).count == 1)
    }

    @Test func anIdUsedAgainWithOtherContentIsRefusedAndTheFirstStands() throws {
        let test = try TestHub(clock: .events)
        var story = Story.ready("Z4444AC")
        story.release(at: "2026-06-05 09:15")
        var other = Story("Z4444AC")
        other.release(at: "2026-06-05 10:30")
        var forged = other.events[0]
        forged.id = story.events[story.events.count - 1].id
        try test.publish(story.events)
        try test.start()
        defer { test.stop() }
        let first = try HubWait.until(20) { try test.isDone(story.events.count) }
        #expect(first)
        // The same forgery twice, most likely in one batch: it is no repeat of itself, since it was never taken.
        try test.publish([forged, forged])
        let letters = try test.read(test.topics.rejected, atLeast: 2)
        #expect(letters.map { $0.text("tg_reason") } == ["ID_CONFLICT", "ID_CONFLICT"])
        let held = try test.latest(test.drugTopic)["Z4444AC"]
        #expect((held?["release"] as? [String: Any])?["at"] as? String == "2026-06-05T09:15:00+01:00")
    }
}

extension KafkaRecord {
    func text(_ header: String) -> String { self.header(header).map { String(decoding: $0, as: UTF8.self) } ?? "" }
}
