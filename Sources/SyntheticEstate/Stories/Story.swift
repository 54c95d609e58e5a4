import HandoverRules

/// Tells one person's time in custody as the events that prison systems publish about it.
///
/// What happened before the simulation starts is published in its first night, between 00:05 and 06:00, as a prison
/// does that joins; the rest minutes after it happens.
struct Story {
    let setting: Setting
    let situation: Situation
    var dice: Dice
    var drafts: [Draft] = []

    /// The last moment of custody, or the planned one where nobody leaves.
    private(set) var leftAt: Instant
    private(set) var releaseDate: LocalDate
    private let custodyDays: Int

    init(_ setting: Setting, _ situation: Situation, _ dice: Dice) {
        self.setting = setting
        self.situation = situation
        self.dice = dice
        releaseDate = Story.releaseDate(setting.plan, situation, &self.dice)
        leftAt = Story.moment(on: releaseDate, setting.plan.mix, situation, &self.dice)
        let range = self.dice.pick(setting.plan.mix.custodyDays)
        // The Friday rule is for people who served 28 days and more (domain.md §5).
        custodyDays = situation.exit == .dateMoved ? max(40, self.dice.within(range)) : self.dice.within(range)
        tell()
    }

    private mutating func tell() {
        reception()
        if situation.assessment != .missing { assessment() }
        consents()
        kit()
        if situation.hasPlan || planThenGone { plan() }
        if situation.consentWithdrawn { withdrawal() }
        leaving()
    }

    /// Somebody who dies or is moved away may have had a plan: a recipient must then be stood down.
    var planThenGone: Bool {
        [.died, .secureHospital, .removal].contains(situation.exit) && setting.index.isMultiple(of: 2)
    }

    private mutating func reception() {
        var p = CustodyReceived()
        p.prison = setting.prison
        p.reason = .admission
        let remand = situation.exit == .atCourt
        p.movementReason = MovementReasonCode(unchecked: remand ? "N" : "I")
        p.legalStatus = remand ? .remand : .sentenced
        p.opioidTest = situation.assessment == .eligible ? dice.pick([.positive, .positive, .notDone]) : .negative
        before(days: custodyDays, .custodyReceived(p), system: "nomis-feed")
    }

    private mutating func assessment() {
        var p = EligibilityAssessed()
        p.assessment = setting.label("a")
        p.wingRegime = dice.pick([.general, .general, .ostWing, .recoveryWing])
        if situation.assessment == .notEligible {
            p.outcome = .notEligible
            p.notEligibleReason = .noOpioidRisk
        } else {
            p.outcome = .eligible
            p.onOst = dice.chance(0.5)
            p.ostMedicine = p.onOst ? dice.pick([.methadone, .buprenorphine]) : nil
            p.criteria = [p.onOst ? .onOst : .recentUse, .injecting]
            p.overdoseSelf = dice.pick([.never, .never, .overAYear, .withinAYear, .unknown])
            p.overdoseWitnessed = dice.chance(0.73)
            p.mixedUse = dice.chance(0.4)
            p.detoxCompletedOn = p.onOst || !dice.chance(0.2) ? nil : day(before: dice.within(8...20))
        }
        before(days: min(custodyDays, 25) - 2, .eligibilityAssessed(p), system: "health-record")
    }

    private mutating func consents() {
        consent(.drugService, situation.drugServiceConsent)
        consent(.supervision, situation.supervisionConsent)
    }

    private mutating func consent(_ scope: ConsentScope, _ state: ConsentState) {
        // Never having been asked leaves no record.
        guard state != .notAsked else { return }
        before(days: min(custodyDays, 25) - 3, .consentRecorded(Story.consent(scope, state)), system: "health-record")
    }

    private mutating func withdrawal() {
        let at = min(leftAt - .hours(1), setting.plan.start + .hours(7))
        live(at, .consentRecorded(Story.consent(.drugService, .withdrawn)), system: "health-record")
    }

    static func consent(_ scope: ConsentScope, _ state: ConsentState) -> ConsentRecorded {
        var p = ConsentRecorded()
        p.scope = scope
        p.state = state
        p.method = .written
        p.capacity = true
        return p
    }

    /// Something that happened `days` before the start, in working hours.
    mutating func before(days: Int, _ payload: Payload, system: String) {
        let date = day(before: max(1, days))
        let at = London.instant(date, at: .minutes(Int64(dice.within(540...990))))
        drafts.append(Draft(occurredAt: at, publishedAt: nil, payload: payload, system: system))
    }

    /// Something that happens while the simulation runs, published one to five minutes later.
    mutating func live(_ at: Instant, _ payload: Payload, system: String, delay: Span? = nil) {
        let published = at + (delay ?? .seconds(Int64(dice.within(60...300))))
        drafts.append(Draft(occurredAt: at, publishedAt: published, payload: payload, system: system))
    }

    func day(before days: Int) -> LocalDate { London.date(of: setting.plan.start).adding(days: -days) }

    private static func releaseDate(_ plan: EstatePlan, _ situation: Situation, _ dice: inout Dice) -> LocalDate {
        let first = London.date(of: plan.start)
        let days = (0..<max(1, plan.days)).map { first.adding(days: $0) }
        if situation.exit == .dateMoved, let thursday = days.last(where: { $0.weekday == 4 }) { return thursday }
        return dice.pick(days.map { Weighted($0, plan.mix.weekdays[$0.weekday - 1]) })
    }

    private static func moment(
        on date: LocalDate, _ mix: ReleaseMix, _ situation: Situation, _ dice: inout Dice
    ) -> Instant {
        let hour: Int =
            switch situation.exit {
            case .atCourt: dice.within(mix.courtHours)
            // Early enough that the return falls on the same local date.
            case .backWithinHold, .backAfterHold, .temporaryAbsence, .courtMovement: dice.within(8...10)
            default: dice.pick(mix.gateHours)
            }
        return London.instant(date, at: .minutes(Int64(hour * 60 + dice.below(60))))
    }
}
