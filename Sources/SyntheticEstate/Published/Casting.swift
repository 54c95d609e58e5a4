import FoundationEssentials
import HandoverRules

/// Gives every person a situation, a setting and a story, and turns the story into emissions.
struct Casting {
    let plan: EstatePlan
    private let identities: Identities
    private let covered: [HomeArea]
    private let uncovered: [HomeArea]

    init(_ plan: EstatePlan) {
        self.plan = plan
        identities = Identities(seed: plan.seed)
        covered = plan.areas.filter { $0.drugService != nil }
        uncovered = plan.areas.filter { $0.drugService == nil }
    }

    /// The `index`th story: the person whom it is about, the others who appear in it, and what is published. The first
    /// people show one case each.
    func story(_ index: Int) -> ([SyntheticPerson], [Emission]) {
        var dice = Dice(seed: plan.seed, stream: index)
        let prison = dice.below(plan.prisons.count)
        let coverage = plan.mix.coverage(ofPrison: prison, of: plan.prisons.count)
        let situation =
            index < EstateCase.allCases.count
            ? Situation.showing(EstateCase.allCases[index])
            : Situation.drawn(&dice, plan: plan, kitCoverage: coverage)
        var (people, emissions) = told(situation, index, kitNumber: index, prison, dice)
        if let other = Casting.otherHolder(situation.kit) {
            let number = number(index, 0)
            let (others, more) = told(other, number, kitNumber: index, prison, Dice(seed: plan.seed, stream: number))
            people += others
            emissions += more
        }
        return (people, emissions)
    }

    /// The person who has a kit of the same label, where there is one.
    private static func otherHolder(_ kit: KitStory) -> Situation? {
        guard kit == .disputed || kit == .reissued else { return nil }
        var s = Situation()
        s.kit = kit == .disputed ? .disputed : .returnedToStock
        return s
    }

    /// The `k`th number that belongs to the story of `index` beside its own.
    private func number(_ index: Int, _ k: Int) -> Int { plan.people + 1 + 2 * index + k }

    private func told(
        _ situation: Situation, _ index: Int, kitNumber: Int, _ prison: Int, _ dice: consuming Dice
    ) -> ([SyntheticPerson], [Emission]) {
        let former = (0..<situation.identity.formerNumbers).map { identities.noms(number(index, $0)) }
        let area = area(situation, &dice)
        let setting = Setting(
            plan: plan, prison: situation.atOutsidePrison ? plan.outsidePrison : plan.prisons[prison],
            otherPrison: plan.prisons[(prison + 1) % plan.prisons.count], area: area, otherArea: dice.pick(covered),
            postcode: Identities.postcode(in: area.outcode, &dice), index: index, kitNumber: kitNumber,
            numbers: [identities.noms(index)] + former)
        let register = PeopleRegister(identities: identities, plan: plan)
        let record = situation.hasRecord ? register.record(setting, situation, &dice) : nil
        var cases = situation.cases
        if area.authority.text.hasPrefix("W"), [.own, .family].contains(situation.home) { cases.append(.homeInWales) }
        var story = Story(setting, situation, dice)
        var person = SyntheticPerson(
            noms: setting.numbers[0], formerNumbers: former, record: record, prison: setting.prison,
            cases: cases.sorted(), expected: situation.expected(planWasSent: situation.hasPlan || story.planThenGone))
        var people: [SyntheticPerson] = []
        if situation.identity == .bookingMoved {
            person.formerNumbers = []
            var other = person
            other.noms = former[0]
            other.record = register.record(setting, situation, &story.dice)
            other.expected = situation.expectedOfWrongPerson
            people = [other]
        }
        return ([person] + people, story.emissions())
    }

    private func area(_ situation: Situation, _ dice: inout Dice) -> HomeArea {
        if situation.home == .uncovered, !uncovered.isEmpty { return dice.pick(uncovered) }
        let welsh = covered.filter { $0.authority.text.hasPrefix("W") }
        return dice.pick(situation.inWales && !welsh.isEmpty ? welsh : covered)
    }

    /// Somebody else, assessed long after everything else: harmless, and it moves the clock past every timer.
    func closing(at: Instant) -> (SyntheticPerson, Emission) {
        var dice = Dice(seed: plan.seed, stream: -2)
        let index = max(0, plan.people)
        var p = EligibilityAssessed()
        p.assessment = Label(unchecked: "a-\(index)")
        p.outcome = .notEligible
        p.notEligibleReason = .noOpioidRisk
        let prison = plan.prisons[0]
        let event = Event(
            id: dice.uuid(), subject: identities.noms(index), occurredAt: at - .minutes(5), publishedAt: at,
            receivedAt: at, system: "health-record", sourcePrison: prison, sequence: 1,
            booking: BookingID(unchecked: 10_000_000 + Int64(index)), payload: .eligibilityAssessed(p))
        let record = PeopleRegister(identities: identities, plan: plan).stranger(in: covered[0], &dice)
        let person = SyntheticPerson(
            noms: event.subject, record: record, prison: prison, cases: [.notEligible],
            expected: ExpectedHandovers(drugService: .nothing, supervision: .nothing))
        return (person, Emission(at: at, shape: .cloudEvent(event), fate: .accepted, topicOf: .eligibilityAssessed))
    }
}
