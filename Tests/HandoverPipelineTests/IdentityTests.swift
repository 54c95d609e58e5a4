import EventContracts
import ExactlyOnceKafka
import Foundation
import HandoverPipeline
import HandoverRules
import Postgres
import Testing

@Suite("local broker: people whose identity moves", .serialized)
struct IdentityTests {
    /// S8: two numbers with open spells and threads out become one person.
    @Test func aMergeMakesOnePersonAndLaterEventsOfTheOldNumberFollow() throws {
        let test = try TestHub(clock: .events)
        var removed = Story.ready("Z1111AA")
        removed.plan(for: "2026-06-20", at: "2026-06-01 12:00")
        var surviving = Story.ready("Z2222BB", on: "2026-06-02")
        surviving.plan(for: "2026-06-20", at: "2026-06-02 12:00")
        surviving.merge("Z1111AA", into: "Z2222BB", at: "2026-06-03 10:00")
        var late = Story("Z1111AA")
        late.kit("K-1", at: "2026-06-04 10:00")
        let events = removed.events + surviving.events + late.events
        try test.run(events, total: events.count)
        #expect(test.problem == nil)
        #expect(try test.keptUnder() == ["Z1111AA": "Z2222BB"])
        let state = try #require(try test.state("Z2222BB"))
        #expect(state.events.contains { $0.subject.text == "Z1111AA" && $0.payload.type == .kitIssued })
        #expect(try test.quality("ALIAS_USED") == 1)
        #expect(try test.quality("TWO_OPEN_SPELLS") >= 1)
        let live = state.threads.filter { $0.kind != .stoodDown && $0.recipient.kind == .drugService }
        #expect(live.count == 1)
        let last = try #require(
            try test.bodies(test.drugTopic).last {
                $0["handoverId"] as? String == live.first?.id.uuidString.lowercased()
            })
        #expect((last["person"] as? [String: Any])?["noms"] as? String == "Z2222BB")
        #expect(try test.query("select 1 from timer where subject = 'Z1111AA'").isEmpty)
        #expect(try test.deliveryFaults() == [])
        try test.replayChangesNothing()
    }

    @Test(arguments: [[0, 1], [1, 0]])
    func aChainOfMergesEndsUnderTheLastNumberInAnyOrder(order: [Int]) throws {
        let test = try TestHub(clock: .events)
        var first = Story.ready("Z1111AC")
        first.plan(for: "2026-06-20", at: "2026-06-01 12:00")
        var merges: [Event] = []
        for (index, pair) in [("Z1111AC", "Z2222BC"), ("Z2222BC", "Z3333CC")].enumerated() {
            var story = Story(pair.1)
            story.merge(pair.0, into: pair.1, at: "2026-06-0\(3 + (order.firstIndex(of: index) ?? 0)) 10:00")
            merges += story.events
        }
        var circle = Story("Z1111AC")
        circle.merge("Z3333CC", into: "Z1111AC", at: "2026-06-06 10:00")
        var again = Story("Z3333CC")
        again.merge("Z1111AC", into: "Z3333CC", at: "2026-06-07 10:00")
        let events = first.events + order.map { merges[$0] } + circle.events + again.events
        try test.run(events, total: events.count)
        #expect(try test.keptUnder() == ["Z1111AC": "Z3333CC", "Z2222BC": "Z3333CC"])
        #expect(try test.state("Z3333CC")?.threads.isEmpty == false)
        let letters = try test.read(test.topics.rejected)
        #expect(letters.map { $0.text("tg_reason") } == ["CONSTRAINT"])
        #expect(letters.first?.text("tg_detail") == "removedNoms: would close a circle of merges")
        try test.replayChangesNothing()
    }

    @Test func aMergeThatComesAgainAfterACrashIsEmittedAgainAsItWasDecided() throws {
        let test = try TestHub(clock: .events)
        var removed = Story.ready("Z1111AD")
        removed.plan(for: "2026-06-20", at: "2026-06-01 12:00")
        var surviving = Story.ready("Z2222BD", on: "2026-06-02")
        surviving.merge("Z1111AD", into: "Z2222BD", at: "2026-06-03 10:00")
        var circle = Story("Z1111AD")
        circle.merge("Z2222BD", into: "Z1111AD", at: "2026-06-04 10:00")
        let events = removed.events + surviving.events + circle.events
        try test.run(events, total: events.count)
        let first = try test.seen().map { ($0.record.text("ce_id"), $0.record.value ?? []) }
        #expect(!first.isEmpty)
        try test.change("update partition_lease set published_through = -1, idle_starts = 0")
        test.group = "again"
        try test.run([], total: events.count)
        let all = try test.seen().map { ($0.record.text("ce_id"), $0.record.value ?? []) }
        let bodies = Dictionary(grouping: all, by: \.0).mapValues { $0.map(\.1) }
        #expect(all.count == 2 * first.count)
        for (id, body) in first { #expect(bodies[id] == [body, body], "\(id)") }
        #expect(try test.read(test.topics.rejected).count == 2)
        #expect(try test.query("select 1 from event where type = 'identity.merged'").count == 1)
    }

    @Test func aBookingThatMovesStandsTheWrongPersonDownAndTellsOfTheRightOne() throws {
        let test = try TestHub(clock: .events)
        let booking = BookingID(unchecked: 77)
        var wrong = Story.ready("Z1111AE")
        wrong.plan(for: "2026-06-20", at: "2026-06-01 12:00")
        for index in wrong.events.indices where [0, 1].contains(index) { wrong.events[index].booking = booking }
        var right = Story("Z2222BE")
        right.move(booking: 77, from: "Z1111AE", to: "Z2222BE", at: "2026-06-03 10:00")
        var late = Story("Z1111AE")
        late.kit("K-5", at: "2026-06-04 10:00")
        late.events[0].booking = booking
        let events = wrong.events + right.events + late.events
        try test.run(events, total: events.count)
        #expect(test.problem == nil)
        let x = try #require(try test.state("Z1111AE")), y = try #require(try test.state("Z2222BE"))
        #expect(!x.threads.isEmpty && x.threads.allSatisfy { $0.kind == .stoodDown })
        #expect(y.threads.contains { $0.kind != .stoodDown })
        #expect(Set(x.threads.map(\.id)).isDisjoint(with: y.threads.map(\.id)))
        #expect(y.events.contains { $0.payload.type == .kitIssued && $0.subject.text == "Z1111AE" })
        #expect(try test.quality("ALIAS_USED") == 1)
        let bodies = try test.bodies(test.drugTopic)
        #expect(bodies.contains { $0["kind"] as? String == "STOOD_DOWN" && $0["reason"] as? String == "WRONG_PERSON" })
        let tasks = try test.query("select 1 from message where task_code = 'PRIVACY_INCIDENT'")
        #expect(tasks.count >= 1)
        #expect(try test.deliveryFaults() == [])
        try test.replayChangesNothing()
    }
}
