import HandoverRules
import Testing

/// The scenarios of domain.md §14, and the rows of the case table of §12, that turn on where the person is.
@Suite("rules: scenario custody") struct ScenarioCustody {
    @Test("S4: a cancellation that occurred before the release and arrives after it is superseded")
    func s4() {
        var story = ReleaseStories.held()
        story.tell(.planned("2026-06-02"), "05-10 09:00")
        story.tell(.released("06-02 09:15"), "06-02 09:15")
        story.wait(until: "06-02 12:00")
        let told = story.outbound
        let late = story.tell(.cancelled(2), "06-01 15:00", received: "06-02 12:00")
        #expect(late.dispositions.first?.state == .superseded)
        #expect(story.outbound == told)
        #expect(story.outcome(.drugService)?.state == .sent)
        #expect(story.outcome(.drugService)?.released == true)
    }

    @Test("S6: a transfer and a release on one day, the reception between them reported last")
    func s6() {
        var story = ReleaseStories.held()
        story.tell(.kit(.property), "06-01 09:15")
        story.tell(.movedOut(.transferred, to: "LEI"), "06-05 08:00")
        story.tell(.released("06-05 12:15", "LEI"), "06-05 12:15")
        story.tell(.admitted("LEI", .transferred), "06-05 10:00", received: "06-05 12:30")
        story.settle()
        #expect(story.drug.map(\.headline) == ["v1 RELEASED P1"], "the kit stayed behind at the first prison")
        #expect(story.drug.first?.sentAt == time("06-05 13:00"))
        #expect(story.drug.first?.text("release.prison") == "LEI")
        #expect(story.drug.first?.text("thn.kitAtRelease") == "NO")
        #expect(story.supervision.map(\.kind) == [.released])
    }

    @Test("S7: back within the hold nothing leaves; later the release is taken back and the spell goes on")
    func s7() {
        var story = ReleaseStories.held()
        story.tell(.released("06-05 09:15"), "06-05 09:15")
        story.tell(.admitted(), "06-05 09:35")
        story.settle()
        #expect(story.handovers.isEmpty)
        #expect(!story.has("RELEASE_REVERSED"))

        var later = ReleaseStories.held()
        later.tell(.released("06-05 09:15"), "06-05 09:15")
        later.tell(.admitted(), "06-05 10:15")
        later.settle()
        #expect(later.drug.map(\.headline) == ["v1 RELEASED P1", "v2 STOOD_DOWN "])
        #expect(later.drug.first?.sentAt == time("06-05 10:00"))
        #expect(later.drug.last?.text("reason") == "RELEASE_REVERSED")
        #expect(later.has("RELEASE_REVERSED"))
        later.tell(.kit(.property), "06-08 09:00")
        later.tell(.released("06-09 09:15"), "06-09 09:15")
        later.settle()
        #expect(Set(later.drug.map(\.id)).count == 1, "one spell, one thread")
    }

