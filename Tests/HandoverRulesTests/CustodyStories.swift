import FoundationEssentials
import HandoverRules
import Testing

@Suite("rules: spells, plans, kits and duplicates") struct CustodyStories {
    @Test("a property kit counts when it was collected from 12 hours before to one hour after release")
    func collected() {
        func kit(_ at: String) -> String? {
            var story = ReleaseStories.held()
            story.tell(.kit(.property), "06-01 09:15")
            story.tell(.collected(at), "06-05 09:00")
            story.tell(.released("06-05 09:15"), "06-05 09:15")
            story.settle()
            return story.drug.last?.text("thn.kitAtRelease")
        }
        #expect(kit("06-05 09:10") == "YES")
        #expect(kit("06-04 21:15") == "YES")
        #expect(kit("06-04 21:14") == "NO")
        #expect(kit("06-05 10:15") == "YES")
        #expect(kit("06-05 10:16") == "NO")
    }

    @Test("the prison's declaration is a hint: doubt is no kit")
    func declaration() {
        var story = ReleaseStories.held()
        story.tell(.kit(.gate), "06-05 09:00")
        story.tell(.released("06-05 09:15") { $0.kitDeclaration = .withoutKit }, "06-05 09:15")
        story.settle()
        #expect(story.drug.last?.priority == .p1)
        #expect(story.has("KIT_DECLARATION_CONFLICT"))
        var other = ReleaseStories.held()
        other.tell(.released("06-05 09:15") { $0.kitDeclaration = .withKit }, "06-05 09:15")
        other.wait(until: "06-05 10:00")
        #expect(other.drug.last?.text("thn.kitAtRelease") == "UNCONFIRMED")
        other.settle()
        #expect(other.drug.last?.text("thn.kitAtRelease") == "NO")
        #expect(other.has("DECLARED_KIT_NO_RECORD"))
    }

    @Test("a kit supplied in the community does not count at release and clears the supply action")
    func communityKit() {
        var story = ReleaseStories.held()
        story.tell(.released("06-05 09:15"), "06-05 09:15")
        story.tell(.kit(.community, id: "LDS-26-000001"), "06-06 11:00")
        #expect(story.drug.last?.headline == "v2 CORRECTION P1")
        #expect(story.drug.last?.text("thn.kitAtRelease") == "NO")
        #expect(story.drug.last?.texts("actions").contains("SUPPLY_KIT_24H") == false)
    }

    @Test("a kit before any reception waits a day, then opens a provisional spell")
    func parked() {
        var story = Story()
        story.tell(.kit(.property), "06-01 09:00")
        #expect(story.state.openTimers.map(\.kind) == [.parkedEvent])
        story.wait(until: "06-02 09:00")
        #expect(story.has("NO_RECEPTION"))
        story.tell(.consent(.drugService), "06-02 10:00")
        story.tell(.released("06-05 09:15"), "06-05 09:15")
        story.wait(until: "06-05 10:00")
        #expect(story.drug.last?.text("thn.kitAtRelease") == "UNCONFIRMED")
        #expect(story.has("ELIGIBILITY_IMPLIED"))
    }

    @Test("a plan opens the provisional spell at once and takes in what was parked")
    func parkedThenPlanned() {
        var story = Story()
        story.tell(.consent(.drugService), "06-01 08:00")
        story.tell(.kit(.property), "06-01 09:00")
        story.tell(.trained(), "06-01 09:30")
        story.tell(.planned("2026-06-05"), "06-01 12:00")
        #expect(!story.has("NO_RECEPTION"))
        #expect(story.drug.last?["thn.kitReady"] == .bool(true))
        #expect(story.drug.last?.text("thn.trained") == "COMPLETE")
        #expect(!story.state.openTimers.contains { $0.kind == .parkedEvent })
    }

    @Test("a kit reported 28 days late, and as long after the release, is recorded and sends nothing")
    func tooLate() {
        var story = ReleaseStories.held()
        story.tell(.released("06-05 09:15"), "06-05 09:15")
        story.wait(until: "07-10 10:00")
        let told = story.drug.count
        let late = story.tell(.kit(.gate), "06-05 08:40", received: "07-10 10:00")
        #expect(late.dispositions.first?.state == .applied)
        #expect(late.dispositions.first?.reason == "TOO_LATE")
        #expect(story.has("TOO_LATE_TO_SEND"))
        #expect(story.drug.count == told)
        #expect(story.last?.heldKits.count == 1, "on record all the same")
    }

    @Test("a reference change makes the hub look again and is not remembered")
    func referenceChanged() {
        var story = ReleaseStories.held()
        story.record = nil
        story.tell(.planned("2026-06-20") { $0.address = .of(.own, "LS9 7FL") }, "06-01 12:00")
        #expect(story.drug.last?.text("person.name") == nil)
        story.record = World.record
        let kept = story.state.events.count
        let changed = story.tell(.referenceChanged(ReferenceChanged()), "06-02 12:00")
        #expect(changed.dispositions.map(\.state) == [.applied])
        #expect(story.drug.last?.text("person.name") == "Sam Example")
        #expect(story.state.events.count == kept)
    }

    @Test("a provisional spell keeps its id when the reception behind it arrives late")
    func provisional() {
        var story = Story()
        story.tell(.assessed(), "05-02 10:00")
        story.tell(.consent(.drugService), "05-02 10:00")
        story.tell(.planned("2026-06-05"), "05-10 10:00")
        story.tell(.admitted(test: .positive), "05-01 10:00", received: "05-20 10:00")
        story.tell(.released("06-05 09:15"), "06-05 09:15")
        story.settle()
        #expect(Set(story.drug.map(\.id)).count == 1)
        #expect(story.state.spells.count == 1)
        #expect(story.drug.last?.texts("risk").contains("POSITIVE_TEST_UNTREATED") == true)
    }

