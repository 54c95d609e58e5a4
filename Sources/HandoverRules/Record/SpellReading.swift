import FoundationEssentials

// One spell's row: what was so at its release, or is so now.

extension RecordReading {
    func spell(_ index: Int) -> SpellRow {
        let spell = fold.spells[index], id = self.id(spell)
        let mine = threads.filter { $0.spell == id }
        let facts = self.facts(of: spell)
        let assessments = spell.assessments.filter { outcome($0) != nil }
        let offers = spell.offers, last = assessments.last
        let release: SpellRow.Release? = spell.release.flatMap { release in
            facts.map { self.release(release, of: spell, $0) }
        }
        let area: AuthorityID? = facts.flatMap { self.area($0) }
        let plan = release == nil && spell.isOpen ? livePlan(spell)?.fields(events) : nil
        let cut = consentCut(spell)
        let eligibility = self.eligibility(facts, spell)
        return SpellRow(
            id: id, number: index + 1, booking: booking(spell), isProvisional: spell.provisional,
            prison: spell.prison ?? release?.prison ?? plan?.prison, admittedAt: spell.admittedAt,
            custody: custody(spell), isOpen: spell.isOpen, training: training(spell, eligibility), release: release,
            ended: ended(spell), endedAt: endedAt(spell), exclusion: exclusion(spell, release, eligibility),
            eligibility: eligibility, assessedAt: assessments.first.map(time), assessed: last.flatMap(outcome),
            wingRegime: regime(before: events.count, spell), offeredAt: offers.first.map(time),
            trainedAt: spell.trainings.first { isComplete($0) }.map(time),
            partlyTrainedAt: spell.trainings.first { !isComplete($0) }.map(time), offers: offers.count,
            lastOfferedAt: offers.last.map(time), reofferAfter: reofferAfter(spell), hasKit: hasKit(spell),
            plannedDate: plan?.plannedDate, plannedPrison: plan.flatMap { $0.prison ?? spell.prison }, area: area,
            asked: ConsentScope.allCases.filter { isAsked($0, by: cut) },
            given: ConsentScope.allCases.filter { isGiven($0, at: cut) },
            hadNotice: hadNotice(mine, release?.date, area), engagedAfterDays: engagedAfterDays(release, mine),
            followUpEnd: followUpEnd(spell, release, mine), flags: flags(index))
    }

    // MARK: Facts

    private func facts(of spell: Spell) -> Facts? {
        if let release = spell.release { return finder(spell, at: now).facts(of: release) }
        return livePlan(spell).flatMap { finder(spell, at: now).facts(of: $0) }
    }

    private func livePlan(_ spell: Spell) -> Plan? {
        spell.plans.filter { !$0.isCancelled(events) }.max { $0.newest < $1.newest }
    }

    private func area(_ facts: Facts) -> AuthorityID? {
        Router(registers: fold.registers, rules: rules, date: facts.date).area(
            facts.addresses, localConnection: facts.localConnection, lastHome: record?.lastHomeAuthority,
            office: facts.supervision?.officeCode)
    }

    private func release(_ release: Spell.Release, of spell: Spell, _ facts: Facts) -> SpellRow.Release {
        let prison = fold.registers.prisons[release.prison]
        return SpellRow.Release(
            event: events[release.event].id, at: release.at, date: facts.date, receivedAt: release.receivedAt,
            holdEndsAt: release.receivedAt + (prison?.releaseHold ?? rules.releaseHold), prison: release.prison,
            reason: facts.reason, isPlanned: facts.isPlanned, isAdult: !facts.isChild,
            isOnboarded: prison?.onboardedFrom.map { $0 <= facts.date } ?? false, kit: facts.kit.status.rawValue,
            kitDoubt: kitDoubt(release, of: spell, facts))
    }

    /// Disputed, or a property kit of which nobody said that it left with the person.
    private func kitDoubt(_ release: Spell.Release, of spell: Spell, _ facts: Facts) -> SpellRow.KitDoubt? {
        guard facts.kit.status != .yes else { return nil }
        if facts.kit.disputed { return .disputed }
        let then = finder(spell, at: release.at).facts(of: release)
        return then.kit.status == .unconfirmed ? .unconfirmed : nil
    }

    private func hasKit(_ spell: Spell) -> Bool {
        spell.kits.contains {
            $0.gone == nil && !fold.kitsHeldByOthers.contains($0.id)
                && events[$0.issue].payload.supply.map { $0.expiry >= London.date(of: now) } ?? false
        }
    }

