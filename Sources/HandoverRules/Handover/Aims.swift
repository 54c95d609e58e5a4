import FoundationEssentials

/// What one kind of recipient should hold now about one spell.
enum Aim {
    /// Nothing changes: the thread is closed, or waits for a timer.
    case keep
    /// The release hold runs: nothing new leaves; what no longer has consent is stood down all the same.
    case hold(consented: Bool)
    /// Nothing is to be sent, for this reason.
    case suppress(String)
    /// Nobody can be named: a human routes, for this reason.
    case human(String, commissioner: ProviderID?)
    /// Whoever was told is to stop.
    case standDown(String)
    case send(ProviderID)
}

/// The aims of one spell.
struct SpellAims {
    var facts: Facts?
    /// The spell's release has happened, and was not undone.
    var released = false
    var area: AuthorityID?
    var aims: [(kind: RecipientKind, aim: Aim)] = []
    /// When the hold ends, while it runs.
    var holdEndsAt: Instant?
    /// Waits until here whether the prison says more about a release that was undone within its hold.
    var waitsUntil: Instant?
}

/// Decides what each recipient should hold now: design.md §2, the one obvious place.
struct AimFinder {
    let fold: SpellFold
    let rules: Rulebook
    let record: PersonRecord?
    let now: Instant
    /// Somebody reported the person dead: no spell is spoken of any more.
    let died: Bool

    private var events: [Event] { fold.events }
    private var registers: Registers { fold.registers }

    /// nil where nothing of the spell is to be spoken of.
    func aims(_ spell: Spell) -> SpellAims? {
        if let release = spell.release {
            if isTooLate(release) { return everybody(.suppress("TOO_LATE"), spell) }
            if isClosed(release) { return SpellAims() }
        }
        if died { return everybody(.standDown("DIED"), spell) }
        if spell.ending != nil { return everybody(.standDown("NOT_COMMUNITY"), spell) }
        if let next = spell.nextReception { return returned(spell, next) }
        if let release = spell.release { return aims(of: release, spell) }
        if let plan = livePlan(spell) { return aims(of: plan, spell) }
        if let reversal = spell.reversal { return aims(of: reversal, spell) }
        if spell.plans.contains(where: { $0.isCancelled(events) }) {
            return everybody(.standDown("RELEASE_CANCELLED"), spell)
        }
        if spell.otherLeaving != nil { return everybody(.suppress("NOT_COMMUNITY"), spell) }
        // Spoken of before, on the ground of events that turned out to belong to another spell.
        return spell.known == nil ? nil : everybody(.standDown("RELEASE_CANCELLED"), spell)
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

    private func everybody(_ aim: Aim, _ spell: Spell) -> SpellAims {
        let date = London.date(of: spell.release?.at ?? now)
        let child = record.map { date.years(since: $0.dateOfBirth) < rules.adultAge } ?? false
        let kinds: [RecipientKind] = child ? [.youthJustice, .youngPeopleDrugService] : [.drugService, .supervision]
        return SpellAims(released: spell.release != nil, aims: kinds.map { ($0, aim) })
    }

    private func returned(_ spell: Spell, _ reception: Int) -> SpellAims {
        let back = London.date(of: EventOrder.time(events[reception]))
        if let release = spell.release,
            back.days(since: London.date(of: release.at)) >= rules.threadClosesDays
        {
            return SpellAims()
        }
        return everybody(.standDown("RETURNED_TO_CUSTODY"), spell)
    }

    // MARK: Release

    private func aims(of release: Spell.Release, _ spell: Spell) -> SpellAims {
        let hold = registers.prisons[release.prison]?.releaseHold ?? rules.releaseHold
        let endsAt = release.receivedAt + hold
        if now < endsAt {
            var aims = everybody(.keep, spell)
            aims.aims = aims.aims.map { ($0.kind, .hold(consented: isConsented($0.kind))) }
            aims.holdEndsAt = endsAt
            return aims
        }
        return aims(of: finder(spell).facts(of: release))
    }

    private func finder(_ spell: Spell) -> FactFinder {
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
            guard let reversal = spell.reversal, plan.newest < reversal.reception else { return true }
            return date > London.date(of: reversal.release.at)
        }.max { $0.newest < $1.newest }
    }

    private func aims(of plan: Plan, _ spell: Spell) -> SpellAims? {
        guard let facts = finder(spell).facts(of: plan) else { return nil }
        return aims(of: facts)
    }

    /// Undone within the hold: no message leaves, a plan told before stands until it is overdue. Later: whoever was
    /// told is to stop.
    private func aims(of reversal: Spell.Reversal, _ spell: Spell) -> SpellAims {
        let release = reversal.release
        let hold = registers.prisons[release.prison]?.releaseHold ?? rules.releaseHold
        let planned = spell.plans.compactMap { $0.fields(events).plannedDate }.max()
        let until = PlanClock.overdueAt(max(planned ?? .distantPast, London.date(of: release.at)), rules)
        if events[reversal.reception].receivedAt < release.receivedAt + hold, now < until, planned != nil {
            var aims = everybody(.keep, spell)
            aims.waitsUntil = until
            return aims
        }
        return everybody(.standDown("RELEASE_REVERSED"), spell)
    }

    // MARK: Recipients

    private func aims(of facts: Facts) -> SpellAims {
        let router = Router(registers: registers, rules: rules, date: facts.date)
        let area = router.area(
            facts.addresses, localConnection: facts.localConnection, lastHome: record?.lastHomeAuthority,
            office: facts.supervision?.officeCode)
        let kinds: [RecipientKind] =
            facts.isChild ? [.youthJustice, .youngPeopleDrugService] : [.drugService, .supervision]
        return SpellAims(
            facts: facts, released: facts.released, area: area, aims: kinds.map { ($0, aim($0, facts, area, router)) })
    }

    private func aim(_ kind: RecipientKind, _ facts: Facts, _ area: AuthorityID?, _ router: Router) -> Aim {
        guard let from = registers.prisons[facts.prison]?.onboardedFrom, from <= facts.date else {
            return .suppress("NOT_ONBOARDED")
        }
        switch facts.eligibility {
        case .notAssessed: return .suppress("NOT_ASSESSED")
        case .notEligible: return .suppress("NOT_ELIGIBLE")
        case .eligible: break
        }
        if kind == .supervision, facts.supervision?.type == SupervisionType.none { return .suppress("NO_SUPERVISION") }
        guard isConsented(kind) else { return .suppress("NO_CONSENT") }
        guard let area else { return .human("AREA_UNKNOWN", commissioner: nil) }
        let route: Router.Route =
            switch kind {
            case .drugService: router.drugService(area, .drugService, .adult)
            case .youngPeopleDrugService: router.drugService(area, .youngPeopleDrugService, .child)
            case .supervision: router.supervision(area, facts.supervision)
            case .youthJustice: router.youthJustice(area)
            }
        switch route {
        case .to(let provider): return .send(provider)
        case .nobody(let commissioner): return .human("NO_PROVIDER", commissioner: commissioner)
        case .human: return .human("ROUTE_UNDECIDED", commissioner: nil)
        }
    }

    private func isConsented(_ kind: RecipientKind) -> Bool {
        guard let i = fold.consents[Disclosure.scope(of: kind)],
            case .consentRecorded(let consent) = events[i].payload
        else { return false }
        return ConsentRule.allows(consent, occurredAt: EventOrder.time(events[i]), now: now, rules)
    }
}

extension LocalDate {
    static let distantPast = LocalDate(daysSince1970: 0)
}
