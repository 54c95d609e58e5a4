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
///   - carried: ``Decision/carried`` of an earlier decision about the person, to fold only what is new; the decision
///     is the same without.
public func decide(
    _ state: PersonState, arrivals: [Event], record: PersonRecord?, registers: Registers, rules: Rulebook,
    elsewhere: Elsewhere = Elsewhere(), carried: CarriedFold? = nil
) -> Decision {
    var decision = Decision(state: state)
    var intake = Arrivals()
    intake.take(arrivals, into: &decision.state)
    decision.dispositions = intake.dispositions
    var noticed = intake.dataQuality
    if let concerned = elsewhere.concernedAt { decision.state.now = max(decision.state.now, concerned) }
    guard intake.changed || elsewhere.concernedAt != nil || arrivals.isEmpty else {
        // Nothing but duplicates: not even time moves, its timers will come.
        decision.state.now = state.now
        decision.heldKits = heldKits(state.events, aliases: decision.state.aliases)
        decision.carried = carried
        decision.note(noticed)
        return decision
    }
    let fold = SpellFold(
        events: decision.state.events, aliases: decision.state.aliases, registers: registers,
        known: decision.state.spells, now: decision.state.now, rules: rules, elsewhere: elsewhere, carried: carried)
    decision.heldKits = fold.heldKits
    let finder = AimFinder(fold: fold, rules: rules, record: record, state: decision.state, elsewhere: elsewhere)
    noticed += fold.dataQuality
    var book = TimerBook(now: decision.state.now)
    for parked in fold.parked {
        let event = fold.events[parked]
        book.want(.parkedEvent, event.id, at: event.receivedAt + rules.parkedMax)
    }
    let isMerge = arrivals.contains { $0.payload.type == .identityMerged }
    speak(&decision, finder, isMerge: isMerge, &book, &noticed)
    book.settle(&decision, fired: arrivals.compactMap(\.timer))
    decision.note(noticed)
    DispositionReasons(finder: finder, state: decision.state).explain(&decision, arrivals)
    decision.carried = CarriedFold(fold, known: decision.state.spells)
    return decision
}

/// Says what every spell needs said, and books its timers.
private func speak(
    _ decision: inout Decision, _ finder: AimFinder, isMerge: Bool, _ book: inout TimerBook,
    _ noticed: inout [DataQuality]
) {
    let fold = finder.fold
    var voices: [Voice] = []
    var ids: [UUID] = []
    for spell in fold.spells {
        if let known = spell.known { ids.append(known.id) }
        book.want(custodyOf: spell, fold)
        guard let found = finder.aims(spell) else { continue }
        let id = decision.id(of: spell, fold.events)
        if spell.known == nil { ids.append(id) }
        let voice = Voice(id: id, spell: spell, aims: found)
        voices.append(voice)
        noticed += exceptions(voice, fold, decision)
    }
    for spell in fold.spells { noticed += exceptions(ofCustody: spell, fold, decision.state.now) }
    let wasSpokenOf =
        !decision.state.outcomes.isEmpty || !decision.state.threads.isEmpty || !decision.state.tasks.isEmpty
    if voices.isEmpty, !wasSpokenOf, fold.spells.allSatisfy({ $0.transfers.isEmpty }) { return }
    // Moved into the speaker and back: it changes nearly everything in it, and a copy held here would be copied from.
    var taken = Decision(state: PersonState(subject: decision.state.subject))
    swap(&taken, &decision)
    var speaker = Speaker(decision: taken, finder: finder, isMerge: isMerge)
    if wasSpokenOf { speaker.standDownOrphans(ids) }
    for voice in voices { speaker.speak(voice) }
    for spell in fold.spells { speaker.brief(spell) }
    decision = speaker.finish(voices)
    for voice in voices {
        book.want(voice, fold)
        book.want(answersTo: voice, decision.state, finder)
        noticed += exceptions(ofContact: voice, decision.state.threads, finder)
        if finder.record == nil, voice.aims.sends, let since = fold.firstNeed(of: voice.id, decision) {
            book.wantRecord(voice.id, since: since, finder.rules)
        }
    }
    decision.standings = standings(of: decision.state.threads, voices, finder)
}

private func standings(of threads: [HandoverThread], _ voices: [Voice], _ finder: AimFinder) -> [ThreadStanding] {
    threads.map { thread in
        let release = voices.first { $0.id == thread.spell }?.spell.release?.at
        return .of(thread, release: release, finder.responses, now: finder.now, finder.rules)
    }
}
