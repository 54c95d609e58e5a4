import FoundationEssentials

/// Everything that a spell's handovers are made from, before anybody's disclosure is applied. All of it is judged at
/// the release date; only the kit's doubt moves with time (domain.md §7.3).
struct Facts {
    var released: Bool
    /// The release date, or the planned one.
    var date: LocalDate
    var releasedAt: Instant?
    var prison: PrisonID
    var reason: ReleaseReason?
    var isPlanned: Bool
    /// A plan whose date passed without a release (RELEASE_UNCONFIRMED).
    var isOverdue = false
    /// Nobody answered for that plan in three days.
    var isStale = false
    /// The events that all this was read from, the release or plan first.
    var sources: [Int] = []
    var addresses: [ReleaseAddress]
    var supervision: Supervision?
    var appointment: Appointment?
    var localConnection: AuthorityID?
    var eligibility: Eligibility
    var assessment: EligibilityAssessed?
    var kit: KitFacts
    var training: TrainingFacts
    /// Reasons of refusals that still stand, sorted.
    var refusals: [RefusalReason]
    var thnState: ThnState
    var positiveUntreated: Bool
    var isChild: Bool
    var record: PersonRecord?
    /// How many days a detoxification is recent (``Rulebook/recentDetoxDays``).
    var recentDetoxDays: Int
    /// Other prison numbers of the person, from merges; the subject's own may be among them.
    var mergedNumbers: [NomsNumber]

    enum Eligibility { case eligible, notEligible, notAssessed }

    var nfa: Bool {
        guard let address = addresses.first else { return false }
        return address.status == .noFixedAbode || address.postcode == .noFixedAbode
    }

    var recentOverdose: Bool { assessment?.overdoseSelf == .withinAYear }
    var onOst: Bool { assessment?.onOst ?? false }
    var recentDetox: Bool {
        guard let detox = assessment?.detoxCompletedOn else { return false }
        return (0...recentDetoxDays).contains(date.days(since: detox))
    }
}

/// Reads the facts of one spell out of the fold.
struct FactFinder {
    let fold: SpellFold
    let spell: Spell
    let record: PersonRecord?
    let now: Instant

    private var events: [Event] { fold.events }

    /// The facts of a release that happened.
    func facts(of release: Spell.Release) -> Facts {
        let date = London.date(of: release.at)
        let plan = planBehind(release, date)
        let fields = plan?.fields(events) ?? PlanFields()
        let address: ReleaseAddress? = release.first(events) { $0.address }
        var facts = common(date, fields, [address, fields.address].compactMap { $0 })
        facts.sources = [release.event] + release.repeats + (plan?.events.map(\.event) ?? []) + facts.sources
        facts.released = true
        facts.releasedAt = release.at
        facts.prison = release.prison
        facts.reason = reason(release) ?? fields.releaseReason
        facts.isPlanned = spell.plans.contains { isLive($0, at: date) && wasNoticed($0, release.at) }
        if let plan, !isLive(plan, at: date) { facts.appointment = nil }
        return facts
    }

    /// The facts of a plan, judged at its date; nil while the date or the prison is not known.
    func facts(of plan: Plan) -> Facts? {
        let fields = plan.fields(events)
        guard let date = fields.plannedDate, let prison = fields.prison ?? spell.prison else { return nil }
        var facts = common(date, fields, [fields.address].compactMap { $0 })
        facts.sources = plan.events.map(\.event) + facts.sources
        facts.prison = prison
        facts.reason = fields.releaseReason
        facts.isOverdue = now >= PlanClock.overdueAt(date, fold.rules)
        facts.isStale = facts.isOverdue && now >= PlanClock.staleAt(date, fold.rules)
        return facts
    }

    /// The facts of a person who is held, judged on a date.
    func facts(heldOn date: LocalDate) -> Facts { common(date, PlanFields(), []) }

