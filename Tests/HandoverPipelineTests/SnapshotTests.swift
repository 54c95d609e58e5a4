import Foundation
import HandoverPipeline
import Postgres
import Testing

@Suite("local broker: a snapshot that this program cannot read", .serialized)
struct SnapshotTests {
    @Test func stopsTheHubInsteadOfForgettingWhatWasSaid() throws {
        let test = try TestHub(clock: .events)
        var story = Story.ready("Z1234BF")
        let before = story.events
        story.release(at: "2026-06-05 09:15")
        try test.publish(before)
        try test.start()
        let recorded = try HubWait.until(30) { try test.isDone(before.count) }
        #expect(recorded)
        test.stop()
        _ = try test.query("update person_state set snapshot = set_byte(snapshot, 0, 255)")
        try test.publish(Array(story.events.dropFirst(before.count)))
        try test.start()
        defer { test.stop() }
        let stopped = HubWait.until(30) { test.problem != nil }
        #expect(stopped)
        #expect((test.problem as? HubFailure)?.exitCode == 78)
        #expect(try test.read(test.drugTopic).isEmpty)
        let events: Int64 = try test.query("select count(*)::int8 from event where type = 'release.actual'").only()[0]
        #expect(events == 0, "nothing of the batch is recorded, it comes again")
    }
}