    @Test("plan fields are those of the highest version that set them, in any order of arrival")
    func planVersions() {
        var story = ReleaseStories.held()
        story.tell(.changed(3) { $0.plannedDate = date("2026-06-12") }, "05-12 10:00")
        story.tell(
            .planned("2026-06-05") { $0.address = .of(.family, "BD1 1AA") }, "05-10 10:00", received: "05-13 10:00")
        let late = story.tell(
            .changed(2) { $0.plannedDate = date("2026-06-08") }, "05-11 10:00", received: "05-14 10:00")
        #expect(story.drug.last?.text("release.plannedOn") == "2026-06-12")
        #expect(story.drug.last?.text("person.postcode") == "BD1 1AA")
        #expect(late.dispositions.first?.state == .superseded)
        #expect(late.outbound.isEmpty)
    }

    @Test("a plan whose day passes without a release is asked after")
    func overdue() {
        var story = ReleaseStories.held()
        story.tell(.planned("2026-06-05"), "05-10 10:00")
        story.wait(until: "06-06 09:59")
        #expect(story.tasks("RELEASE_UNCONFIRMED").isEmpty)
        story.wait(until: "06-06 10:00")
        #expect(story.tasks("RELEASE_UNCONFIRMED").first?.destination == .prisonTask(PrisonID(unchecked: "MDI")))
        #expect(story.tasks("RELEASE_UNCONFIRMED").first?.text("noms") == "Z1234BC")
        #expect(story.has("RELEASE_UNCONFIRMED"))
        #expect(story.drug.last?.text("release.status") == "UNCONFIRMED")
        #expect(story.drug.last?.kind == .planned)
    }

    @Test("an event repeated with the same or a new id changes nothing")
    func duplicates() {
        var story = ReleaseStories.held()
        story.tell(.planned("2026-06-05"), "05-10 10:00")
        var release = story.event(.released("06-05 09:15"), occurred: "06-05 09:15")
        story.receive([release])
        story.wait(until: "06-05 10:00")
        let before = story.state
        release.id = World.uuid(9_000)
        release.receivedAt = time("06-05 10:20")
        let again = story.receive([release])
        #expect(again.dispositions == [Disposition(event: release.id, state: .duplicate, reason: "NATURAL_KEY")])
        #expect(again.outbound.isEmpty)
        #expect(story.state.threads == before.threads)
        #expect(story.state.openTimers == before.openTimers)
        release.publishedAt = time("06-05 11:00")
        release.id = World.uuid(9_001)
        #expect(story.receive([release]).outbound.isEmpty)
        #expect(story.state.spells.map(\.id) == before.spells.map(\.id))
        #expect(!story.has("NATURAL_KEY_CONFLICT"))
    }

    @Test("of two events with one natural key the one published last counts, whichever comes first")
    func conflict() {
        for swapped in [false, true] {
            var story = ReleaseStories.held()
            story.tell(.planned("2026-06-05"), "05-10 10:00")
            var first = story.event(
                .planned("2026-06-05") { $0.appointment = .at("06-05 14:00") }, occurred: "05-10 10:00")
            first.publishedAt = time("05-10 10:05")
            first.receivedAt = time("05-11 10:00")
            var second = first
            second.id = World.uuid(9_002)
            second.publishedAt = time("05-10 10:03")
            second.payload = .planned("2026-06-05") { $0.appointment = .at("06-05 16:00") }
            story.receive(swapped ? [second, first] : [first, second])
            #expect(story.has("NATURAL_KEY_CONFLICT"))
            guard case .releasePlanned(let plan)? = story.state.events.last?.payload else {
                Issue.record("the plan is kept")
                return
            }
            #expect(plan.fields.appointment?.at == time("06-05 14:00"))
        }
    }

    @Test("clock skew is clamped and raised; a day ahead is future-dated")
    func skew() {
        var story = ReleaseStories.held()
        story.tell(.kit(.gate), "06-05 09:00", received: "06-05 08:50")
        #expect(story.has("CLOCK_SKEW"))
        let ahead = story.event(.admitted(), occurred: "06-06 09:01", received: "06-05 09:00")
        #expect(isFutureDated(ahead))
        let near = story.event(.admitted(), occurred: "06-06 09:00", received: "06-05 09:00")
        #expect(!isFutureDated(near))
    }

    @Test("a second release without a reception is one release on the same day, another spell later")
    func secondRelease() {
        var story = ReleaseStories.held()
        story.tell(.released("06-05 09:15"), "06-05 09:15")
        story.tell(.released("06-05 09:20"), "06-05 11:00")
        story.settle()
        #expect(story.drug.count == 1)
        story.tell(.released("06-20 09:20"), "06-20 09:20")
        story.settle()
        #expect(story.has("MISSING_RECEPTION"))
        #expect(Set(story.drug.map(\.id)).count == 2)
    }

    @Test("the prison's own hold overrides the hub's, and none means at once")
    func ownHold() {
        var story = ReleaseStories.held()
        story.registers.prisons[PrisonID(unchecked: "MDI")]?.releaseHold = .zero
        #expect(story.tell(.released("06-05 09:15"), "06-05 09:15").outbound.count == 3)
    }

    @Test("the hold runs from the first receipt, not from the release")
    func holdFromReceipt() {
        var story = ReleaseStories.held()
        story.tell(.released("06-05 09:15"), "06-05 09:15", received: "06-05 12:00")
        story.wait(until: "06-05 12:44")
        #expect(story.outbound.isEmpty)
        story.wait(until: "06-05 12:45")
        #expect(story.drug.count == 1)
    }
}
