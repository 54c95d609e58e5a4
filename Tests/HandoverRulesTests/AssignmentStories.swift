import HandoverRules
import Testing

@Suite("rules: routing by hand") struct AssignmentStories {
    @Test("an assignment settles what a human was asked: the handover goes there and the task closes")
    func assigned() {
        var story = TaskStories.nowhere()
        #expect(story.openTasks == ["HUMAN_QUEUE", "HUMAN_QUEUE"])
        let decision = story.tell(.assigned(.drugService, World.drugBradford), "06-03 11:00")
        #expect(decision.dispositions.first?.reason == "")
        #expect(
            story.drug.last?.destination == .handover(Recipient(kind: .drugService, provider: World.drugBradford)))
        #expect(story.outcome(.drugService)?.state == .sent)
        #expect(story.openTasks == ["HUMAN_QUEUE", "PHONE_NOW"], "supervision is still to be routed")
        let event = story.state.events.first { $0.payload.type == .routingAssigned }?.id
        #expect(story.drug.last?.decidedFrom.contains { $0 == event } == true)
    }

    @Test("an assignment is preferred to the rules; without consent it changes nothing")
    func preferred() {
        var story = ReleaseStories.held()
        story.tell(.planned("2026-06-05"), "05-10 09:00")
        story.tell(.assigned(.drugService, World.drugBradford), "05-11 09:00")
        #expect(story.drug.map(\.headline) == ["v1 PLANNED P4", "v2 STOOD_DOWN ", "v1 PLANNED P4"])
        story.tell(.consent(.drugService, .withdrawn), "05-12 09:00")
        #expect(story.drug.last?.text("reason") == "CONSENT_WITHDRAWN")
        story.tell(.assigned(.drugService, World.drugLeeds), "05-13 09:00")
        #expect(story.drug.last?.kind == .stoodDown)
    }

    @Test(
        "a provider that is unknown, ended or of another kind is an exception and stays with a human",
        arguments: ["prov-nowhere", "crc-west-yorkshire", "ps-yh"])
    func invalid(provider: String) {
        var story = ReleaseStories.held()
        let scope: ConsentScope = provider == "ps-yh" ? .drugService : .supervision
        story.tell(.planned("2026-06-05"), "05-10 09:00")
        let decision = story.tell(.assigned(scope, Label(unchecked: provider)), "05-11 09:00")
        #expect(decision.dispositions.first?.reason == "ROUTE_ASSIGNED_INVALID")
        #expect(story.has("ROUTE_ASSIGNED_INVALID"))
        #expect(story.outcome(scope)?.state == .humanQueue)
        #expect(story.outcome(scope)?.reason == "ROUTE_ASSIGNED_INVALID")
    }

    @Test("of two youth recipients an assignment goes to the one of the provider's kind, each to its own")
    func youth() {
        var story = Story()
        story.record?.dateOfBirth = date("2009-02-11")
        let yjs = Label(unchecked: "yjs-leeds"), young = Label(unchecked: "yp-leeds")
        for (id, kind) in [(yjs, ProviderKind.youthJustice), (young, .youngPeopleDrugService)] {
            story.registers.providers[id] = Provider(id: id, kind: kind, name: "", validFrom: date("2015-01-01"))
        }
        story.tell(.admitted(), "05-01 14:00")
        story.tell(.assessed(), "05-02 10:00")
        story.tell(.consent(.childService), "05-02 10:05")
        story.tell(.planned("2026-06-05"), "05-10 09:00")
        #expect(story.outcome(.childService)?.state == .humanQueue)
        story.tell(.assigned(.childService, yjs), "05-11 09:00")
        #expect(story.sent(.youthJustice).count == 1)
        #expect(story.sent(.youngPeopleDrugService).isEmpty)
        #expect(story.outcome(.childService)?.state == .humanQueue, "the health service is still to be named")
        story.tell(.assigned(.childService, young), "05-12 09:00")
        #expect(story.sent(.youngPeopleDrugService).count == 1)
        #expect(story.sent(.youthJustice).count == 1, "the first assignment stands")
        #expect(story.outcome(.childService)?.state == .sent)
    }

    @Test("somebody assigned by hand who says out of area is for a human again")
    func assignedRejects() {
        var story = TaskStories.nowhere()
        story.tell(.assigned(.drugService, World.drugBradford), "06-03 11:00")
        story.tell(.acked(story.drug.last?.id, 1, .rejected, .outOfArea), "06-03 11:30")
        #expect(story.outcome(.drugService)?.state == .humanQueue)
        story.tell(.assigned(.drugService, World.drugLeeds), "06-03 12:00")
        #expect(story.outcome(.drugService)?.state == .sent)
    }
}