    @Test("a transfer leaves the kit in property in doubt until the new prison says that it has it")
    func transferredKit() {
        func kit(_ tell: (inout Story) -> Void) -> String? {
            var story = ReleaseStories.held()
            story.tell(.kit(.property), "05-20 09:15")
            story.tell(.movedOut(.transferred, to: "LEI"), "05-25 08:00")
            story.tell(.admitted("LEI", .transferred), "05-25 10:00")
            tell(&story)
            story.tell(.released("06-05 09:15", "LEI"), "06-05 09:15")
            story.wait(until: "06-05 10:00")
            return story.drug.last?.text("thn.kitAtRelease")
        }
        #expect(kit { _ in } == "NO", "at once, not UNCONFIRMED")
        #expect(kit { $0.tell(.confirmed("LEI"), "05-26 09:00") } == "UNCONFIRMED")
        #expect(kit { $0.tell(.collected("06-05 09:10"), "06-05 09:10") } == "YES", "collected proves it")
        #expect(kit { $0.tell(.confirmed("MDI"), "05-26 09:00") } == "NO", "only the prison that holds the person")
        #expect(
            kit {
                $0.tell(.confirmed("LEI"), "05-26 09:00")
                $0.tell(.movedOut(.transferred, from: "LEI", to: "MDI"), "05-27 09:00")
                $0.tell(.admitted("MDI", .transferred), "05-27 12:00")
                $0.tell(.movedOut(.transferred, to: "LEI"), "05-28 09:00")
                $0.tell(.admitted("LEI", .transferred), "05-28 12:00")
            } == "NO", "another transfer, another doubt")
    }

    @Test("a kit confirmed after the release was left behind")
    func confirmedAfterwards() {
        var story = ReleaseStories.held()
        story.tell(.kit(.property), "05-20 09:15")
        story.tell(.admitted("LEI", .transferred), "05-25 10:00")
        story.tell(.released("06-05 09:15", "LEI"), "06-05 09:15")
        story.tell(.confirmed("LEI"), "06-05 10:30")
        story.wait(until: "06-05 11:00")
        #expect(story.drug.map { $0.text("thn.kitAtRelease") ?? "" } == ["NO"])
    }

    @Test(
        "an ending that is no release stands everybody down, and a later reception begins another spell",
        arguments: [
            (EndingReason.died, "DIED"), (.secureHospital, "NOT_COMMUNITY"), (.removalOrIRC, "NOT_COMMUNITY"),
            (.abscond, "NOT_COMMUNITY"), (.escape, "NOT_COMMUNITY"),
        ])
    func endings(reason: EndingReason, told: String) {
        var story = ReleaseStories.held()
        story.tell(.planned("2026-06-20"), "05-10 09:00")
        story.tell(.ended(reason), "06-05 09:15")
        #expect(story.drug.map(\.headline) == ["v1 PLANNED P4", "v2 STOOD_DOWN "])
        #expect(story.drug.last?.text("reason") == told)
        #expect(story.outcome(.drugService)?.released == false)
        guard reason != .died else { return }
        story.tell(.admitted(), "06-08 10:00")
        story.tell(.planned("2026-07-01", id: "p-30"), "06-09 10:00")
        #expect(Set(story.drug.map(\.id)).count == 2)
        #expect(story.drug.last?.headline == "v1 PLANNED P4")
    }

    @Test("a removal reported within the day of a release was that leaving; a death ends the spell however late")
    func endedAfterRelease() {
        var story = ReleaseStories.held()
        story.tell(.released("06-05 09:15"), "06-05 09:15")
        story.wait(until: "06-05 11:00")
        story.tell(.ended(.removalOrIRC), "06-05 11:30")
        #expect(story.drug.last?.text("reason") == "NOT_COMMUNITY")

        var other = ReleaseStories.held()
        other.tell(.released("06-05 09:15"), "06-05 09:15")
        other.tell(.ended(.died), "06-12 11:30")
        #expect(other.drug.last?.text("reason") == "DIED")
        #expect(!other.has("MISSING_RECEPTION"))
    }

    @Test("back from court, hospital or an absence the person is held as before", arguments: MoveOutReason.allCases)
    func comesBack(reason: MoveOutReason) {
        var story = ReleaseStories.held()
        story.tell(.planned("2026-06-20"), "05-10 09:00")
        story.tell(.movedOut(reason, to: "LEI"), "06-01 08:00")
        story.tell(.admitted("MDI", .returnFromCourt, code: nil), "06-01 17:00")
        story.tell(.kit(.property), "06-18 10:00")
        story.tell(.released("06-20 09:15"), "06-20 09:15")
        story.wait(until: "06-20 10:00")
        #expect(story.drug.last?.text("thn.kitAtRelease") == "UNCONFIRMED")
        #expect(Set(story.drug.map(\.id)).count == 1)
    }

    @Test("a movement of somebody who was released is a reception missed, and changes nothing else")
    func movedAfterRelease() {
        var story = ReleaseStories.held()
        story.tell(.released("06-05 09:15"), "06-05 09:15")
        story.wait(until: "06-05 11:00")
        let told = story.handovers.count
        story.tell(.movedOut(.toCourt), "06-09 09:00")
        #expect(story.has("MISSING_RECEPTION"))
        #expect(story.handovers.count == told)
    }

    @Test("received where nobody said that they were going: the kit is in doubt just the same")
    func unannounced() {
        var story = ReleaseStories.held()
        story.tell(.kit(.property), "05-20 09:15")
        story.tell(.admitted("LEI", .transferred), "05-25 10:00")
        story.tell(.movedOut(.transferred, to: "LEI"), "05-25 10:05")
        #expect(story.has("MOVEMENT_OUT_OF_ORDER"), "the two prisons' clocks differ")
        story.tell(.released("06-05 09:15", "LEI"), "06-05 09:15")
        story.wait(until: "06-05 10:00")
        #expect(story.drug.last?.text("thn.kitAtRelease") == "NO")
    }
}
