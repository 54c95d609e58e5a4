import HandoverRules
import Testing

@Suite("rules: releases") struct ReleaseStories {
    /// Received in May, eligible, both consents.
    static func held() -> Story {
        var story = Story()
        story.tell(.admitted(), "05-01 14:00")
        story.tell(.assessed(), "05-02 10:00")
        story.tell(.consent(.drugService), "05-02 10:05")
        story.tell(.consent(.supervision), "05-02 10:06")
        return story
    }

    @Test("one eligible, consented release becomes two handovers when the hold ends")
    func twoHandovers() {
        var story = Self.held()
        story.tell(.released("06-05 09:15"), "06-05 09:15")
        #expect(story.outbound.isEmpty)
        #expect(story.outcome(.drugService)?.state == .queued)
        story.wait(until: "06-05 10:00")
        #expect(story.drug.map(\.headline) == ["v1 RELEASED P1"])
        #expect(story.supervision.map(\.headline) == ["v1 RELEASED P2"])
        #expect(story.drug.first?.sentAt == time("06-05 10:00"))
        #expect(story.outcome(.drugService)?.state == .sent)
        #expect(story.outcome(.supervision)?.state == .sent)
        #expect(story.tasks("PHONE_NOW").count == 1)
    }

    @Test("S1: a gate kit reported after the handover went out stands the urgency down")
    func s1() {
        var story = Self.held()
        story.tell(.released("06-05 09:15"), "06-05 09:15")
        story.wait(until: "06-05 13:59")
        #expect(story.drug.map(\.headline) == ["v1 RELEASED P1"])
        #expect(story.drug.last?.text("thn.kitAtRelease") == "NO")
        story.tell(.kit(.gate), "06-05 08:40", received: "06-05 14:00")
        #expect(story.drug.last?.headline == "v2 CORRECTION P2")
        #expect(story.drug.last?.text("thn.kitAtRelease") == "YES")
        #expect(story.drug.last?.texts("actions").contains("SUPPLY_KIT_24H") == false)
        #expect(story.supervision.map(\.headline) == ["v1 RELEASED P2", "v2 CORRECTION P2"])
    }

    @Test("S2: a property kit nobody collected is doubted for four hours and then counts as no kit")
    func s2() {
        var story = Self.held()
        story.tell(.planned("2026-06-05"), "05-10 09:00")
        story.tell(.kit(.property), "06-04 10:00")
        #expect(story.drug.map(\.headline) == ["v1 PLANNED P4", "v2 PLANNED P2", "v3 PLANNED P2"])
        story.tell(.released("06-05 09:15"), "06-05 09:15")
        story.wait(until: "06-05 13:14")
        #expect(story.drug.last?.headline == "v4 RELEASED P2")
        #expect(story.drug.last?.text("thn.kitAtRelease") == "UNCONFIRMED")
        #expect(story.drug.last?.text("sentAt") == "2026-06-05T10:00:00+01:00")
        story.wait(until: "06-05 13:15")
        #expect(story.drug.last?.headline == "v5 CORRECTION P1")
        #expect(story.drug.last?.text("thn.kitAtRelease") == "NO")
        #expect(story.drug.last?.ackDueAt == time("06-08 09:15"))
        #expect(story.tasks("PHONE_NOW").count == 1)
    }

