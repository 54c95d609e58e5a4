import Foundation
import HandoverPipeline
import HandoverRules
import Postgres
import Testing

@Suite("local broker: a snapshot that this program cannot read", .serialized)
struct SnapshotTests {
    /// Everybody's story up to the release is told, every snapshot is damaged, and the rest is told.
    @Test func isRebuiltFromTheLogAndNothingIsSaidTwiceNorForgotten() throws {
        let test = try TestHub(clock: .events)
        var before: [Event] = [], after: [Event] = []
        for name in ["Z1234BF", "Z1234BG", "Z1234BH"] {
            var story = Story.ready(name)
            story.plan(for: "2026-06-05", at: "2026-06-01 12:00")
            before += story.events
            var rest = Story(name)
            rest.release(at: "2026-06-05 09:15")
            after += rest.events
        }
        try test.run(before, total: before.count)
        let told = try test.read(test.drugTopic).count
        #expect(told == 3)
        _ = try test.query("update person_state set snapshot = set_byte(snapshot, 0, 255)")
        try test.run(after, total: before.count + after.count)
        #expect(test.problem == nil)
        let kinds = try test.read(test.drugTopic).map { try test.body($0)["kind"] as? String }
        #expect(kinds.filter { $0 == "RELEASED" }.count == 3)
        var versions: [String: [Int]] = [:]
        for record in try test.read(test.drugTopic) {
            let body = try test.body(record)
            versions[body["handoverId"] as? String ?? "", default: []].append(body["version"] as? Int ?? 0)
        }
        #expect(versions.count == 3)
        for (_, numbers) in versions { #expect(numbers == Array(1...numbers.count)) }
        #expect(try test.deliveryFaults() == [])
    }
}