    private func common(_ date: LocalDate, _ fields: PlanFields, _ stated: [ReleaseAddress]) -> Facts {
        let (eligibility, assessed) = assess(date)
        let assessment = assessed.flatMap(assessment(at:))
        let judge = TrainingJudge(events: events, spell: spell)
        var addresses = stated
        if let record, addresses.isEmpty, record.postcode != nil || record.addressStatus != nil {
            var own = ReleaseAddress()
            own.postcode = record.postcode
            own.status = record.addressStatus ?? .unknown
            addresses.append(own)
        }
        let untreated = spell.positiveTestAt.map {
            date.days(since: London.date(of: $0)) >= fold.rules.untreatedPositiveDays
        }
        var facts = Facts(
            released: false, date: date, releasedAt: nil, prison: .blank, reason: nil, isPlanned: true,
            addresses: addresses, supervision: fields.supervision, appointment: fields.appointment,
            localConnection: fields.localConnection, eligibility: eligibility, assessment: assessment,
            kit: KitJudge(
                events: events, spell: spell, now: now, date: date, rules: fold.rules, disputed: fold.kitsHeldByOthers
            ).facts(), training: judge.training(), refusals: judge.refusals(), thnState: judge.state(eligibility),
            positiveUntreated: (untreated ?? false) && !(assessment?.onOst ?? false),
            isChild: record.map { date.years(since: $0.dateOfBirth) < fold.rules.adultAge } ?? false, record: record,
            recentDetoxDays: fold.rules.recentDetoxDays, mergedNumbers: fold.mergedNumbers)
        facts.sources = health(assessed)
        return facts
    }

    /// What the health facts rest on.
    private func health(_ assessed: Int?) -> [Int] {
        var indices = assessed.map { [$0] } ?? []
        for kit in spell.kits { indices += [kit.issue] + [kit.collected, kit.confirmed].compactMap { $0 } + kit.ends }
        return indices + spell.trainings + spell.refusals
    }

    private func assessment(at i: Int) -> EligibilityAssessed? {
        if case .eligibilityAssessed(let p) = events[i].payload { p } else { nil }
    }

    /// The spell's own newest assessment; without one the person's newest of the last 12 months; without that a kit or
    /// a training implies one (domain.md §3, §12).
    func assess(_ date: LocalDate) -> (eligibility: Facts.Eligibility, assessment: Int?) {
        let own = spell.assessments.last { isDefinite($0) }
        let carried = own ?? fold.assessments.last { isDefinite($0) && isCarried($0, to: date) }
        guard let found = carried else {
            let isImplied =
                spell.kits.contains { spell.heeds(events[$0.issue]) }
                || spell.trainings.contains { spell.heeds(events[$0]) }
            return (isImplied ? .eligible : .notAssessed, nil)
        }
        return (assessment(at: found)?.outcome == .eligible ? .eligible : .notEligible, found)
    }

    private func isDefinite(_ i: Int) -> Bool {
        guard case .eligibilityAssessed(let p) = events[i].payload else { return false }
        return p.outcome != .unable && spell.heeds(events[i])
    }

    private func isCarried(_ i: Int, to date: LocalDate) -> Bool {
        let days = date.days(since: London.date(of: EventOrder.time(events[i])))
        return (0...fold.rules.assessmentHoldsDays).contains(days)
    }

    /// The plan named by the release, else the newest that still stood, else the newest.
    private func planBehind(_ release: Spell.Release, _ date: LocalDate) -> Plan? {
        if let named: Label = release.first(events, { $0.plan }),
            let plan = spell.plans.first(where: { $0.id == named })
        {
            return plan
        }
        return spell.plans.max {
            let a = isLive($0, at: date), b = isLive($1, at: date)
            return a != b ? b : $0.newest < $1.newest
        }
    }

    /// Not cancelled, or cancelled although the person left as planned: that cancellation was wrong (domain.md S4).
    private func isLive(_ plan: Plan, at date: LocalDate) -> Bool {
        guard plan.isCancelled(events) else { return true }
        guard let planned = plan.fields(events).plannedDate else { return false }
        return abs(planned.days(since: date)) <= fold.rules.staleCancelDays
    }

    private func wasNoticed(_ plan: Plan, _ releasedAt: Instant) -> Bool {
        plan.firstOccurredAt(events).map { $0 <= releasedAt - fold.rules.planNoticeMin } ?? false
    }

    /// The reason stated where it is a community one, else the movement reason's.
    private func reason(_ release: Spell.Release) -> ReleaseReason? {
        let code: MovementReasonCode? = release.first(events) { $0.movementReason }
        let known = code.flatMap { fold.registers.movementReason($0, .out) }
        let stated: ReleaseReason? = release.first(events) { $0.releaseReason }
        if let stated, Leaving.of(reason: stated) == .community { return stated }
        if let byCode = known?.releaseReason { return byCode }
        return code == nil && stated == nil ? nil : .other
    }
}