    @Test("S3: a plan acknowledged and then cancelled stands both recipients down; the kit stays in property")
    func s3() {
        var story = Self.held()
        story.tell(.kit(.property), "05-05 09:00")
        story.tell(.planned("2026-06-05"), "05-10 09:00")
        story.tell(.acked(story.drug.last?.id, 1), "05-10 10:00")
        #expect(story.standing(.drugService)?.state == .acked)
        story.tell(.cancelled(2), "05-20 09:00")
        #expect(story.drug.map(\.headline) == ["v1 PLANNED P4", "v2 STOOD_DOWN "])
        #expect(story.supervision.map(\.headline) == ["v1 PLANNED P4", "v2 STOOD_DOWN "])
        for out in [story.drug.last, story.supervision.last] { #expect(out?.text("reason") == "RELEASE_CANCELLED") }
        for scope in [ConsentScope.drugService, .supervision] {
            #expect(story.outcome(scope)?.state == .stoodDown)
            #expect(story.outcome(scope)?.reason == "RELEASE_CANCELLED")
            #expect(story.outcome(scope)?.released == false, "not in the cohort of the released")
        }
        #expect(story.standing(.drugService)?.state == .stoodDown)
        #expect(story.openTasks.isEmpty)
        #expect(story.state.openTimers.isEmpty)
        #expect(story.last?.heldKits == [Label(unchecked: "MDI-26-000123")])
        story.tell(.changed(3) { $0.plannedDate = date("2026-07-01") }, "05-21 09:00")
        #expect(story.drug.last?.headline == "v3 PLANNED P4", "a change above a cancellation revives the plan")
        #expect(story.drug.last?["thn.kitReady"] == .bool(true))
        #expect(story.standing(.drugService)?.state == .sent, "what was told to stop is to be acknowledged anew")
    }

    @Test("S4: a cancellation that arrives after the release it preceded is ignored")
    func s4() {
        var story = Self.held()
        story.tell(.planned("2026-06-02"), "05-10 09:00")
        story.tell(.released("06-02 09:15"), "06-02 09:15")
        story.wait(until: "06-02 12:00")
        let told = story.handovers.count
        let late = story.tell(.cancelled(2), "06-01 15:00", received: "06-02 12:00")
        #expect(story.handovers.count == told)
        #expect(late.dispositions.first?.state == .superseded)
        #expect(story.drug.last?.text("release.class") == "PLANNED")
        story.tell(.cancelled(3), "06-02 16:00")
        #expect(story.handovers.count == told)
        #expect(story.has("CANCEL_AFTER_RELEASE"))
    }

    @Test("S7: back within the hold nothing leaves")
    func s7Within() {
        var story = Self.held()
        story.tell(.released("06-05 09:15"), "06-05 09:15")
        story.tell(.admitted(), "06-05 09:35")
        story.settle()
        #expect(story.outbound.isEmpty)
        #expect(story.outcome(.drugService)?.reason == "RELEASE_REVERSED")
        #expect(story.outcome(.drugService)?.state == .suppressed)
        #expect(!story.has("RELEASE_REVERSED"))
    }

    @Test("S7: back within the hold a plan told before stays as it was told")
    func s7Planned() {
        var story = Self.held()
        story.tell(.planned("2026-06-05"), "05-10 09:00")
        story.wait(until: "06-05 09:00")
        let told = story.handovers.count
        story.tell(.released("06-05 09:15"), "06-05 09:15")
        story.tell(.admitted(), "06-05 09:35")
        story.wait(until: "06-05 23:00")
        #expect(story.handovers.count == told)
        story.settle()
        #expect(story.drug.last?.text("reason") == "RELEASE_REVERSED")
    }

    @Test("S7: back after the hold on the same day the release is reversed")
    func s7Later() {
        var story = Self.held()
        story.tell(.kit(.property), "06-01 09:15")
        story.tell(.released("06-05 09:15"), "06-05 09:15")
        story.tell(.admitted(), "06-05 10:15")
        #expect(story.drug.map(\.headline) == ["v1 RELEASED P2", "v2 STOOD_DOWN "])
        #expect(story.drug.last?.text("reason") == "RELEASE_REVERSED")
        #expect(story.has("RELEASE_REVERSED"))
        story.tell(.released("06-09 09:15"), "06-09 09:15")
        story.settle()
        #expect(Set(story.drug.map(\.id)).count == 1, "the spell was reopened: one thread")
        #expect(story.drug.contains { $0.headline == "v3 RELEASED P2" })
    }

    @Test("S21: a recall admission stands the threads down and begins the next spell")
    func s21() {
        var story = Self.held()
        story.tell(.kit(.gate), "06-05 08:15")
        story.tell(.released("06-05 09:30"), "06-05 09:30")
        story.tell(.admitted(code: "L", status: .recall), "06-05 20:00")
        #expect(story.drug.last?.text("reason") == "RETURNED_TO_CUSTODY")
        story.tell(.released("06-19 09:30"), "06-19 09:30")
        story.settle()
        #expect(story.drug.last?.headline == "v1 RELEASED P1", "the kit of the spell before does not count")
        #expect(Set(story.drug.map(\.id)).count == 2)
        #expect(story.state.spells.count == 2)
    }

    @Test("S23: released at court with the kit in property at the prison")
    func s23() {
        var story = Self.held()
        story.tell(.kit(.property), "06-01 09:15")
        story.tell(.released("06-05 15:50", code: nil, reason: .courtRelease) { $0.place = .court }, "06-05 15:50")
        story.wait(until: "06-05 16:35")
        #expect(story.drug.map(\.headline) == ["v1 RELEASED P1"])
        #expect(story.drug.last?.text("release.class") == "UNPLANNED")
        #expect(story.drug.last?.texts("risk") == ["UNPLANNED", "FRIDAY"])
        #expect(story.drug.last?.texts("actions").contains("SUPPLY_KIT_24H") == true)
        #expect(story.tasks("PHONE_NOW").first?.text("handoverId") == story.drug.last?.text("handoverId"))
    }

    @Test("S25: a kit past its expiry is no kit")
    func s25() {
        var story = Self.held()
        story.tell(.kit(.gate, expiry: "2026-05-31"), "05-20 08:40")
        story.tell(.released("06-05 09:15"), "06-05 09:15")
        story.wait(until: "06-05 10:00")
        #expect(story.drug.last?.headline == "v1 RELEASED P1")
        #expect(story.drug.last?.texts("actions").contains("SUPPLY_KIT_24H") == true)
    }

    @Test(
        "S27: a move that is no community release reaches nobody and stands down who was told",
        arguments: [
            ("HO", "NOT_COMMUNITY"), ("DD", "NOT_COMMUNITY"), ("UAL", "NOT_COMMUNITY"), ("DEC", "DIED"),
        ])
    func s27(code: String, reason: String) {
        var story = Self.held()
        story.tell(.planned("2026-06-05"), "05-10 09:00")
        let moved = story.tell(.released("06-05 09:15", code: code), "06-05 09:15")
        story.settle()
        #expect(moved.dispositions.first?.reason == "NOT_COMMUNITY")
        #expect(story.drug.last?.kind == .stoodDown)
        #expect(story.drug.last?.text("reason") == reason)
        #expect(story.has("RELEASE_REASON_OVERRIDDEN"))
        #expect(!story.outbound.contains { $0.kind == .released })
        #expect(story.outcome(.drugService)?.released == false)
    }

    @Test("a leaving from which the person comes back is recorded and nobody is told", arguments: ["TRN", "CRT", "C1"])
    func comesBack(code: String) {
        var story = Self.held()
        story.tell(.released("06-05 09:15", code: code), "06-05 09:15")
        story.settle()
        #expect(story.outbound.isEmpty)
        #expect(story.outcome(.drugService)?.reason == "NOT_COMMUNITY")
        story.tell(.released("06-09 09:15"), "06-09 09:15")
        story.settle()
        #expect(story.drug.count == 1)
        #expect(story.state.spells.count == 1)
    }

    @Test("an HMPPS reason other than RELEASED leads to no handover")
    func hmpps() {
        var story = Self.held()
        story.tell(.released("06-05 09:15") { $0.hmppsReason = .temporaryAbsence }, "06-05 09:15")
        story.settle()
        #expect(story.outbound.isEmpty)
        #expect(story.outcome(.supervision)?.state == .suppressed)
    }

    @Test("an unknown movement reason is still routed, with an exception")
    func unknownReason() {
        var story = Self.held()
        story.tell(.released("06-05 09:15", code: "QQ", reason: nil), "06-05 09:15")
        story.settle()
        #expect(story.drug.count == 1)
        #expect(story.has("MOVEMENT_REASON_UNKNOWN"))
        #expect(story.supervision.last?.text("release.reason") == "OTHER")
    }
}
