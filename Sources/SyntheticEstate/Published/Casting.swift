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

    /// The `index`th person and what is published about them. The first people show one case each.
    func person(_ index: Int) -> (SyntheticPerson, [Emission]) {
        var dice = Dice(seed: plan.seed, stream: index)
        let prisonIndex = dice.below(plan.prisons.count)
        let coverage = plan.mix.coverage(ofPrison: prisonIndex, of: plan.prisons.count)
        let situation =
            index < EstateCase.allCases.count
            ? Situation.showing(EstateCase.allCases[index])
            : Situation.drawn(&dice, plan: plan, kitCoverage: coverage)
        let prison = situation.atOutsidePrison ? plan.outsidePrison : plan.prisons[prisonIndex]
        let area = situation.home == .uncovered && !uncovered.isEmpty ? dice.pick(uncovered) : dice.pick(covered)
        let setting = Setting(
            plan: plan, prison: prison, area: area, otherArea: dice.pick(covered),
            postcode: Identities.postcode(in: area.outcode, &dice), index: index)
        let record = situation.hasRecord ? record(setting, situation, &dice) : nil
        var story = Story(setting, situation, dice)
        let person = SyntheticPerson(
            noms: identities.noms(index), record: record, prison: prison, cases: situation.cases,
            expected: situation.expected(planWasSent: situation.hasPlan || story.planThenGone))
        return (person, emissions(&story, person.noms))
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
            booking: BookingID(unchecked: 1_200_000 + Int64(index)), payload: .eligibilityAssessed(p))
        var record = PersonRecord(name: InventedNames.name(&dice), dateOfBirth: Casting.birth(&dice))
        record.postcode = Identities.postcode(in: covered[0].outcode, &dice)
        let person = SyntheticPerson(
            noms: event.subject, record: record, prison: prison, cases: [.notEligible],
            expected: ExpectedHandovers(drugService: .nothing, supervision: .nothing))
        return (person, Emission(at: at, shape: .cloudEvent(event), fate: .accepted, topicOf: .eligibilityAssessed))
    }

    private func record(_ setting: Setting, _ situation: Situation, _ dice: inout Dice) -> PersonRecord {
        var record = PersonRecord(name: InventedNames.name(&dice), dateOfBirth: Casting.birth(&dice))
        record.crn = identities.crn(setting.index)
        record.nhsNumber = identities.nhs(setting.index)
        record.language = "en"
        switch situation.home {
        case .own, .uncovered, .family:
            record.postcode = setting.postcode
            record.addressStatus = situation.home == .family ? .family : .own
            record.lastHomeAuthority = setting.area.authority
        case .localConnection: record.lastHomeAuthority = setting.otherArea.authority
        case .lastHome: record.lastHomeAuthority = setting.area.authority
        case .nothingKnown: break
        }
        if record.addressStatus == nil { record.addressStatus = .noFixedAbode }
        return record
    }

    /// Between 19 and 64 years old in 2026: everybody is an adult.
    private static func birth(_ dice: inout Dice) -> LocalDate {
        // 1962-01-01 is day -2922 of 1970.
        LocalDate(daysSince1970: Int32(-2922 + dice.below(45 * 365)))
    }

    private func emissions(_ story: inout Story, _ noms: NomsNumber) -> [Emission] {
        let setting = story.setting
        let drafts = story.drafts.enumerated()
            .sorted { ($0.element.occurredAt, $0.offset) < ($1.element.occurredAt, $1.offset) }.map(\.element)
        let night = firstNight(drafts.count { $0.publishedAt == nil }, story.situation.outOfOrder, &story.dice)
        var next = 0
        return drafts.enumerated().map { index, draft in
            let published = draft.publishedAt ?? night[next]
            if draft.publishedAt == nil { next += 1 }
            let event = Event(
                id: story.dice.uuid(), subject: noms, occurredAt: draft.occurredAt, publishedAt: published,
                receivedAt: published, system: draft.system,
                sourcePrison: draft.telling == .cloudEvent ? setting.prison : nil,
                sequence: draft.telling == .cloudEvent ? Int64(index + 1) : nil,
                booking: draft.telling == .cloudEvent ? BookingID(unchecked: 1_200_000 + Int64(setting.index)) : nil,
                payload: draft.payload)
            return Emission(
                at: published, shape: Casting.shape(event, draft.telling, &story.dice), fate: .accepted,
                topicOf: event.payload.type)
        }
    }

    private static func shape(
        _ event: Event, _ telling: Situation.Telling, _ dice: inout Dice
    ) -> Emission.Shape {
        let inSNS = telling == .hmppsInSNS
        guard telling != .cloudEvent,
            let record = HmppsWriting.record(event, inSNS: inSNS, messageID: dice.uuid().uuidString.lowercased())
        else { return .cloudEvent(event) }
        return .hmpps(record, means: event)
    }

    /// Moments between 00:05 and 06:00 of the first day: rising, or falling for somebody told out of order.
    private func firstNight(_ count: Int, _ outOfOrder: Bool, _ dice: inout Dice) -> [Instant] {
        let moments = (0..<count).map { _ in plan.start + .seconds(Int64(dice.within(300...21_600))) }
        return outOfOrder ? moments.sorted(by: >) : moments.sorted()
    }
}
