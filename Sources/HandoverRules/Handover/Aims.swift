import FoundationEssentials

/// What one kind of recipient should hold now about one spell.
enum Aim {
    /// Nothing changes: the thread is closed, or waits for a timer.
    case keep
    /// The release hold runs: nothing new leaves; what no longer has consent is stood down all the same.
    case hold(consented: Bool)
    /// Nothing is to be sent, for this reason.
    case suppress(Reason)
    /// Nobody can be named: a human routes.
    case human(HumanQueue)
    /// Whoever was told is to stop.
    case standDown(Reason)
    /// - Parameter assigned: the routing.assigned that named the provider, nil where the rules did.
    case send(ProviderID, assigned: Int?)
}

/// Why a person decides, and what is known for it.
struct HumanQueue {
    var reason: Reason
    var commissioner: ProviderID?
    /// What whoever was told before is told.
    var standDown = Reason.transferOfResponsibility
    /// The routing.assigned that cannot be followed.
    var invalid: Int?
}

/// The aims of one spell.
struct SpellAims {
    var facts: Facts?
    /// The spell's release has happened, and was not undone.
    var released = false
    var area: AuthorityID?
    /// Empty: the spell is closed, nothing of it changes any more.
    var aims: [(kind: RecipientKind, aim: Aim)] = []
    /// When the hold ends, while it runs.
    var holdEndsAt: Instant?
    /// Waits until here whether the prison says more about a release that was undone within its hold.
    var waitsUntil: Instant?
    /// What the aims rest on where no facts do, by event: a stand-down's grounds.
    var grounds: [Int] = []
}

/// Decides what each recipient should hold now: design.md §2, the one obvious place. A class, as ``SpellFold`` is.
final class AimFinder {
    let fold: SpellFold
    let rules: Rulebook
    let record: PersonRecord?
    let now: Instant
    let responses: Responses
    let threads: [HandoverThread]
    let elsewhere: Elsewhere
    /// The death that was reported of the person, nil while alive: no spell is spoken of any more.
    let death: Death?

    init(fold: SpellFold, rules: Rulebook, record: PersonRecord?, state: PersonState, elsewhere: Elsewhere) {
        self.fold = fold
        self.rules = rules
        self.record = record
        self.elsewhere = elsewhere
        responses = Responses(fold)
        now = state.now
        threads = state.threads
        death = Death.find(fold, responses, threads)
    }

    var events: [Event] { fold.events }
    var registers: Registers { fold.registers }

    /// nil where nothing of the spell is to be spoken of.
    func aims(_ spell: Spell) -> SpellAims? {
        if let release = spell.release {
            if isTooLate(release) { return everybody(.suppress(.tooLate), spell) }
            if isClosed(release) { return SpellAims() }
        }
        if let death { return aims(of: death, spell) }
        if spell.ending != nil { return everybody(.standDown(.notCommunity), spell, [spell.otherLeaving]) }
        if let next = spell.nextReception { return returned(spell, next) }
        if let release = spell.release { return aims(of: release, spell) }
        if let plan = livePlan(spell) { return aims(of: plan, spell) }
        if let reversal = spell.reversal { return aims(of: reversal, spell) }
        if let cancelled = spell.plans.last(where: { $0.isCancelled(events) }) {
            return everybody(.standDown(.releaseCancelled), spell, [cancelled.newest])
        }
        if spell.voidedRelease != nil { return everybody(.standDown(.releaseReversed), spell) }
        if let leaving = spell.otherLeaving { return everybody(.suppress(.notCommunity), spell, [leaving]) }
        // Spoken of before, on the ground of events that were voided or turned out to belong to another spell.
        return spell.known == nil ? nil : everybody(.standDown(.releaseCancelled), spell)
    }

    /// Eighty-four days after release a thread is closed (domain.md §8).
    private func isClosed(_ release: Spell.Release) -> Bool {
        London.date(of: now).days(since: London.date(of: release.at)) >= rules.threadClosesDays
    }

    /// Received when its threads would be closed already, or 90 days late (domain.md §12).
    private func isTooLate(_ release: Spell.Release) -> Bool {
        HandoverRules.isTooLate(events[release.event])
            || London.date(of: release.receivedAt).days(since: London.date(of: release.at)) >= rules.threadClosesDays
    }

    /// Nobody is told anything of the dead; what is reported after a death is for a person (domain.md §12).
    private func aims(of death: Death, _ spell: Spell) -> SpellAims {
        let later = death.later(in: fold)
        var queue = HumanQueue(reason: .afterDeath)
        queue.standDown = .died
        return everybody(later == nil ? .standDown(.died) : .human(queue), spell, [death.event, later])
    }

    private func everybody(_ aim: Aim, _ spell: Spell, _ grounds: [Int?] = []) -> SpellAims {
        let date = London.date(of: spell.release?.at ?? now)
        let child = record.map { date.years(since: $0.dateOfBirth) < rules.adultAge } ?? false
        let kinds: [RecipientKind] = child ? [.youthJustice, .youngPeopleDrugService] : [.drugService, .supervision]
        return SpellAims(
            released: spell.release != nil, aims: kinds.map { ($0, aim) }, grounds: grounds.compactMap { $0 })
    }

    private func returned(_ spell: Spell, _ reception: Int) -> SpellAims {
        if spell.isDuplicate { return everybody(.standDown(.merged), spell, [reception]) }
        let back = London.date(of: EventOrder.time(events[reception]))
        if let release = spell.release,
            back.days(since: London.date(of: release.at)) >= rules.threadClosesDays
        {
            return SpellAims()
        }
        return everybody(.standDown(.returnedToCustody), spell, [reception])
    }

