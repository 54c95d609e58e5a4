import HandoverRules
import Testing

@Suite("rules: edges of kits and plans") struct KitAndPlanEdges {
    @Test("a higher plan version stands against a lower one that occurred later")
    func versionsOutrankTime() {
        var story = ReleaseStories.held()
        story.tell(.planned("2026-06-05"), "05-10 10:00")
        story.tell(.changed(3) { $0.plannedDate = date("2026-06-12") }, "05-11 10:00")
        let lower = story.tell(.changed(2) { $0.plannedDate = date("2026-06-08") }, "05-12 10:00")
        #expect(story.drug.last?.text("release.plannedOn") == "2026-06-12")
        #expect(lower.dispositions.first?.state == .superseded)
    }

    @Test("a property kit that went through a transfer is no kit, even back at the first prison")
    func transferAndBack() {
        var story = ReleaseStories.held()
        story.tell(.kit(.property), "05-20 09:15")
        story.tell(.admitted("LEI", .transferred), "05-25 10:00")
        story.tell(.admitted("MDI", .transferred), "05-28 10:00")
        story.tell(.released("06-05 12:15"), "06-05 12:15")
        story.wait(until: "06-05 13:00")
        #expect(story.drug.last?.text("thn.kitAtRelease") == "NO")
    }

    @Test("a property kit of one prison is no kit on a release from another, though no transfer was told")
    func releasedElsewhere() {
        var story = ReleaseStories.held()
        story.tell(.kit(.property), "05-20 09:15")
        story.tell(.released("06-05 12:15", "LEI"), "06-05 12:15")
        story.wait(until: "06-05 13:00")
        #expect(story.drug.last?.text("thn.kitAtRelease") == "NO")
    }

    @Test("a second kit is content of its own: a version for who may know kits, none for who may not")
    func secondKit() {
        var story = ReleaseStories.held()
        story.tell(.kit(.gate, id: "MDI-26-000001"), "06-05 08:00")
        story.tell(.released("06-05 09:15"), "06-05 09:15")
        story.wait(until: "06-05 11:00")
        story.tell(.kit(.gate, id: "MDI-26-000002"), "06-05 08:30", received: "06-05 11:30")
        #expect(story.drug.map(\.headline) == ["v1 RELEASED P2", "v2 CORRECTION P2"])
        #expect(story.supervision.count == 1)
    }

    @Test("a second release within 24 hours is the same one, over midnight too")
    func overMidnight() {
        var story = ReleaseStories.held()
        story.tell(.released("06-05 23:00"), "06-05 23:00")
        story.tell(.released("06-06 08:00"), "06-06 08:00")
        story.settle()
        #expect(story.drug.count == 1)
        #expect(story.has("RELEASE_REPEATED"))
        #expect(!story.has("MISSING_RECEPTION"))
    }
}
