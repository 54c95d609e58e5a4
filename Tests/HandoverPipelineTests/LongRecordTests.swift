import Foundation
import HandoverPipeline
import HandoverRules
import SyntheticEstate
import Testing

/// One person's events have no bound but their number: they are folded anew with each batch that brings one, and every
/// one of them counts (`Bounds` in the documentation).
@Suite("local broker: one person's thousands of events")
struct LongRecordTests {
    private static let extra = 3_000

    @Test(.timeLimit(.minutes(2)))
    func whatIsToldLastIsHeardAfterThreeThousandEventsOfOnePerson() throws {
        let test = try TestHub()
        let crowd = Crowd(1, seed: 3_007)
        try test.register(crowd)
        let person = crowd.people[0]
        let release = person.events.firstIndex { $0.payload.type == .releaseActual } ?? 0
        // Not the crowd's seed: ids used again for something else would be refused.
        var random = SplitMix64(seed: 1)
        let from = person.events[release].occurredAt - .days(3)
        let between = (0..<LongRecordTests.extra).map { number in
            let at = from + .seconds(Int64(number) * 20)
            return Event(
                id: random.uuid(), subject: person.noms, occurredAt: at, publishedAt: at, receivedAt: at,
                system: "nomis-feed", sourcePrison: PrisonID("MDI"), payload: LongRecordTests.payload(number))
        }
        let events = person.events[..<release] + between + person.events[release...]
        let started = ContinuousClock.now
        try test.run(Array(events), total: events.count)
        print("\(events.count) events of one person: \(ContinuousClock.now - started)")
        try crowd.check(test)
        #expect(try test.deliveryFaults() == [])
        let kept: Int64 = try test.query("select count(*)::int8 from event where type <> 'hub.timer.fired'").only()[0]
        #expect(kept == Int64(events.count))
    }

    /// Far more than anybody's record, against a limit that is far shorter than the hub's own: a fifth of what the
    /// record takes here, and thirty times what one event of anybody else does.
    @Test(.timeLimit(.minutes(3)))
    func aPersonOverWhomTheHubThinksTooLongHoldsNobodyElseUp() throws {
        let test = try TestHub()
        var random = SplitMix64(seed: 25)
        let now = Instant(microseconds: Int64(Date().timeIntervalSince1970) * 1_000_000)
        var heavy = (0..<16_000).map { number in
            let at = now - .days(3) + .seconds(Int64(number))
            return Event(
                id: random.uuid(), subject: NomsNumber("Z9999ZZ")!, occurredAt: at, publishedAt: at, receivedAt: at,
                system: "nomis-feed", sourcePrison: PrisonID("MDI"), payload: LongRecordTests.payload(4 * number + 3))
        }
        let last = heavy.removeLast()
        try test.run(heavy, total: heavy.count)
        test.silence = .milliseconds(6)
        let crowd = Crowd(5, seed: 26)
        try test.register(crowd)
        let others = crowd.interleaved(seed: 26)
        try test.run([last] + others, total: heavy.count + 1 + others.count)
        #expect(try test.read(test.topics.rejected).map { $0.text("tg_reason") } == ["POISON"])
        try crowd.check(test)
        #expect(try test.deliveryFaults() == [])
    }

    /// A kit kept for the person and sent back, a plan changed, an assessment: much of what a spell holds.
    private static func payload(_ number: Int) -> Payload {
        switch number % 4 {
        case 0:
            var story = Story("Z0001AA")
            story.kit("K-\(number)", at: "2026-01-01 00:00")
            return story.events[0].payload
        case 1:
            var returned = KitReturned()
            returned.kit = Label(unchecked: "K-\(number - 1)")
            returned.reason = .leftBehind
            return .kitReturned(returned)
        case 2:
            var changed = ReleaseChanged()
            changed.plan = Label(unchecked: "p-1")
            changed.version = PlanVersion(unchecked: Int64(number) + 2)
            changed.fields.localConnection = AuthorityID("E08000035")
            return .releaseChanged(changed)
        default:
            var assessed = EligibilityAssessed()
            assessed.assessment = Label(unchecked: "a-\(number)")
            assessed.outcome = .eligible
            assessed.criteria = [.recentUse]
            return .eligibilityAssessed(assessed)
        }
    }
}
