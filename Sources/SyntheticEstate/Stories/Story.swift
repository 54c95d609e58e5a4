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
    let leftAt: Instant
    let releaseDate: LocalDate
    let custodyDays: Int
    /// When the person came from the other prison; nil for who was never transferred.
    let transferredAt: Instant?
    /// When two numbers became one, or the booking was moved; nil for who was always known by one number.
    let identifiedAt: Instant?

    init(_ setting: Setting, _ situation: Situation, _ dice: Dice) {
        self.setting = setting
        self.situation = situation
        self.dice = dice
        let plan = setting.plan
        releaseDate = Story.releaseDate(plan, situation, &self.dice)
        leftAt = Story.moment(on: releaseDate, plan.mix, situation, &self.dice)
        let range = self.dice.pick(plan.mix.custodyDays)
        // The Friday rule is for people who served 28 days and more (domain.md §5).
        custodyDays = situation.exit == .dateMoved ? max(40, self.dice.within(range)) : self.dice.within(range)
        let afternoon = London.instant(London.date(of: plan.start).adding(days: -4), at: .hours(14))
        let morning = plan.start + .minutes(Int64(self.dice.within(395...415)))
        transferredAt =
            switch situation.transfer {
            case .none: nil
            case .announced, .unannounced: afternoon
            case .reportedLate: leftAt - .hours(3)
            }
        identifiedAt =
            switch situation.identity {
            case .one: nil
            case .mergedAfter: leftAt + .minutes(Int64(self.dice.within(120...300)))
            default: morning
            }
        tell()
    }

    private mutating func tell() {
        reception()
        transfer()
        if situation.assessment != .missing { assessment() }
        consents()
        training()
        kit()
        if situation.hasPlan || planThenGone { plan() }
        if situation.home == .routedByHand { routing() }
        identity()
        leaving()
        corrections()
    }

    /// Somebody who dies or is moved away may have had a plan: a recipient must then be stood down.
    var planThenGone: Bool { situation.gone && setting.index.isMultiple(of: 2) }

    private mutating func reception() {
        var p = CustodyReceived()
        p.reason = .admission
        let remand = situation.exit == .atCourt
        p.movementReason = MovementReasonCode(unchecked: remand ? "N" : "I")
        p.legalStatus = remand ? .remand : .sentenced
        p.opioidTest = situation.assessment == .eligible ? dice.pick([.positive, .positive, .notDone]) : .negative
        p.prison = transferredAt == nil ? setting.prison : setting.otherPrison
        before(days: custodyDays, .custodyReceived(p), system: "nomis-feed")
    }

    /// Something that happened `days` before the start, in working hours.
    mutating func before(days: Int, _ payload: Payload, system: String) {
        let date = day(before: max(1, days))
        add(London.instant(date, at: .minutes(Int64(dice.within(540...990)))), nil, payload, system)
    }

    /// Something that happens while the simulation runs, published one to five minutes later.
    mutating func live(_ at: Instant, _ payload: Payload, system: String, delay: Span? = nil) {
        add(at, at + (delay ?? .seconds(Int64(dice.within(60...300)))), payload, system)
    }

    private mutating func add(_ at: Instant, _ published: Instant?, _ payload: Payload, _ system: String) {
        drafts.append(
            Draft(
                occurredAt: at, publishedAt: published, payload: payload, system: system,
                prison: Story.prison(named: payload) ?? prison(at: at), number: number(at: at)))
    }

    /// The prison that holds the person.
    func prison(at: Instant) -> PrisonID {
        guard let transferredAt, at < transferredAt else { return setting.prison }
        return setting.otherPrison
    }

    /// A prison may speak only for itself: the one that the event names publishes it.
    private static func prison(named payload: Payload) -> PrisonID? {
        switch payload {
        case .custodyReceived(let p): p.prison
        case .custodyMovedOut(let p): p.from
        case .custodyEndedOther(let p): p.prison
        case .releasePlanned(let p): p.fields.prison
        case .releaseChanged(let p): p.fields.prison
        case .releaseActual(let p): p.prison
        case .kitConfirmed(let p): p.prison
        default: nil
        }
    }

    /// The prison number that is known then.
    private func number(at: Instant) -> PrisonNumber {
        guard let identifiedAt, at < identifiedAt, situation.identity.formerNumbers > 0 else { return .own }
        return .former(situation.identity.formerNumbers - 1)
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
            case .backWithinHold, .backAfterHold, .voided, .temporaryAbsence, .courtMovement: dice.within(8...10)
            default: dice.pick(mix.gateHours)
            }
        return London.instant(date, at: .minutes(Int64(hour * 60 + dice.below(60))))
    }
}
