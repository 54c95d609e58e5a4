import HandoverRules
import Testing

@Suite("rules: transfers and kits on the way") struct TransferStories {
    private static let lei = PrisonID(unchecked: "LEI")

    @Test("a transfer briefs the receiving prison once, with its column of the disclosure table and no address")
    func briefing() {
        var story = ReleaseStories.held()
        story.tell(.kit(.property), "05-03 10:00")
        story.tell(.trained(), "05-03 11:00")
        story.tell(.planned("2026-06-05") { $0.address = .of(.own, "LS9 7FL") }, "05-10 09:00")
        story.tell(.transferred("MDI", to: "LEI"), "05-12 09:00")
        let sent = story.tasks("TRANSFER_BRIEFING")
        #expect(sent.map(\.destination) == [.prisonTask(Self.lei)])
        let out = sent.first
        #expect(
            out?.names("") == [
                "taskId", "code", "sentAt", "fromPrisonId", "prisonId", "person", "health", "thn", "release",
            ])
        #expect(out?.names("person") == ["name", "dob", "noms", "crn", "pnc", "nhsNumber"])
        #expect(out?.text("thn.trained") == "COMPLETE")
        #expect(out?.names("release") == ["plannedOn", "reason", "prison"])
        #expect(out.map { "\($0.body)".contains("MDI-26-000123") } == true)
        #expect(out.map { "\($0.body)".contains("LS9") } == false)
        story.tell(.admitted("LEI", .transferred), "05-12 14:00")
        story.settle()
        #expect(story.tasks("TRANSFER_BRIEFING").count == 1)
        #expect(story.closings("TRANSFER_BRIEFING").isEmpty)
    }

    @Test("back and forth is two transfers; nobody is briefed of somebody not eligible, or at a prison not onboarded")
    func briefings() {
        var story = ReleaseStories.held()
        story.tell(.transferred("MDI", to: "LEI"), "05-12 09:00")
        story.tell(.admitted("LEI", .transferred), "05-12 14:00")
        story.tell(.transferred("LEI", to: "MDI"), "05-14 09:00")
        story.tell(.admitted("MDI", .transferred), "05-14 14:00")
        story.tell(.transferred("MDI", to: "LEI"), "05-16 09:00")
        #expect(story.tasks("TRANSFER_BRIEFING").count == 3)
        #expect(Set(story.tasks("TRANSFER_BRIEFING").map(\.id)).count == 3)
        story.tell(.admitted("LEI", .transferred), "05-16 14:00")
        story.tell(.transferred("LEI", to: "HDI"), "05-17 09:00")
        #expect(story.tasks("TRANSFER_BRIEFING").count == 3, "HDI is not onboarded")
        var other = Story()
        other.tell(.admitted(), "05-01 14:00")
        other.tell(.assessed(.notEligible), "05-02 10:00")
        other.tell(.transferred("MDI", to: "LEI"), "05-12 09:00")
        #expect(other.outbound.isEmpty)
    }

    @Test("a transfer without an arrival within a day is an exception; the plan stands")
    func inTransit() {
        var story = ReleaseStories.held()
        story.tell(.planned("2026-06-05"), "05-10 09:00")
        story.tell(.transferred("MDI", to: "LEI"), "05-12 09:00")
        let handovers = story.handovers.count
        story.wait(until: "05-13 08:59")
        #expect(!story.has("IN_TRANSIT_LONG"))
        story.wait(until: "05-13 09:00")
        #expect(story.has("IN_TRANSIT_LONG"))
        #expect(story.handovers.count == handovers)
        var other = ReleaseStories.held()
        other.tell(.transferred("MDI", to: "LEI"), "05-12 09:00")
        other.tell(.admitted("LEI", .transferred), "05-12 14:00")
        other.wait(until: "05-14 09:00")
        #expect(!other.has("IN_TRANSIT_LONG"))
    }

    @Test("S21: a kit held at a recall, and one left in property at a release, are missed after a day")
    func unaccounted() {
        var recalled = ReleaseStories.held()
        recalled.tell(.kit(.gate), "06-05 08:15")
        recalled.tell(.released("06-05 09:30"), "06-05 09:30")
        recalled.tell(.admitted(code: "L", status: .recall), "06-05 20:00")
        var returned = recalled
        recalled.wait(until: "06-06 19:59")
        #expect(!recalled.has("KIT_UNACCOUNTED"))
        recalled.wait(until: "06-06 20:00")
        #expect(recalled.has("KIT_UNACCOUNTED"))
        returned.tell(.returned(.recalled), "06-06 09:00")
        returned.wait(until: "06-07 20:00")
        #expect(!returned.has("KIT_UNACCOUNTED"))

        var left = ReleaseStories.held()
        left.tell(.kit(.property), "06-01 08:15")
        left.tell(.released("06-05 09:30"), "06-05 09:30")
        left.wait(until: "06-06 09:29")
        #expect(!left.has("KIT_UNACCOUNTED"))
        left.wait(until: "06-06 09:30")
        #expect(left.has("KIT_UNACCOUNTED"))
    }
}
