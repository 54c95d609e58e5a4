import EventContracts
import Foundation
import HandoverPipeline
import HandoverRules
import SyntheticEstate
import Testing

/// I11: what is derived can be rebuilt from the log into the same state, and nothing is left to be said.
@Suite("local broker: what is kept is rebuilt from the log", .serialized)
struct RebuildTests {
    /// A briefing is no task: rebuilt as one that is open it would be escalated.
    @Test func aBriefingOfTheReceivingPrisonIsRebuiltAsWhatItWas() throws {
        let test = try TestHub(clock: .events)
        var story = Story.ready("Z4444AA")
        var moved = CustodyMovedOut()
        moved.from = PrisonID(unchecked: "MDI")
        moved.reason = .transferred
        moved.to = PrisonID(unchecked: "LEI")
        story.add(.custodyMovedOut(moved), at: "2026-06-03 09:00")
        try test.run(story.events, total: story.events.count)
        #expect(try test.query("select 1 from message where task_code = 'TRANSFER_BRIEFING'").count == 1)
        try test.replayChangesNothing()
    }

    @Test func aReplayOfABusyHubChangesNothingAndSaysNothing() throws {
        let test = try TestHub(hold: .minutes(45), clock: .events)
        let seed: UInt64 = 4711
        print("rebuild test: seed \(seed)")
        let events = RebuildTests.busy(seed)
        try test.run(events, total: events.count)
        #expect(test.problem == nil)
        #expect(try test.query("select 1 from message").count > 100)
        try test.replayChangesNothing()
    }

    /// Spells of forty people with plans, kits, some of them of two, refusals, transfers and releases.
    private static func busy(_ seed: UInt64) -> [Event] {
        var events: [Event] = []
        for index in 0..<40 {
            var story = Story.ready("Z5\(100 + index)AA", on: "2026-06-0\(1 + index % 4)")
            story.plan(for: "2026-06-1\(index % 9)", at: "2026-06-05 12:00")
            if index % 3 == 0 { story.kit("K-\(index / 6)", at: "2026-06-06 10:00") }
            if index % 7 == 0 {
                var moved = CustodyMovedOut()
                moved.from = PrisonID(unchecked: "MDI")
                moved.reason = .transferred
                moved.to = PrisonID(unchecked: "LEI")
                story.add(.custodyMovedOut(moved), at: "2026-06-08 09:00")
            }
            if index % 2 == 0 { story.release(at: "2026-06-1\(index % 9) 09:15") }
            events += story.events
        }
        var random = SplitMix64(seed: seed)
        for index in events.indices { events[index].id = random.uuid() }
        return events.sorted { $0.occurredAt < $1.occurredAt }
    }
}
