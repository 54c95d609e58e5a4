import FoundationEssentials
import HandoverRules
import SyntheticEstate
import Testing

@Suite("rules: recipients of the estate answer")
struct AnswerTests {
    private let sentAt = EstatePlan.thursday + .hours(10)

    private func handover(
        _ n: UInt64, _ kind: HandoverKind = .released, _ recipient: RecipientKind = .drugService, version: Int = 1,
        priority: Priority? = .p2, kit: String = "NO"
    ) -> SeenHandover {
        var dice = Dice(seed: n)
        return SeenHandover(
            id: dice.uuid(), version: version, kind: kind, priority: priority,
            recipient: Recipient(kind: recipient, provider: Label(unchecked: "prov-leeds")), sentAt: sentAt,
            ackDueAt: sentAt + .hours(7), releasedAt: kind == .planned ? nil : sentAt - .hours(1), kitAtRelease: kit,
            keyMessages: ["KM-02", "KM-03", "KM-12"].map { Label(unchecked: $0) })
    }

    private func answers(_ kind: HandoverKind, _ recipient: RecipientKind) -> [Event] {
        (0..<2_000).flatMap { CommunityWorker(seed: 9).responses(to: handover($0, kind, recipient)) }
    }

    @Test("the same version is answered alike, another seed answers otherwise")
    func pure() {
        let all = (0..<200 as Range<UInt64>).map { handover($0) }
        let a = all.map { CommunityWorker(seed: 3).responses(to: $0) }
        #expect(a == all.map { CommunityWorker(seed: 3).responses(to: $0) })
        #expect(a != all.map { CommunityWorker(seed: 4).responses(to: $0) })
        let ids = a.flatMap { $0 }.map(\.id)
        #expect(Set(ids).count == ids.count)
    }

    @Test("every answer of domain.md §8 occurs, in time, late, out of area and not at all")
    func acknowledgements() {
        var late = 0, inTime = 0, outOfArea = 0
        for event in answers(.released, .drugService) {
            guard case .handoverAcknowledged(let p) = event.payload else { continue }
            if p.rejectReason == .outOfArea {
                outOfArea += 1
            } else if p.ackAt > sentAt + .hours(7) {
                late += 1
            } else {
                inTime += 1
            }
        }
        #expect((1_500...1_700).contains(inTime) && (150...250).contains(late) && (20...70).contains(outOfArea))
        #expect(answers(.stoodDown, .drugService).isEmpty)
        #expect(answers(.planned, .drugService).allSatisfy { $0.payload.type == .handoverAcknowledged })
        #expect(
            !answers(.released, .supervision).contains { event in
                if case .handoverAcknowledged(let p) = event.payload { p.decision == .rejected } else { false }
            })
    }

    @Test("somebody meets half of those released, reinforces what was asked, and gives a first kit")
    func engagements() {
        var started = 0, firstSupply = 0, reinforced: Set<Label> = [], outcomes: Set<EngagementOutcome> = []
        for event in answers(.released, .drugService) {
            guard case .engagementRecorded(let p) = event.payload else { continue }
            outcomes.insert(p.outcome)
            reinforced.formUnion(p.reinforced)
            if p.outcome == .treatmentStarted { started += 1 }
            if p.kitSeen == .firstSupply { firstSupply += 1 }
            #expect(p.at > sentAt - .hours(1) && p.at < sentAt + .days(21))
        }
        #expect((950...1_150).contains(started) && firstSupply > 400)
        #expect(reinforced.count == 3)
        #expect(outcomes.isSuperset(of: [.didNotAttend, .uncontactable, .declined, .moved, .died]))
    }

    @Test("answers are fit to be published", arguments: [RecipientKind.drugService, .supervision])
    func valid(recipient: RecipientKind) throws {
        for event in answers(.released, recipient) {
            var check = FieldCheck()
            try event.payload.visit(&check)
            #expect(event.occurredAt <= event.publishedAt && event.sourcePrison == nil)
        }
    }

    @Test("a phone call is noted as made more often than not, nothing else is")
    func desk() {
        let desk = DutyDesk(seed: 2)
        func task(_ n: UInt64, _ code: String) -> SeenTask {
            var dice = Dice(seed: n)
            return SeenTask(id: dice.uuid(), code: code, sentAt: sentAt, dueAt: sentAt)
        }
        #expect((650...750).contains((0..<1_000).count { desk.resolution(of: task($0, "PHONE_NOW")) != nil }))
        #expect((0..<100).allSatisfy { desk.resolution(of: task($0, "HUMAN_QUEUE")) == nil })
    }
}
