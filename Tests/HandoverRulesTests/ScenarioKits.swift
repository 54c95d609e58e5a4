import HandoverRules
import Testing

/// The scenarios of domain.md §14 that turn on kits and training.
@Suite("rules: scenario kits") struct ScenarioKits {
    @Test("S1: a gate kit reported hours after the release corrects the handover and ends its urgency")
    func s1() {
        var story = ReleaseStories.held()
        story.tell(.released("06-05 09:15"), "06-05 09:15")
        story.wait(until: "06-05 13:59")
        #expect(story.drug.map(\.headline) == ["v1 RELEASED P1"])
        #expect(story.drug.last?.sentAt == time("06-05 10:00"))
        #expect(story.drug.last?.text("thn.kitAtRelease") == "NO")
        #expect(story.openTasks.contains("PHONE_NOW"))
        let kit = story.tell(.kit(.gate), "06-05 08:40", received: "06-05 14:00")
        #expect(kit.dispositions.map(\.state) == [.applied])
        #expect(story.drug.last?.headline == "v2 CORRECTION P2")
        #expect(story.drug.last?.sentAt == time("06-05 14:00"))
        #expect(story.drug.last?.text("thn.kitAtRelease") == "YES")
        #expect(!story.openTasks.contains("PHONE_NOW"))
        #expect(!story.has("TOO_LATE_TO_SEND"))
    }

    @Test("S2: an uncollected property kit is doubted for four hours; then it is none and a fresh answer is due")
    func s2() {
        var story = ReleaseStories.held()
        story.tell(.kit(.property), "06-01 10:00")
        story.tell(.released("06-05 09:15"), "06-05 09:15")
        story.wait(until: "06-05 13:14")
        #expect(story.drug.map(\.headline) == ["v1 RELEASED P2"])
        #expect(story.drug.last?.sentAt == time("06-05 10:00"))
        #expect(story.drug.last?.text("thn.kitAtRelease") == "UNCONFIRMED")
        story.wait(until: "06-05 13:15")
        #expect(story.drug.last?.headline == "v2 CORRECTION P1")
        #expect(story.drug.last?.text("thn.kitAtRelease") == "NO")
        #expect(story.drug.last?.thread?.ackFrom == 2, "an acknowledgement of v1 no longer counts")
        #expect(story.openTasks.contains("PHONE_NOW"))
    }

    @Test("S18: one kit with two holders is nobody's until it is settled")
    func s18() {
        var first = ReleaseStories.held(), second = ReleaseStories.held()
        first.tell(.kit(.gate), "06-05 08:40")
        first.tell(.released("06-05 09:15"), "06-05 09:15")
        first.wait(until: "06-05 11:00")
        #expect(first.drug.last?.headline == "v1 RELEASED P2")
        #expect(first.last?.heldKits.map(\.text) == ["MDI-26-000123"])

        second.elsewhere.kitsHeldByOthers = Set(first.last?.heldKits ?? [])
        second.tell(.kit(.gate), "06-05 11:00")
        second.tell(.released("06-05 11:15"), "06-05 11:15")
        second.settle()
        #expect(second.drug.first?.headline == "v1 RELEASED P1")
        #expect(second.drug.first?.text("thn.kitAtRelease") == "NO")
        #expect(second.has("KIT_DISPUTED"))

        first.elsewhere.kitsHeldByOthers = Set(second.last?.heldKits ?? [])
        first.elsewhere.concernedAt = time("06-05 11:05")
        first.receive([])
        #expect(first.drug.last?.headline == "v2 CORRECTION P1")
        #expect(first.drug.last?.sentAt == time("06-05 11:05"))
        #expect(first.drug.last?.text("thn.kitAtRelease") == "NO")
        #expect(first.has("KIT_DISPUTED"))
        #expect(first.openTasks.contains("KIT_DISPUTED"))

        // The second one's entry was a mistake: the first has a kit again.
        first.elsewhere.kitsHeldByOthers = []
        first.elsewhere.concernedAt = time("06-05 12:00")
        first.receive([])
        #expect(first.drug.last?.headline == "v3 CORRECTION P2")
        #expect(!first.openTasks.contains("KIT_DISPUTED"))
    }

