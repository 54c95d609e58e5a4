import FoundationEssentials
import HandoverRules
import Testing

/// Corrections (domain.md §7.1, §12): events of their own, in any order of arrival.
@Suite("rules: corrections") struct CorrectionStories {
    @Test("a release entered in error is taken back: the plan to come is told again, the kit is in property")
    func voidedReleaseWithPlan() {
        var story = ReleaseStories.held()
        story.tell(.planned("2026-06-20"), "05-10 09:00")
        story.tell(.kit(.property), "06-01 09:15")
        let release = story.told(.released("06-05 09:15"), "06-05 09:15")
        story.wait(until: "06-05 11:00")
        #expect(story.drug.last?.kind == .released)
        let void = story.voiding(release, "06-05 11:00")
        #expect(story.receive([void]).dispositions.map(\.state) == [.applied])
        #expect(story.drug.last?.headline == "v4 PLANNED P4")
        #expect(story.drug.last?.text("release.plannedOn") == "2026-06-20")
        #expect(story.drug.last?["thn.kitReady"] == .bool(true))
        #expect(story.outcome(.drugService)?.released == false)
        #expect(story.last?.heldKits.count == 1)
        story.tell(.collected("06-20 09:00"), "06-20 09:00")
        story.tell(.released("06-20 09:15"), "06-20 09:15")
        story.wait(until: "06-20 10:00")
        #expect(story.drug.last?.kind == .released)
        #expect(story.drug.last?.text("thn.kitAtRelease") == "YES")
        #expect(Set(story.drug.map(\.id)).count == 1)
    }

    @Test("without a plan to come whoever was told is to stop", arguments: [nil, "2026-06-04"])
    func voidedRelease(plan: String?) {
        var story = ReleaseStories.held()
        if let plan { story.tell(.planned(plan), "05-10 09:00") }
        let release = story.told(.released("06-05 09:15"), "06-05 09:15")
        story.wait(until: "06-05 11:00")
        story.receive([story.voiding(release, "06-05 11:00")])
        #expect(story.drug.last?.kind == .stoodDown)
        #expect(story.drug.last?.text("reason") == "RELEASE_REVERSED")
        #expect(story.supervision.last?.text("reason") == "RELEASE_REVERSED")
    }

    @Test("a void that comes before its target waits for it, and nothing is ever sent")
    func waits() {
        var story = ReleaseStories.held()
        let release = story.event(.released("06-05 09:15"), occurred: "06-05 09:15", received: "06-05 12:00")
        let waiting = story.receive([story.voiding(release, "06-05 11:00")])
        #expect(waiting.dispositions.first?.reason == "WAITS_FOR_TARGET")
        let arrived = story.receive([release])
        #expect(arrived.dispositions.first?.state == .superseded)
        #expect(arrived.dispositions.first?.reason == "VOIDED")
        story.settle()
        #expect(story.handovers.isEmpty)
    }

    @Test("a void of a void reinstates")
    func voidOfVoid() {
        var story = ReleaseStories.held()
        let release = story.told(.released("06-05 09:15"), "06-05 09:15")
        let void = story.voiding(release, "06-05 09:30")
        story.receive([void])
        story.wait(until: "06-05 10:00")
        #expect(story.handovers.isEmpty)
        story.receive([story.voiding(void, "06-05 11:00")])
        #expect(story.drug.map(\.headline) == ["v1 RELEASED P1"])
    }

    @Test("an amendment takes the place of what it amends, at that time or at its own")
    func amended() {
        var story = ReleaseStories.held()
        let kit = story.told(.kit(.property), "06-01 09:15")
        story.receive([story.amending(kit, .kit(.gate), "06-05 08:45")])
        story.tell(.released("06-05 09:15"), "06-05 09:15")
        story.wait(until: "06-05 10:00")
        #expect(story.drug.last?.text("thn.kitAtRelease") == "YES")

        // Given out after the release after all.
        let later = story.amending(kit, .kit(.gate), "06-05 09:40", received: "06-05 11:00", keepsTime: false)
        story.receive([later])
        #expect(story.drug.last?.text("thn.kitAtRelease") == "NO")
        #expect(story.drug.last?.headline == "v2 CORRECTION P1")
        #expect(!story.has("CLOCK_SKEW"), "it was not received before it occurred")
    }

