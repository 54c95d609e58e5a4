import FoundationEssentials

/// The hub's one decision: given what is kept of a person and the events that newly arrived, what should each
/// recipient hold now, and what must be said to bring them there?
///
/// Pure: no clock, no I/O. "Now" is the largest receivedAt among all events, timers included. Any order and any
/// duplication of the same arrivals ends in the same final state (domain.md §12, invariant I1).
///
/// - Parameters:
///   - state: what is kept of the person; `PersonState(subject:)` when nothing is.
///   - arrivals: events of this person that are new by event id, in no particular order; none where only `elsewhere`
///     changed.
///   - record: the prisoner's record, nil when the enrichment record is missing.
public func decide(
    _ state: PersonState, arrivals: [Event], record: PersonRecord?, registers: Registers, rules: Rulebook,
    elsewhere: Elsewhere = Elsewhere()
) -> Decision {
    var decision = Decision(state: state)
    var intake = Arrivals()
    intake.take(arrivals, into: &decision.state)
    decision.dispositions = intake.dispositions
    var noticed = intake.dataQuality
    guard intake.changed else {
        // Nothing but duplicates: not even time moves, its timers will come.
        decision.state.now = state.now
        decision.note(noticed)
        return decision
    }
    let fold = SpellFold(
        events: decision.state.events, registers: registers, known: decision.state.spells, now: decision.state.now,
        rules: rules)
    let finder = AimFinder(
        fold: fold, rules: rules, record: record, now: decision.state.now,
        died: fold.spells.contains { $0.ending == .died })
    noticed += fold.dataQuality
    var book = TimerBook(now: decision.state.now)
    for parked in fold.parked {
        let event = fold.events[parked]
        book.want(.parkedEvent, event.id, at: event.receivedAt + rules.parkedMax)
    }
    decision = speak(decision, fold, finder, &book, &noticed)
    book.settle(&decision, fired: arrivals.compactMap(\.timer))
    decision.note(noticed)
    DispositionReasons(fold: fold).explain(&decision, arrivals)
    return decision
}

/// Says what every spell needs said, and books its timers.
private func speak(
    _ decision: Decision, _ fold: SpellFold, _ finder: AimFinder, _ book: inout TimerBook,
    _ noticed: inout [DataQuality]
) -> Decision {
    var decision = decision
    var aims: [(id: UUID, aims: SpellAims)] = []
    var ids: [UUID] = []
    for spell in fold.spells {
        if let known = spell.known { ids.append(known.id) }
        guard let found = finder.aims(spell) else { continue }
        let id = decision.id(of: spell, fold.events)
        if spell.known == nil { ids.append(id) }
        aims.append((id, found))
        noticed += exceptions(found, spell, fold, decision)
    }
    let wasSpokenOf = !decision.state.outcomes.isEmpty || !decision.state.threads.isEmpty
    if aims.isEmpty, !wasSpokenOf { return decision }
    var speaker = Speaker(
        decision: decision, fold: fold, rules: finder.rules)
    if wasSpokenOf { speaker.standDownOrphans(ids) }
    for (id, found) in aims {
        speaker.speak(found, spell: id)
        book.want(found, spell: id, fold: fold)
        if finder.record == nil, found.sends, let since = fold.firstNeed(of: id, decision) {
            book.wantRecord(id, since: since, finder.rules)
        }
    }
    return speaker.finish()
}
