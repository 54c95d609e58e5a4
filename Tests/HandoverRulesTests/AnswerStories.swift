import HandoverRules
import Testing

@Suite("rules: answers and escalation") struct AnswerStories {
    /// Released on Friday 5 June with no kit: P1 to the drug service, P2 to supervision, at 10:00.
    static func released() -> Story {
        var story = ReleaseStories.held()
        story.tell(.released("06-05 09:15"), "06-05 09:15")
        story.wait(until: "06-05 10:00")
        return story
    }

    @Test("an unanswered P1 handover is escalated at half, at all and at twice its four working hours")
    func escalation() {
        var story = Self.released()
        let handover = story.drug.last?.id
        #expect(story.openTasks == ["PHONE_NOW"])
        story.wait(until: "06-05 11:59")
        #expect(story.tasks("ACK_HALF").isEmpty)
        story.wait(until: "06-05 12:00")
        #expect(story.openTasks == ["ACK_HALF", "PHONE_NOW"])
        #expect(story.tasks("ACK_HALF").first?.text("handoverId") == handover?.uuidString.lowercased())
        story.wait(until: "06-05 13:59")
        #expect(story.tasks("ACK_OVERDUE").isEmpty)
        #expect(story.standing(.drugService)?.state == .sent)
        story.wait(until: "06-05 14:00")
        #expect(story.standing(.drugService)?.state == .overdue)
        let overdue = story.tasks("ACK_OVERDUE")
        #expect(overdue.map(\.destination) == [.hubTask, .prisonTask(PrisonID(unchecked: "MDI"))])
        #expect(overdue.first?.text("providerId") == "prov-leeds")
        #expect(overdue.first?["noms"] == nil, "the manager's task names nobody")
        #expect(overdue.last?.text("noms") == "Z1234BC")
        // Three working hours on Friday are left, the fourth is on Monday.
        story.wait(until: "06-08 09:59")
        #expect(story.tasks("ACK_DOUBLE_OVERDUE").isEmpty)
        story.wait(until: "06-08 10:00")
        let double = story.tasks("ACK_DOUBLE_OVERDUE")
        #expect(double.map(\.destination) == [.hubTask])
        #expect(double.first?.text("providerId") == "com-leeds")
        #expect(double.first?["noms"] == nil)
        #expect(!story.state.openTimers.contains { $0.cause == handover })
    }

    @Test("an acknowledgement closes every task of the clock and stops its timers")
    func acknowledged() {
        var story = Self.released()
        story.wait(until: "06-05 15:00")
        let handover = story.drug.last?.id
        let decision = story.tell(.acked(handover, 1), "06-05 15:00")
        #expect(decision.dispositions.map(\.reason) == [""])
        #expect(story.openTasks.isEmpty)
        #expect(story.closings("PHONE_NOW").map { $0.text("outcome") } == ["CAUSE_ENDED"])
        #expect(story.closings("ACK_OVERDUE").count == 2)
        #expect(!story.state.openTimers.contains { $0.cause == handover && $0.kind != .contactDue })
        #expect(story.standing(.drugService)?.state == .acked)
        #expect(story.standing(.supervision)?.state == .sent)
        let later = story.outbound.count
        story.tell(.acked(story.supervision.last?.id, 1), "06-05 15:05")
        story.wait(until: "06-20 12:00")
        #expect(story.outbound.count == later, "nothing is asked of anybody any more")
    }

    @Test("S29: an acknowledgement of v1 does not answer for v2, which rose to P1")
    func s29() {
        var story = ReleaseStories.held()
        story.tell(.kit(.property), "06-01 09:15")
        story.tell(.released("06-05 09:15"), "06-05 09:15")
        story.wait(until: "06-05 13:15")
        #expect(story.drug.map(\.headline) == ["v1 RELEASED P2", "v2 CORRECTION P1"])
        let handover = story.drug.last?.id
        let old = story.tell(.acked(handover, 1), "06-05 13:20")
        #expect(old.dispositions.first?.state == .applied)
        #expect(old.dispositions.first?.reason == "FRESH_ACK_NEEDED")
        #expect(story.openTasks == ["PHONE_NOW"])
        #expect(story.standing(.drugService)?.state == .sent)
        #expect(story.state.events.contains { $0.payload.type == .handoverAcknowledged }, "v1's is stored")
        story.tell(.acked(handover, 2), "06-05 13:30")
        #expect(story.openTasks.isEmpty)
        #expect(story.standing(.drugService)?.state == .acked)
    }

