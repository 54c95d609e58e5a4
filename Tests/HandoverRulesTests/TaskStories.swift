import HandoverRules
import Testing

@Suite("rules: tasks") struct TaskStories {
    static func nowhere() -> Story {
        var story = ReleaseStories.held()
        story.record?.postcode = nil
        story.record?.addressStatus = nil
        story.tell(.released("06-03 09:15"), "06-03 09:15")
        story.wait(until: "06-03 10:00")
        return story
    }

    @Test("a task whose cause ends is closed by a last message of the same id")
    func causeEnds() {
        var story = Self.nowhere()
        let raised = story.tasks("HUMAN_QUEUE")
        #expect(raised.count == 2, "one for each recipient that cannot be named")
        #expect(raised.allSatisfy { $0.version == 1 && $0.text("state") == "OPEN" })
        story.record = World.record
        story.wait(until: "06-03 12:00")
        story.tell(.consent(.drugService), "06-03 12:00")
        #expect(story.drug.last?.headline == "v1 RELEASED P1", "the address was found")
        let closed = story.closings("HUMAN_QUEUE")
        #expect(Set(closed.map(\.id)) == Set(raised.map(\.id)))
        #expect(closed.allSatisfy { $0.version == 2 && $0.text("outcome") == "CAUSE_ENDED" })
        #expect(closed.first?.names("") == ["taskId", "code", "state", "outcome", "sentAt"])
    }

    @Test("a cause that comes again raises the task again, in the same chain")
    func again() {
        var story = Self.nowhere()
        story.record = World.record
        story.tell(.consent(.drugService), "06-03 12:00")
        story.record?.postcode = nil
        story.record?.addressStatus = nil
        story.tell(.consent(.drugService), "06-03 13:00")
        let drug = story.outbound.filter { $0.id == story.tasks("HUMAN_QUEUE").first?.id }
        #expect(drug.map(\.version) == [1, 2, 3])
        #expect(drug.map(\.closes) == [false, true, false])
    }

    @Test("what somebody resolved stays closed while the cause lasts, and is another matter when it comes again")
    func resolved() {
        var story = Self.nowhere()
        guard let task = story.tasks("HUMAN_QUEUE").first?.id else { return }
        let decision = story.tell(.resolved(task, .passedOn), "06-03 11:00")
        #expect(decision.outbound.map { $0.text("outcome") } == ["PASSED_ON"])
        story.tell(.consent(.drugService), "06-03 12:00")
        #expect(story.outbound.filter { $0.id == task }.count == 2)
        #expect(story.outcome(.drugService)?.state == .humanQueue)
        story.record = World.record
        story.tell(.consent(.drugService), "06-03 13:00")
        story.record?.postcode = nil
        story.record?.addressStatus = nil
        story.tell(.consent(.drugService), "06-03 14:00")
        let chain = story.outbound.filter { $0.id == task }
        #expect(chain.map(\.closes) == [false, true, false])
        #expect(chain.map(\.version) == [1, 2, 3])
        let late = story.tell(.resolved(World.uuid(77)), "06-03 15:00")
        #expect(late.dispositions.first?.reason == "TASK_UNKNOWN")
    }

    @Test("a phone task ends when the urgency does")
    func standsDown() {
        var story = ReleaseStories.held()
        story.tell(.released("06-05 09:15"), "06-05 09:15")
        story.wait(until: "06-05 10:30")
        story.tell(.kit(.gate), "06-05 08:40", received: "06-05 10:30")
        #expect(story.drug.last?.headline == "v2 CORRECTION P2")
        #expect(story.closings("PHONE_NOW").count == 1)
        #expect(story.openTasks.isEmpty)
    }

    @Test("a plan that passes is asked about, told stale after three days, and closed by the release")
    func unconfirmed() {
        var story = ReleaseStories.held()
        story.tell(.planned("2026-06-05"), "05-10 09:00")
        story.wait(until: "06-06 10:00")
        #expect(story.tasks("RELEASE_UNCONFIRMED").map(\.destination) == [.prisonTask(PrisonID(unchecked: "MDI"))])
        #expect(story.drug.last?.text("release.status") == "UNCONFIRMED")
        #expect(story.has("RELEASE_UNCONFIRMED"))
        story.wait(until: "06-08 10:00")
        #expect(story.drug.last?.text("release.status") == "STALE")
        #expect(story.drug.last?.kind == .planned, "never released by itself")
        story.tell(.released("06-09 09:15"), "06-09 09:15")
        #expect(story.closings("RELEASE_UNCONFIRMED").count == 1)
        story.wait(until: "06-09 10:00")
        #expect(story.drug.last?.kind == .released)
    }

    @Test("S14: the override task stands while consent is missing, and ends with it or with the thread")
    func override() {
        var story = ReleaseStories.held()
        story.tell(.planned("2026-06-05"), "05-10 09:00")
        story.tell(.consent(.drugService, .withdrawn), "05-20 09:00")
        #expect(story.openTasks.contains("OVERRIDE_DECISION"))
        #expect(story.tasks("OVERRIDE_DECISION").first?.destination == .prisonTask(PrisonID(unchecked: "MDI")))
        var basis = ConsentOverride()
        basis.basis = .vitalInterests
        basis.expiresAt = time("05-21 09:00")
        story.tell(.consent(.drugService, .override) { $0.override = basis }, "05-20 10:00")
        #expect(!story.openTasks.contains("OVERRIDE_DECISION"))
        #expect(story.drug.last?.headline == "v3 PLANNED P4")
        story.wait(until: "05-21 09:00")
        #expect(story.drug.last?.text("reason") == "CONSENT_WITHDRAWN")
        #expect(story.openTasks.contains("OVERRIDE_DECISION"))
    }

    @Test("S18: a kit that somebody else holds too is for the prison to settle")
    func disputed() {
        var story = ReleaseStories.held()
        story.tell(.kit(.gate), "06-02 08:00")
        story.tell(.planned("2026-06-05"), "06-02 09:00")
        story.elsewhere.kitsHeldByOthers = [Label(unchecked: "MDI-26-000123")]
        story.tell(.consent(.drugService), "06-03 09:00")
        #expect(story.openTasks == ["KIT_DISPUTED"])
        #expect(story.tasks("KIT_DISPUTED").first?.text("kitId") == "MDI-26-000123")
        story.elsewhere.kitsHeldByOthers = []
        story.tell(.consent(.drugService), "06-04 09:00")
        #expect(story.openTasks.isEmpty)
    }

    @Test("every code has words, a reader and fields, and only a prison's task may name the person")
    func catalogue() {
        for code in TaskCode.allCases {
            #expect(!code.words.isEmpty && Reason.words(of: code.rawValue) != nil)
            if code.fields.contains("noms") {
                #expect(code.reader == .prison || code.reader == .recipientManagerAndPrison, "\(code)")
            }
        }
    }
}
