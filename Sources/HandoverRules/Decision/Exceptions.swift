import FoundationEssentials

/// Data-quality exceptions that come from what a spell's aims rest on.
func exceptions(_ voice: Voice, _ fold: SpellFold, _ decision: Decision) -> [DataQuality] {
    let aims = voice.aims, spell = voice.spell
    var codes: [DataQuality] = []
    func note(_ code: String, _ i: Int) { codes.append(DataQuality(code: code, event: fold.events[i].id)) }
    let subject = spell.release?.event ?? spell.plans.map(\.newest).max() ?? spell.opening
    for case .human(let queue) in aims.aims.map(\.aim) {
        if let invalid = queue.invalid { note("ROUTE_ASSIGNED_INVALID", invalid) }
    }
    if let facts = aims.facts {
        for exception in facts.kit.exceptions { note(exception.code, exception.event) }
        if facts.eligibility == .eligible, facts.assessment == nil { note("ELIGIBILITY_IMPLIED", subject) }
        if facts.isOverdue { note("RELEASE_UNCONFIRMED", subject) }
        if fold.registers.prisons[facts.prison] == nil { note("PRISON_UNKNOWN", subject) }
        if aims.sends, facts.record == nil { note("RECORD_MISSING", subject) }
    }
    if let reversal = spell.reversal, fold.events[reversal.reception].receivedAt > reversal.release.receivedAt {
        let told = decision.state.threads.contains { $0.spell == spell.known?.id && $0.kind != .planned }
        if told { note("RELEASE_REVERSED", reversal.reception) }
    }
    return codes
}

/// Somebody who has not arrived, and kits that nobody can place (domain.md §12 IN_TRANSIT_LONG, §13 K15).
func exceptions(ofCustody spell: Spell, _ fold: SpellFold, _ now: Instant) -> [DataQuality] {
    var codes: [DataQuality] = []
    if let transfer = spell.awaited, now >= EventOrder.time(fold.events[transfer.event]) + fold.rules.inTransitMax {
        codes.append(DataQuality(code: "IN_TRANSIT_LONG", event: fold.events[transfer.event].id))
    }
    let kits = KitAccount(spell: spell, fold: fold)
    if let due = kits.dueAt, now >= due {
        for kit in kits.unaccounted() {
            codes.append(DataQuality(code: "KIT_UNACCOUNTED", event: fold.events[kit.issue].id))
        }
    }
    return codes
}

/// A first contact that nobody tried in time (domain.md §8).
func exceptions(ofContact voice: Voice, _ threads: [HandoverThread], _ finder: AimFinder) -> [DataQuality] {
    guard !voice.isClosed, let release = voice.spell.release else { return [] }
    let isLate = threads.contains { thread in
        guard thread.spell == voice.id, let due = ContactClock.dueAt(thread, release, finder.responses) else {
            return false
        }
        return finder.now >= due
    }
    return isLate ? [DataQuality(code: "CONTACT_OVERDUE", event: finder.events[release.event].id)] : []
}

extension SpellAims {
    /// Whether anybody is to be told anything of the person.
    var sends: Bool { aims.contains { if case .send = $0.aim { true } else { false } } }
}

extension Event {
    var timer: TimerFired? { if case .timerFired(let fired) = payload { fired } else { nil } }
}

extension SpellFold {
    /// When a spell's record was first needed: the first receipt of its release, or of its plan.
    func firstNeed(of id: UUID, _ decision: Decision) -> Instant? {
        guard let known = decision.state.spells.first(where: { $0.id == id }),
            let spell = spells.first(where: { $0.known?.id == id || events[$0.opening].id == known.anchor })
        else { return nil }
        if let release = spell.release { return release.receivedAt }
        return spell.plans.flatMap { $0.events.map { events[$0.event].receivedAt } }.min()
    }
}

extension Decision {
    /// The spell's id; a spell spoken of for the first time is given one and kept.
    mutating func id(of spell: Spell, _ events: [Event]) -> UUID {
        if let known = spell.known { return known.id }
        let opening = events[spell.opening]
        let new = KnownSpell(
            id: NamedUUID.spell(opening, in: state.events, of: state.subject), anchor: opening.id)
        state.spells.append(new)
        return new.id
    }

    /// Keeps and reports exceptions not raised before.
    mutating func note(_ noticed: [DataQuality]) {
        for exception in noticed where !state.dataQuality.contains(exception) {
            state.dataQuality.append(exception)
            dataQuality.append(exception)
        }
    }
}