    @Test("an acknowledgement of a plan answers for the release too, unless that is P1")
    func ackOfPlan() {
        var story = ReleaseStories.held()
        story.tell(.planned("2026-06-05") { $0.appointment = .at("06-05 14:00") }, "05-10 09:00")
        story.tell(.kit(.gate), "05-10 09:30")
        story.tell(.acked(story.drug.last?.id, 1), "05-11 09:00")
        #expect(story.standing(.drugService)?.state == .acked)
        story.tell(.released("06-05 09:15"), "06-05 09:15")
        story.wait(until: "06-05 10:00")
        #expect(story.drug.last?.kind == .released)
        #expect(story.standing(.drugService)?.state == .acked)
        #expect(story.drug.last?.thread?.ackFrom == 1)
    }

    @Test("a question is no acknowledgement, and an unknown handover is said to be one")
    func noAnswer() {
        var story = Self.released()
        let asked = story.tell(.acked(story.drug.last?.id, 1, .needsInfo), "06-05 10:05")
        #expect(asked.dispositions.first?.reason == "NEEDS_INFO")
        #expect(story.openTasks == ["PHONE_NOW"])
        let unknown = story.tell(.acked(World.uuid(99), 1), "06-05 10:06")
        #expect(unknown.dispositions.first?.reason == "HANDOVER_UNKNOWN")
        let future = story.tell(.acked(story.drug.last?.id, 7), "06-05 10:07")
        #expect(future.dispositions.first?.reason == "HANDOVER_UNKNOWN")
        #expect(story.openTasks == ["PHONE_NOW"])
    }

    @Test("out of area re-routes once to the next best, a second time it is for a human")
    func outOfArea() {
        var story = Self.released()
        story.registers.coverage[World.leeds]?.append(
            Coverage(
                provider: World.drugBradford, pathway: .core, ageBand: .adult, rank: 1, validFrom: date("2015-01-01")))
        let first = story.drug.last?.id
        story.tell(.acked(first, 1, .rejected, .outOfArea), "06-05 10:30")
        #expect(story.drug.map(\.headline) == ["v1 RELEASED P1", "v2 STOOD_DOWN ", "v1 RELEASED P1"])
        #expect(story.drug[1].text("reason") == "TRANSFER_OF_RESPONSIBILITY")
        #expect(
            story.drug.last?.destination == .handover(Recipient(kind: .drugService, provider: World.drugBradford)))
        #expect(story.openTasks == ["PHONE_NOW"], "the new recipient is phoned, the old one no more")
        story.tell(.acked(story.drug.last?.id, 1, .rejected, .outOfArea), "06-05 11:00")
        #expect(story.drug.last?.kind == .stoodDown)
        #expect(story.outcome(.drugService)?.state == .humanQueue)
        #expect(story.outcome(.drugService)?.reason == "REJECTED_TWICE")
        #expect(story.tasks("HUMAN_QUEUE").last?.text("reason") == "REJECTED_TWICE")
        #expect(story.supervision.last?.priority == .p1, "no drug-service thread could be sent")
    }

    @Test("any other rejection is put before a human while the thread stands")
    func rejected() {
        var story = Self.released()
        let handover = story.drug.last?.id
        let decision = story.tell(.acked(handover, 1, .rejected, .capacity), "06-05 10:30")
        #expect(decision.dispositions.first?.reason == "REJECTED")
        #expect(story.drug.count == 1)
        #expect(story.openTasks == ["HUMAN_QUEUE", "PHONE_NOW"])
        #expect(story.tasks("HUMAN_QUEUE").first?.text("reason") == "REJECTED")
        #expect(story.standing(.drugService)?.state == .rejected)
        story.tell(.acked(handover, 1), "06-05 11:30")
        #expect(story.openTasks.isEmpty, "they took the person after all")
    }

    @Test("a Scottish recipient's clock runs by Scotland's holidays")
    func scotland() {
        var story = ReleaseStories.held()
        let adp = Label(unchecked: "adp-glasgow")
        story.registers.providers[adp] = Provider(
            id: adp, kind: .drugService, name: "", validFrom: date("2015-01-01"))
        story.registers.coverage[World.glasgow] = [
            Coverage(
                provider: adp, pathway: .core, ageBand: .adult, rank: 1, validFrom: date("2015-01-01"))
        ]
        // Monday 3 August is a holiday in Scotland, not in England.
        story.tell(.released("07-31 15:15") { $0.address = .of(.own, "G1 1AA") }, "07-31 15:15")
        story.wait(until: "07-31 16:00")
        #expect(story.drug.last?.headline == "v1 RELEASED P1")
        #expect(story.drug.last?.ackDueAt == time("08-04 12:00"))
        story.wait(until: "08-04 09:59")
        #expect(story.tasks("ACK_HALF").isEmpty)
        story.wait(until: "08-04 10:00")
        #expect(story.tasks("ACK_HALF").count == 1)
    }
}
