import FoundationEssentials
import HandoverRules
import Testing

/// Folding only what is new comes to what folding everything comes to (domain.md §12).
@Suite("rules: the law of the carried fold") struct CarriedFoldLaw {
    @Test("decisions with and without what the last one folded are the same")
    func carried() {
        let seed = Seed.given ?? 0x6361_7272_6965_6431
        print("CarriedFoldLaw seed \(seed)")
        var used = 0
        for set in 0..<UInt64(Seed.given == nil ? 300 : 1) {
            var chance = Chance(seed: seed &+ set)
            var arriving = Generator.events(&chance)
            for i in arriving.indices where chance.happens(20) {
                arriving[i].receivedAt = arriving[i].receivedAt + .minutes(chance.below(60 * 24))
            }
            if let found = difference(arriving, &used) {
                let least = Minimal.of(arriving) {
                    var ignored = 0
                    return difference($0, &ignored) != nil
                }
                Generator.show(least)
                Issue.record("seed \(seed &+ set): \(found)")
                return
            }
        }
        #expect(used > 1_000, "the carried fold must be given often: \(used)")
    }

    /// Timers fire in between, a registers' change comes in the middle.
    private func difference(_ arriving: [Event], _ used: inout Int) -> String? {
        var story = Story()
        var carried: CarriedFold?
        for event in arriving.sorted(by: { $0.receivedAt < $1.receivedAt }) {
            var isTaken = false
            while !isTaken {
                let due = story.state.openTimers.filter { $0.dueAt <= event.receivedAt }.min { $0.dueAt < $1.dueAt }
                isTaken = due == nil
                let (whole, step) = both(due.map { fired($0, story) } ?? event, story, carried)
                if let found = compare(whole, step) { return found }
                if carried != nil { used += 1 }
                carried = step.carried
                story.state = whole.state
            }
            if event.payload.type == .consentRecorded {
                story.registers.movementReasons[MovementReasonKey("TRN", .out)]?.movementClass = "COMMUNITY_RELEASE"
            }
        }
        return nil
    }

    private func both(_ event: Event, _ story: Story, _ carried: CarriedFold?) -> (Decision, Decision) {
        let whole = decide(
            story.state, arrivals: [event], record: story.record, registers: story.registers, rules: story.rules)
        let step = decide(
            story.state, arrivals: [event], record: story.record, registers: story.registers, rules: story.rules,
            carried: carried)
        return (whole, step)
    }

    private func compare(_ whole: Decision, _ step: Decision) -> String? {
        if whole.state != step.state { return "the states differ" }
        if whole.outbound != step.outbound { return "what is sent differs" }
        if whole.dispositions != step.dispositions { return "dispositions differ" }
        if whole.outcomes != step.outcomes || whole.dataQuality != step.dataQuality { return "outcomes differ" }
        if whole.newTimers != step.newTimers || whole.cancelledTimers != step.cancelledTimers { return "timers differ" }
        return whole.heldKits != step.heldKits ? "kits differ" : nil
    }

    private func fired(_ timer: HandoverRules.Timer, _ story: Story) -> Event {
        var fired = TimerFired()
        fired.kind = timer.kind
        fired.cause = Label(unchecked: timer.cause.uuidString.lowercased())
        fired.dueAt = timer.dueAt
        return Event(
            id: World.uuid(UInt64(bitPattern: timer.dueAt.microseconds) ^ 0xff), subject: story.state.subject,
            occurredAt: timer.dueAt, publishedAt: timer.dueAt, receivedAt: timer.dueAt, system: "hub",
            payload: .timerFired(fired))
    }
}
