import HandoverRules
import Testing

@Suite("rules: follow-up after release") struct FollowUpStories {
    @Test("a thread goes red, amber and watch, is not engaged on day 22 and closes on day 84")
    func windows() {
        var story = AnswerStories.released()
        story.tell(.acked(story.drug.last?.id, 1), "06-05 10:30")
        story.tell(.acked(story.supervision.last?.id, 1), "06-05 10:30")
        func at(_ moment: String) -> String {
            story.wait(until: moment)
            let standing = story.standing(.drugService)
            return "\(standing?.state.rawValue ?? "") \(standing?.window?.rawValue ?? "")"
        }
        #expect(at("06-18 23:59") == "ACKED RED")
        #expect(at("06-19 00:00") == "ACKED AMBER")
        #expect(at("06-26 23:59") == "ACKED AMBER")
        #expect(at("06-27 00:00") == "NOT_ENGAGED AMBER")
        #expect(at("07-03 00:00") == "NOT_ENGAGED WATCH")
        #expect(at("08-27 23:59") == "NOT_ENGAGED WATCH")
        #expect(at("08-28 00:00") == "CLOSED ")
        #expect(story.state.openTimers.isEmpty)
    }

    @Test("seen or in treatment after the release is engaged; before it, it counts for nothing")
    func engaged() {
        var story = AnswerStories.released()
        let early = story.tell(.engaged(story.drug.last?.id, .attended, "06-04 10:00"), "06-05 10:10")
        #expect(early.dispositions.first?.reason == "PRE_RELEASE")
        #expect(story.standing(.drugService)?.state == .sent)
        let missed = story.tell(.engaged(story.drug.last?.id, .didNotAttend, "06-05 11:00"), "06-05 11:00")
        #expect(missed.dispositions.first?.reason == "")
        #expect(story.standing(.drugService)?.state == .sent)
        story.tell(.engaged(story.drug.last?.id, .treatmentStarted, "06-09 15:00"), "06-09 15:00")
        #expect(story.standing(.drugService)?.state == .engaged)
        story.wait(until: "06-30 00:00")
        #expect(story.standing(.drugService)?.state == .engaged)
    }

    @Test("a contact that nobody tried in time is an exception; one that was tried is none")
    func contact() {
        var story = AnswerStories.released()
        story.wait(until: "06-06 09:59")
        #expect(!story.has("CONTACT_OVERDUE"))
        story.wait(until: "06-06 10:00")
        #expect(story.has("CONTACT_OVERDUE"))
        var other = AnswerStories.released()
        other.tell(.engaged(other.drug.last?.id, .uncontactable, "06-05 12:00"), "06-05 12:00")
        #expect(!other.state.openTimers.contains { $0.kind == .contactDue })
        other.wait(until: "06-07 10:00")
        #expect(!other.has("CONTACT_OVERDUE"))
    }

    @Test("a released P1 person has one open timer, and each that fires books the next")
    func timers() {
        var story = AnswerStories.released()
        var fired: [TimerKind] = []
        while let next = story.state.openTimers.first, next.dueAt <= time("06-19 00:00") {
            #expect(story.state.openTimers.count == 1)
            fired.append(next.kind)
            story.fireNext()
            #expect(story.state.openTimers.first.map { $0.dueAt > next.dueAt } ?? true)
        }
        #expect(Set(fired).isSuperset(of: [.ackHalf, .ackOverdue, .contactDue, .followUp]))
    }

    @Test("a death reported after the release stands everybody down for good and is reviewed")
    func death() {
        var story = AnswerStories.released()
        let told = story.tell(.engaged(story.drug.last?.id, .died, "06-09 08:00"), "06-09 15:00")
        #expect(told.dispositions.first?.reason == "DIED")
        #expect(story.drug.last?.text("reason") == "DIED")
        #expect(story.supervision.last?.text("reason") == "DIED")
        #expect(story.outcome(.drugService)?.state == .stoodDown)
        #expect(story.openTasks == ["INCIDENT_REVIEW"])
        let handovers = story.handovers.count
        story.tell(.kit(.gate), "06-05 08:40", received: "06-10 09:00")
        #expect(story.outcome(.drugService)?.state == .stoodDown, "that had happened before")
        story.tell(.admitted(), "06-11 09:00")
        #expect(story.outcome(.drugService)?.state == .humanQueue)
        #expect(story.outcome(.drugService)?.reason == "AFTER_DEATH")
        #expect(story.openTasks.contains("HUMAN_QUEUE"))
        story.tell(.released("06-12 09:15"), "06-12 09:15")
        story.settle()
        #expect(story.handovers.count == handovers, "reaches no recipient")
        #expect(story.openTasks.contains("INCIDENT_REVIEW"), "ends only when somebody resolves it")
        story.tell(.resolved(story.tasks("INCIDENT_REVIEW").first?.id), "11-01 09:00")
        #expect(!story.openTasks.contains("INCIDENT_REVIEW"))
    }

    @Test("S27: died in custody: nobody new, later events are for a person")
    func diedInCustody() {
        var story = ReleaseStories.held()
        story.tell(.planned("2026-06-05"), "05-10 09:00")
        story.tell(.ended(.died), "05-20 09:00")
        #expect(story.drug.last?.text("reason") == "DIED")
        let handovers = story.handovers.count
        story.tell(.changed(2) { $0.plannedDate = date("2026-06-09") }, "05-21 09:00")
        #expect(story.outcome(.drugService)?.state == .humanQueue)
        story.settle()
        #expect(story.handovers.count == handovers)
    }
}
