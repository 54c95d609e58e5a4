import HandoverRules
import Testing

@Suite("rules: what a moved identity makes of what was said") struct IdentityStories {
    private static func merged(_ removed: String) -> Payload {
        var p = IdentityMerged()
        p.surviving = NomsNumber(unchecked: "Z1234BC")
        p.removed = NomsNumber(unchecked: removed)
        return .identityMerged(p)
    }

    @Test("S8: a merge re-issues what was sent as a correction, before the release too; the release is still RELEASED")
    func correction() {
        var story = ReleaseStories.held()
        story.tell(.planned("2026-06-05"), "05-10 09:00")
        story.tell(Self.merged("Z9999ZZ"), "05-12 09:00")
        #expect(story.drug.map(\.headline) == ["v1 PLANNED P4", "v2 CORRECTION P4"])
        #expect(story.drug.last?.texts("person.previousNoms") == ["Z9999ZZ"])
        #expect(story.supervision.last?.headline == "v2 CORRECTION P4")
        story.tell(.changed(2) { $0.appointment = .at("06-05 14:00") }, "05-13 09:00")
        #expect(story.drug.last?.headline == "v3 PLANNED P4")
        story.tell(Self.merged("Z8888ZZ"), "05-14 09:00")
        #expect(story.drug.last?.headline == "v4 CORRECTION P4")
        story.tell(.released("05-20 09:15"), "05-20 09:15")
        story.wait(until: "05-20 10:00")
        #expect(story.drug.last?.headline == "v5 RELEASED P1")
        story.tell(Self.merged("Z7777ZZ"), "05-20 11:00")
        #expect(story.drug.last?.headline == "v6 CORRECTION P1")
    }

    @Test("S8: of two open spells the older is closed as a duplicate and its threads stand down")
    func twoOpenSpells() {
        var story = ReleaseStories.held()
        story.tell(.planned("2026-06-05"), "05-10 09:00")
        var other = story.event(.admitted("LEI"), occurred: "05-15 09:00")
        other.subject = NomsNumber(unchecked: "Z9999ZZ")
        story.receive([other, story.event(Self.merged("Z9999ZZ"), occurred: "05-16 09:00")])
        #expect(story.has("TWO_OPEN_SPELLS"))
        #expect(!story.has("MISSING_RELEASE"))
        #expect(story.drug.last?.text("reason") == "MERGED")
        #expect(story.supervision.last?.text("reason") == "MERGED")
        #expect(story.outcome(.drugService)?.reason == "MERGED")
        story.tell(.planned("2026-06-09", id: "p-30"), "05-17 09:00")
        #expect(story.drug.last?.headline == "v1 PLANNED P4", "the latest admission goes on")
        #expect(Set(story.drug.map(\.id)).count == 2)
    }

    @Test("a booking moved away names the wrong person: threads stand down, and privacy is assessed within 72 hours")
    func wrongPerson() {
        var story = ReleaseStories.held()
        story.tell(.planned("2026-06-05"), "05-10 09:00")
        story.tell(.acked(story.drug.last?.id, 1), "05-10 09:10")
        story.tell(.acked(story.supervision.last?.id, 1), "05-10 09:10")
        // The pipeline has dealt the booking's events to whom they belong.
        story.state.events.removeAll { $0.payload.type != .consentRecorded }
        var move = BookingMoved()
        move.booking = BookingID(unchecked: 1_221_642)
        move.from = story.state.subject
        move.to = NomsNumber(unchecked: "Z9999ZZ")
        var event = story.event(.bookingMoved(move), occurred: "05-12 09:00")
        event.subject = move.to
        story.receive([event])
        #expect(story.drug.last?.text("reason") == "WRONG_PERSON")
        #expect(story.supervision.last?.text("reason") == "WRONG_PERSON")
        #expect(story.drug.last?.decidedFrom == [event.id])
        #expect(story.outcome(.drugService)?.reason == "WRONG_PERSON")
        let incidents = story.tasks("PRIVACY_INCIDENT")
        #expect(incidents.count == 2, "one for each recipient that was told")
        #expect(incidents.allSatisfy { $0.ackDueAt == time("05-15 09:00") && $0.destination == .hubTask })
        story.settle()
        story.tell(.consent(.drugService), "06-20 09:00")
        #expect(story.openTasks == ["PRIVACY_INCIDENT", "PRIVACY_INCIDENT"], "no time ends it")
        for incident in incidents { story.tell(.resolved(incident.id), "06-21 09:00") }
        #expect(story.openTasks.isEmpty)
        #expect(story.tasks("PRIVACY_INCIDENT").count == 2, "and it is not raised again")
    }

    @Test("a spell that went into another one is stood down as merged, with no incident")
    func orphan() {
        var story = ReleaseStories.held()
        story.tell(.planned("2026-06-05"), "05-10 09:00")
        story.state.events.removeAll { $0.payload.type != .consentRecorded }
        story.tell(.consent(.supervision), "05-12 09:00")
        #expect(story.drug.last?.text("reason") == "MERGED")
        #expect(story.tasks("PRIVACY_INCIDENT").isEmpty)
    }

    private static func voiding(_ event: Event, _ story: inout Story, _ at: String) -> Event {
        var correcting = story.event(.recordCorrected(RecordCorrected()), occurred: at)
        correcting.correction = Correction(of: event.id, kind: .void, keepsTime: true)
        return correcting
    }

    @Test("a release entered in error is taken back: a plan with a date to come is told again, else all stand down")
    func voided() {
        for day in ["2026-06-05", "2026-06-20"] {
            var story = ReleaseStories.held()
            story.tell(.planned(day), "05-10 09:00")
            let release = story.event(.released("06-05 09:15"), occurred: "06-05 09:15")
            story.receive([release])
            story.wait(until: "06-05 11:00")
            #expect(story.drug.last?.kind == .released)
            #expect(story.openTasks == ["PHONE_NOW"])
            story.receive([Self.voiding(release, &story, "06-05 11:00")])
            if day == "2026-06-20" {
                #expect(story.drug.last?.kind == .planned)
            } else {
                #expect(story.drug.last?.text("reason") == "RELEASE_REVERSED")
                #expect(story.outcome(.supervision)?.state == .stoodDown)
            }
            #expect(story.openTasks.isEmpty)
        }
    }

    @Test("without a plan a voided release stands everybody down")
    func voidedWithoutPlan() {
        var story = ReleaseStories.held()
        let release = story.event(.released("06-05 09:15"), occurred: "06-05 09:15")
        story.receive([release])
        story.wait(until: "06-05 11:00")
        story.receive([Self.voiding(release, &story, "06-05 11:00")])
        #expect(story.drug.last?.text("reason") == "RELEASE_REVERSED")
        #expect(story.outcome(.drugService)?.released == false)
    }
}
