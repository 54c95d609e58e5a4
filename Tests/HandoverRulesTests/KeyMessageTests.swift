import HandoverRules
import Testing

@Suite("rules: key messages") struct KeyMessageTests {
    private func choose(_ audience: Audience, _ holding: KeyMessageTriggers) -> [String] {
        KeyMessageCatalogue.builtIn.choose(audience, holding, .standard).map(\.id)
    }

    @Test("the example of the specification: no kit, needles feared, nasal stocked")
    func example() {
        #expect(
            choose(.drugService, [.eligible, .kitWanting, .needleFear]) == [
                "KM-02", "KM-03", "KM-04", "KM-12", "KM-09",
            ])
        #expect(
            choose(.supervision, [.eligible, .kitWanting, .needleFear, .consentGiven]) == [
                "KM-02", "KM-03", "KM-12", "KM-19",
            ])
    }

    @Test("two refusals at most come first; the rest fills up to five, in table order")
    func twoRefusals() {
        let holding: KeyMessageTriggers = [
            .eligible, .kitWanting, .needleFear, .highMyth, .clinicalOnly, .withdrawalFear, .strongOpioids,
        ]
        #expect(choose(.drugService, holding) == ["KM-02", "KM-03", "KM-04", "KM-07", "KM-09"])
    }

    @Test("no refusal, alone or with all others, gives a supervisor a message it would not have had without")
    func supervisorsLearnNothing() {
        let plain: KeyMessageTriggers = [.eligible, .kitHeld, .kitWanting, .consentGiven]
        for others in [[], plain] as [KeyMessageTriggers] {
            let without = choose(.supervision, others)
            #expect(choose(.supervision, others.union(.refusals)) == without)
        }
        #expect(choose(.supervision, [.policeFear]).isEmpty)
        #expect(choose(.drugService, [.policeFear]) == ["KM-01"])
    }

    @Test("no message reaches an audience it is not for")
    func audiences() {
        let all = KeyMessageTriggers(rawValue: .max)
        for audience in [Audience.person, .drugService, .supervision, .prisonStaff, .governor] {
            for message in KeyMessageCatalogue.builtIn.choose(audience, all, .standard) {
                #expect(!message.audience.isDisjoint(with: audience), "\(message.id)")
            }
        }
    }

    @Test("every message has an id of its own and words")
    func table() {
        let messages = KeyMessageCatalogue.builtIn.messages
        #expect(messages.count == 22)
        #expect(Set(messages.map(\.id)).count == messages.count)
        #expect(messages.allSatisfy { !$0.wording.isEmpty && !$0.triggers.isEmpty && !$0.audience.isEmpty })
        #expect(Set(ActionCode.allCases.map(\.wording)).count == ActionCode.allCases.count)
    }
}