    @Test("of several corrections the last that occurred counts, whichever came first")
    func several() {
        for swapped in [false, true] {
            var story = ReleaseStories.held()
            let plan = story.told(.planned("2026-06-20"), "05-10 09:00")
            let amend = story.amending(plan, .planned("2026-06-25"), "05-11 09:00", received: "05-13 09:00")
            let void = story.voiding(plan, "05-12 09:00", received: "05-13 09:00")
            let decision = story.receive(swapped ? [void, amend] : [amend, void])
            #expect(story.drug.last?.kind == .stoodDown)
            let reasons = Dictionary(uniqueKeysWithValues: decision.dispositions.map { ($0.event, $0.reason) })
            #expect(reasons[amend.id] == "CORRECTION_OUTDONE")
            #expect(reasons[void.id] == "")
            story.receive([story.amending(plan, .planned("2026-06-26"), "05-14 09:00")])
            #expect(story.drug.last?.text("release.plannedOn") == "2026-06-26")
        }
    }

    @Test("an amendment with another type's fields has no effect and is raised")
    func mismatch() {
        var story = ReleaseStories.held()
        let plan = story.told(.planned("2026-06-20"), "05-10 09:00")
        let told = story.outbound.count
        let decision = story.receive([story.amending(plan, .kit(.gate), "05-11 09:00")])
        #expect(decision.dispositions.first?.reason == "CORRECTION_MISMATCH")
        #expect(story.has("CORRECTION_MISMATCH"))
        #expect(story.outbound.count == told)
    }

    @Test("corrections in a circle have no effect")
    func circle() {
        var story = ReleaseStories.held()
        let plan = story.told(.planned("2026-06-20"), "05-10 09:00")
        var first = story.voiding(plan, "05-11 09:00")
        let second = story.voiding(first, "05-12 09:00")
        first.correction = Correction(of: second.id, kind: .void, keepsTime: true)
        first.receivedAt = time("05-12 09:00")
        let decision = story.receive([first, second])
        #expect(Set(decision.dispositions.map(\.reason)) == ["CORRECTION_CIRCLE"])
        #expect(story.drug.last?.headline == "v1 PLANNED P4")
    }

    @Test("a correction may name any id under which its target came")
    func alias() {
        for early in [false, true] {
            var story = ReleaseStories.held()
            let release = story.told(.released("06-05 09:15"), "06-05 09:15")
            var again = release
            again.id = World.uuid(9_000)
            again.publishedAt = time("06-05 09:20")
            again.receivedAt = time("06-05 09:21")
            let void = story.voiding(early ? again : release, "06-05 09:20")
            if early { story.receive([void]) }
            story.receive([again])
            if !early { story.receive([void]) }
            story.settle()
            #expect(story.handovers.isEmpty)
        }
    }

    @Test("a voided withdrawal of consent lets the handover go out again")
    func consent() {
        var story = ReleaseStories.held()
        story.tell(.planned("2026-06-20"), "05-10 09:00")
        let withdrawal = story.told(.consent(.drugService, .withdrawn), "05-11 09:00")
        #expect(story.drug.last?.kind == .stoodDown)
        story.receive([story.voiding(withdrawal, "05-12 09:00")])
        #expect(story.drug.last?.headline == "v3 PLANNED P4")
    }

    @Test("a voided ending gives the spell back")
    func ending() {
        var story = ReleaseStories.held()
        story.tell(.planned("2026-06-20"), "05-10 09:00")
        let death = story.told(.ended(.died), "05-11 09:00")
        #expect(story.drug.last?.text("reason") == "DIED")
        story.receive([story.voiding(death, "05-12 09:00")])
        #expect(story.drug.last?.headline == "v3 PLANNED P4")
        #expect(Set(story.drug.map(\.id)).count == 1)
    }

    @Test("a voided assessment no longer makes eligible")
    func assessment() {
        var story = Story()
        story.tell(.admitted(), "05-01 14:00")
        let assessed = story.told(.assessed(), "05-02 10:00")
        story.tell(.consent(.drugService), "05-02 10:05")
        story.tell(.planned("2026-06-20"), "05-10 09:00")
        story.receive([story.voiding(assessed, "05-12 09:00")])
        #expect(story.drug.last?.kind == .stoodDown)
        #expect(story.outcome(.drugService)?.reason == "NOT_ASSESSED" || story.drug.last?.text("reason") != nil)
    }
}