    private func eligibility(_ facts: Facts?, _ spell: Spell) -> SpellRow.Eligibility {
        if let facts {
            switch facts.eligibility {
            case .eligible: return facts.assessment == nil ? .implied : .assessed
            case .notEligible: return .notEligible
            case .notAssessed: return .notAssessed
            }
        }
        switch spell.assessments.last(where: { outcome($0) != nil }).flatMap(outcome) {
        case .eligible: return .assessed
        case .notEligible: return .notEligible
        case .unable, nil: return spell.kits.isEmpty && spell.trainings.isEmpty ? .notAssessed : .implied
        }
    }

    /// ELIGIBLE or NOT_ELIGIBLE; nil for an assessment that could not be made.
    private func outcome(_ i: Int) -> EligibilityOutcome? {
        guard case .eligibilityAssessed(let p) = events[i].payload, p.outcome != .unable else { return nil }
        return p.outcome
    }

    // MARK: States

    private func custody(_ spell: Spell) -> String {
        if spell.release != nil { return "RELEASED" }
        switch spell.custody {
        case .inPrison: return "IN_PRISON"
        case .inTransit: return "IN_TRANSIT"
        case .atCourt: return "AT_COURT"
        case .temporaryAbsence: return "TEMP_ABSENCE"
        case .hospitalEscort: return "HOSPITAL_ESCORT"
        case .released: return "RELEASED"
        case .endedOther: return "ENDED_OTHER"
        }
    }

    private func ended(_ spell: Spell) -> SpellRow.Exclusion? {
        switch spell.ending {
        case .died: .died
        case .elsewhere: .notCommunity
        case nil: nil
        }
    }

    private func endedAt(_ spell: Spell) -> Instant? {
        if spell.ending != nil, let leaving = spell.otherLeaving { return time(leaving) }
        return spell.nextReception.map(time)
    }

    private func training(_ spell: Spell, _ eligibility: SpellRow.Eligibility) -> SpellRow.Training {
        if spell.trainings.contains(where: isComplete) { return .trained }
        if !spell.trainings.isEmpty { return .partlyTrained }
        let offered = spell.offers.last ?? -1, refused = spell.refusals.last ?? -1
        if refused > offered { return .refused }
        if offered >= 0 { return .offered }
        switch eligibility {
        case .assessed, .implied: return .eligible
        case .notEligible: return .notEligible
        case .notAssessed: return .notAssessed
        }
    }

    func isComplete(_ i: Int) -> Bool {
        guard case .trainingCompleted(let p) = events[i].payload else { return false }
        return p.result == .complete
    }

    private func exclusion(
        _ spell: Spell, _ release: SpellRow.Release?, _ eligibility: SpellRow.Eligibility
    ) -> SpellRow.Exclusion? {
        if let ended = ended(spell) { return ended }
        guard let release else { return .notReleased }
        if !release.isAdult { return .child }
        switch eligibility {
        case .notEligible: return .notEligible
        case .notAssessed: return .notAssessed
        case .assessed, .implied: return release.isOnboarded ? nil : .notOnboarded
        }
    }

    // MARK: Details

    private func booking(_ spell: Spell) -> BookingID? {
        if let own = events[spell.opening].booking { return own }
        return spell.release.flatMap { events[$0.event].booking }
    }

    /// The regime that the newest assessment before event `i` names, the spell's own first.
    func regime(before i: Int, _ spell: Spell) -> WingRegime? {
        for candidate in [spell.assessments, fold.assessments] {
            for assessment in candidate.reversed() where assessment < i {
                if case .eligibilityAssessed(let p) = events[assessment].payload, let regime = p.wingRegime {
                    return regime
                }
            }
        }
        return nil
    }

    private func reofferAfter(_ spell: Spell) -> LocalDate? {
        guard let last = spell.refusals.last, case .trainingRefused(let p) = events[last].payload else { return nil }
        return p.reofferAfter
    }

    /// Codes of the data-quality exceptions that events of this spell raised, sorted.
    private func flags(_ index: Int) -> [String] {
        guard !state.dataQuality.isEmpty else { return [] }
        let from = fold.spells[index].opening
        let to = index + 1 < fold.spells.count ? fold.spells[index + 1].opening : events.count
        let ids = Set((index == 0 ? 0 : from)..<to).map { events[$0].id }
        return Set(state.dataQuality.filter { ids.contains($0.event) }.map(\.code)).sorted()
    }
}