    // MARK: Release

    private func aims(of release: Spell.Release, _ spell: Spell) -> SpellAims {
        let endsAt = holdEndsAt(release)
        guard now < endsAt else { return aims(of: finder(spell).facts(of: release), spell) }
        var aims = everybody(.keep, spell, [release.event])
        aims.aims = aims.aims.map { ($0.kind, .hold(consented: consent($0.kind) != nil)) }
        aims.holdEndsAt = endsAt
        if isTold(spell) { aims.area = router(finder(spell).facts(of: release)).area }
        return aims
    }

    /// Nothing that speaks of a release leaves before.
    func holdEndsAt(_ release: Spell.Release) -> Instant {
        release.receivedAt + (registers.prisons[release.prison]?.releaseHold ?? rules.releaseHold)
    }

    private func isTold(_ spell: Spell) -> Bool {
        threads.contains { $0.spell == spell.known?.id && $0.kind != .stoodDown }
    }

    func finder(_ spell: Spell) -> FactFinder {
        FactFinder(fold: fold, spell: spell, record: record, now: now)
    }

    // MARK: Plan

    /// The plan last spoken of that stands. One for the day of a release that was undone, or before, is used up,
    /// unless something was said of it since (domain.md §12: "a date to come").
    private func livePlan(_ spell: Spell) -> Plan? {
        spell.plans.filter { plan in
            guard !plan.isCancelled(events), plan.isInTime(events) else { return false }
            let fields = plan.fields(events)
            guard let date = fields.plannedDate, fields.prison ?? spell.prison != nil else { return false }
            guard let undone = undone(spell, after: plan) else { return true }
            return date > London.date(of: undone)
        }.max { $0.newest < $1.newest }
    }

    /// When the release was that was undone, by a reception or as an error, after the plan was last spoken of.
    private func undone(_ spell: Spell, after plan: Plan) -> Instant? {
        var latest: Instant?
        if let reversal = spell.reversal, plan.newest < reversal.reception { latest = reversal.release.at }
        if let voided = spell.voidedRelease, EventOrder.time(events[plan.newest]) <= voided.at {
            latest = max(latest ?? voided.at, voided.at)
        }
        return latest
    }

    private func aims(of plan: Plan, _ spell: Spell) -> SpellAims? {
        guard let facts = finder(spell).facts(of: plan) else { return nil }
        return aims(of: facts, spell)
    }

    /// The facts of the plan that stands; nil where none does.
    func planFacts(_ spell: Spell) -> Facts? { livePlan(spell).flatMap { finder(spell).facts(of: $0) } }

    /// Undone within the hold: no message leaves, a plan told before stands until it is overdue. Later: whoever was
    /// told is to stop.
    private func aims(of reversal: Spell.Reversal, _ spell: Spell) -> SpellAims {
        let release = reversal.release
        let planned = spell.plans.compactMap { $0.fields(events).plannedDate }.max()
        let until = PlanClock.overdueAt(max(planned ?? .distantPast, London.date(of: release.at)), rules)
        if events[reversal.reception].receivedAt < holdEndsAt(release), now < until, planned != nil {
            var aims = everybody(.keep, spell)
            aims.waitsUntil = until
            return aims
        }
        return everybody(.standDown(.releaseReversed), spell, [reversal.reception])
    }

    // MARK: Recipients

    private func aims(of facts: Facts, _ spell: Spell) -> SpellAims {
        let (router, area) = router(facts)
        let kinds: [RecipientKind] =
            facts.isChild ? [.youthJustice, .youngPeopleDrugService] : [.drugService, .supervision]
        return SpellAims(
            facts: facts, released: facts.released, area: area,
            aims: kinds.map { ($0, aim($0, facts, area, router, spell)) })
    }

    private func router(_ facts: Facts) -> (router: Router, area: AuthorityID?) {
        let router = Router(registers: registers, rules: rules, date: facts.date)
        let area = router.area(
            facts.addresses, localConnection: facts.localConnection, lastHome: record?.lastHomeAuthority,
            office: facts.supervision?.officeCode)
        return (router, area)
    }

    private func aim(
        _ kind: RecipientKind, _ facts: Facts, _ area: AuthorityID?, _ router: Router, _ spell: Spell
    ) -> Aim {
        guard let from = registers.prisons[facts.prison]?.onboardedFrom, from <= facts.date else {
            return .suppress(.notOnboarded)
        }
        switch facts.eligibility {
        case .notAssessed: return .suppress(.notAssessed)
        case .notEligible: return .suppress(.notEligible)
        case .eligible: break
        }
        if kind == .supervision, facts.supervision?.type == SupervisionType.none { return .suppress(.noSupervision) }
        guard consent(kind) != nil else { return .suppress(.noConsent) }
        return Steering(finder: self, spell: spell, kind: kind).aim(facts, area, router)
    }

    /// The consent.recorded that allows a recipient to be told now; nil where none does.
    func consent(_ kind: RecipientKind) -> Int? {
        guard let i = fold.consents[Disclosure.scope(of: kind)],
            case .consentRecorded(let consent) = events[i].payload,
            ConsentRule.allows(consent, occurredAt: EventOrder.time(events[i]), now: now, rules)
        else { return nil }
        return i
    }
}

extension LocalDate {
    static let distantPast = LocalDate(daysSince1970: 0)
}