    @Test("S19: a kit that went back to stock and then to somebody else is no dispute")
    func s19() {
        var first = ReleaseStories.held(), second = ReleaseStories.held()
        first.tell(.kit(.property), "06-01 10:00")
        #expect(first.last?.heldKits.count == 1)
        first.tell(.returned(.releaseCancelled), "06-02 10:00")
        #expect(first.last?.heldKits.isEmpty == true)
        second.elsewhere.kitsHeldByOthers = Set(first.last?.heldKits ?? [])
        second.tell(.kit(.gate), "06-05 08:40")
        second.tell(.released("06-05 09:15"), "06-05 09:15")
        second.settle()
        #expect(second.drug.first?.text("thn.kitAtRelease") == "YES")
        #expect(!second.has("KIT_DISPUTED"))
    }

    @Test("S23: out at court and released there on a Friday afternoon, the kit still in property")
    func s23() {
        var story = ReleaseStories.held()
        story.tell(.kit(.property), "06-01 09:15")
        story.tell(.movedOut(.toCourt), "06-05 08:00")
        story.tell(.released("06-05 15:50", code: nil, reason: .courtRelease) { $0.place = nil }, "06-05 15:50")
        story.wait(until: "06-05 16:35")
        #expect(story.drug.map(\.headline) == ["v1 RELEASED P1"], "the kit is not with the person, at once")
        #expect(story.drug.last?.text("thn.kitAtRelease") == "NO")
        #expect(story.drug.last?.text("release.class") == "UNPLANNED")
        #expect(story.drug.last?.texts("risk") == ["UNPLANNED", "FRIDAY"])
        #expect(story.drug.last?.texts("actions").first == "SUPPLY_KIT_24H")
        #expect(story.openTasks.contains("PHONE_NOW"))
        #expect(story.last?.heldKits.map(\.text) == ["MDI-26-000123"], "left behind: somebody still has to return it")
    }

    @Test("S24: a refusal for fear of needles that arrives after a nasal kit was taken leaves nothing behind")
    func s24() {
        var story = ReleaseStories.held()
        story.registers.providers[World.drugLeeds]?.nasalStocked = true
        story.tell(.trained(), "06-02 10:00")
        story.tell(.kit(.inPossession), "06-03 10:00")
        story.tell(.released("06-05 09:15"), "06-05 09:15")
        story.settle()
        let before = story.drug.count
        let late = story.tell(.refused([.needleFear]), "05-20 10:00", received: "06-15 10:00")
        #expect(late.dispositions.map(\.state) == [.applied])
        #expect(story.drug.count == before, "nothing that a recipient should know has changed")
        let last = story.drug.last
        #expect(last?.text("thn.kitAtRelease") == "YES")
        #expect(last?.text("thn.trained") == "COMPLETE")
        #expect(last?["thn.refusal"] == nil)
        #expect(last?.texts("keyMessages").contains("KM-09") == false)
        #expect(last?.texts("actions").contains("OFFER_NASAL") == false)
    }

    @Test("S25: a kit past its expiry is no kit")
    func s25() {
        var story = ReleaseStories.held()
        story.tell(.kit(.gate, expiry: "2026-05-31"), "05-20 08:40")
        #expect(story.has("KIT_EXPIRES_SOON"))
        story.tell(.released("06-05 09:15"), "06-05 09:15")
        story.wait(until: "06-05 10:00")
        #expect(story.drug.map(\.headline) == ["v1 RELEASED P1"])
        #expect(story.drug.last?.text("thn.kitAtRelease") == "NO")
        #expect(story.drug.last?.texts("actions").first == "SUPPLY_KIT_24H")
    }

    @Test("S30: a prison officer's kit of 2023 protects all the same, and the pharmacy hears of the role")
    func s30() {
        var story = Story()
        story.tell(.admitted(), "2023-02-01 10:00")
        story.tell(.assessed(), "2023-02-01 10:00")
        story.tell(.consent(.drugService), "2023-02-01 10:00")
        story.tell(.kit(.gate) { $0.supplierRole = .prisonOfficer }, "2023-03-01 08:00")
        story.tell(.released("2023-03-01 09:15"), "2023-03-01 09:15")
        story.settle()
        #expect(story.drug.first?.text("thn.kitAtRelease") == "YES")
        #expect(story.has("SUPPLIER_ROLE_NOT_PERMITTED"))
    }

    @Test("S30: the law of the day of a replacement counts, not that of the first issue")
    func s30Replaced() {
        var story = ReleaseStories.held()
        story.tell(.kit(.property), "2023-03-01 08:00")
        #expect(!story.has("SUPPLIER_ROLE_NOT_PERMITTED"))
        story.tell(
            .replaced(by: "MDI-26-000188", .property) { $0.supplierRole = .police }, "2023-03-02 08:00")
        #expect(story.has("SUPPLIER_ROLE_NOT_PERMITTED"))
    }
}
