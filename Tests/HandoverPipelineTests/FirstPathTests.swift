import EventContracts
import ExactlyOnceKafka
import Foundation
import HandoverPipeline
import HandoverRules
import Postgres
import SyntheticEstate
import Testing

@Suite("local broker: the path of one message", .serialized)
struct FirstPathTests {
    @Test func aPlanAndAReleaseBecomeHandoversForTheDrugServiceAndForSupervision() throws {
        let test = try TestHub(hold: .minutes(45), clock: .events)
        var story = Story.ready("Z1234BC")
        story.plan(for: "2026-06-05", at: "2026-06-01 12:00")
        story.release(at: "2026-06-05 09:15")
        var later = Story.ready("Z1234BD", on: "2026-06-09")
        later.events.removeLast(3)
        try test.publish(story.events + later.events)
        try test.start()
        defer { test.stop() }
        // Planned; planned and near, two working days before; released at the end of the hold.
        let expected = [("PLANNED", "P4"), ("PLANNED", "P2"), ("RELEASED", "P1")]
        for topic in [test.drugTopic, test.supervisionTopic] {
            let bodies = try test.read(topic, atLeast: 3).map { record in
                try #require(
                    try JSONSerialization.jsonObject(with: Data(record.value ?? [])) as? [String: Any])
            }
            #expect(bodies.map { $0["version"] as? Int } == [1, 2, 3])
            #expect(bodies.map { $0["kind"] as? String } == expected.map(\.0))
            #expect(bodies.last?["sentAt"] as? String == "2026-06-05T10:00:00+01:00")
            if topic == test.drugTopic {
                #expect(bodies.map { $0["priority"] as? String } == expected.map(\.1))
            }
            let words = bodies.last?["say"] as? [String: Any]
            let messages = bodies.last?["keyMessages"] as? [String] ?? []
            #expect(messages.contains("KM-12"))
            for id in messages { #expect(words?[id] as? String != nil, "\(id) without words") }
        }
        #expect(try test.deliveryFaults() == [])
    }

    @Test func duplicatesOfEveryKindChangeNothing() throws {
        let seed: UInt64 = 11
        let test = try TestHub(clock: .events)
        var story = Story.ready("Z1234BE")
        story.kit("K-1", at: "2026-06-05 08:40")
        story.release(at: "2026-06-05 09:15")
        var random = SplitMix64(seed: seed)
        var again = story.events
        for event in story.events {
            var renamed = event
            renamed.id = random.uuid()
            again += [event, renamed]
        }
        try test.publish(again.shuffled(using: &random))
        try test.start()
        defer { test.stop() }
        let done = try HubWait.until(30) { try test.isDone(story.events.count * 2) }
        #expect(done, "seed \(seed)")
        let drug = try test.read(test.drugTopic)
        #expect(try test.latest(test.drugTopic).count == 1)
        #expect(Set(drug.map { $0.text("ce_subject") }).count == 1)
        let held = try test.latest(test.drugTopic)["Z1234BE"]
        #expect((held?["thn"] as? [String: Any])?["kitAtRelease"] as? String == "YES", "seed \(seed)")
        #expect(try test.deliveryFaults() == [], "seed \(seed)")
    }
}

enum HubWait {
    /// Asks until the condition holds or the time is over.
    static func until(_ seconds: Double, _ condition: () throws -> Bool) rethrows -> Bool {
        let deadline = Date(timeIntervalSinceNow: seconds)
        while Date() < deadline {
            if try condition() { return true }
            Thread.sleep(forTimeInterval: 0.02)
        }
        return try condition()
    }
}
