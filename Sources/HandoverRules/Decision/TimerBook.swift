import FoundationEssentials

/// When a person must be looked at again. A timer is only ever a promise to look again, and whoever looks books the
/// next one: so the earliest of all that are wanted is the only one that stands.
struct TimerBook {
    /// The first that was asked for, of several at one instant.
    private(set) var earliest: Timer?
    let now: Instant

    init(now: Instant) { self.now = now }

    mutating func want(_ kind: TimerKind, _ cause: UUID, at dueAt: Instant?) {
        guard let dueAt, dueAt > now else { return }
        if let earliest, earliest.dueAt <= dueAt { return }
        earliest = Timer(kind: kind, cause: cause, dueAt: dueAt)
    }

    /// The instants at which one spell's aims change by themselves.
    mutating func want(_ voice: Voice, _ fold: SpellFold) {
        let aims = voice.aims, rules = fold.rules
        want(.releaseHold, voice.id, at: aims.holdEndsAt)
        want(.planOverdue, voice.id, at: aims.waitsUntil)
        for (kind, aim) in aims.aims {
            switch aim {
            case .send, .hold(true), .human: wantConsentExpiry(kind, voice.id, fold)
            default: break
            }
        }
        guard let facts = aims.facts else { return }
        if facts.released {
            if facts.eligibility == .eligible { want(.kitUnconfirmed, voice.id, at: facts.kit.settlesAt) }
            return
        }
        want(.planOverdue, voice.id, at: PlanClock.overdueAt(facts.date, rules))
        if facts.isOverdue { want(.planStale, voice.id, at: PlanClock.staleAt(facts.date, rules)) }
        let calendar = fold.registers.calendar(aims.area, rules)
        if aims.sends { want(.planNear, voice.id, at: PlanClock.nearAt(facts.date, calendar, rules)) }
        let queued = aims.aims.contains { if case .human = $0.aim { true } else { false } }
        if queued { want(.planNear, voice.id, at: PlanClock.routedBy(facts.date, calendar)) }
    }

    /// The next instants at which a thread changes because nobody answers, or because time passes (domain.md §8): of
    /// each thread the next escalation only, and the next mark of its follow-up.
    mutating func want(answersTo voice: Voice, _ state: PersonState, _ finder: AimFinder) {
        guard !voice.isClosed else { return }
        let release = voice.spell.release
        // What people were asked to do ends with the thread's time too.
        var isLive = state.tasks.contains { $0.isOpen && $0.spell == voice.id }
        for thread in state.threads where thread.spell == voice.id && thread.kind != .stoodDown {
            isLive = true
            let calendar = finder.registers.calendar(of: thread.recipient.provider, in: voice.aims.area, finder.rules)
            if !finder.responses.isAcked(thread), let next = AckClock(thread, calendar)?.next(after: now) {
                want(next.kind, thread.id, at: next.at)
            }
            if let release, let due = ContactClock.dueAt(thread, release, finder.responses) {
                want(.contactDue, thread.id, at: due)
            }
        }
        if isLive, let release {
            want(.followUp, voice.id, at: FollowUpClock.next(after: now, release: release.at, finder.rules))
        }
    }

    /// The instants at which somebody, or a kit, should have turned up.
    mutating func want(custodyOf spell: Spell, _ fold: SpellFold) {
        if let transfer = spell.awaited {
            want(
                .inTransit, fold.events[transfer.event].id,
                at: EventOrder.time(fold.events[transfer.event]) + fold.rules.inTransitMax)
        }
        let kits = KitAccount(spell: spell, fold: fold)
        if let due = kits.dueAt, due > now, !kits.unaccounted().isEmpty {
            want(.kitUnaccounted, fold.events[spell.opening].id, at: due)
        }
    }

    /// A missing record is looked up again each hour for a day from when it was first needed.
    mutating func wantRecord(_ spell: UUID, since: Instant, _ rules: Rulebook) {
        guard now < since + rules.recordLookUpMax else { return }
        let hour = rules.recordLookUpEvery.microseconds
        let passed = max(0, (now - since).microseconds) / hour
        want(.recordMissing, spell, at: since + Span(microseconds: (passed + 1) * hour))
    }

    private mutating func wantConsentExpiry(_ kind: RecipientKind, _ spell: UUID, _ fold: SpellFold) {
        guard let i = fold.consents[Disclosure.scope(of: kind)],
            case .consentRecorded(let consent) = fold.events[i].payload
        else { return }
        want(
            .consentExpiry, spell,
            at: ConsentRule.expiry(of: consent, occurredAt: EventOrder.time(fold.events[i]), fold.rules))
    }

    /// Writes the difference to what stands. Timers that were due are past; those that fired are recorded as events. A
    /// handover that waits for its topic has a timer of its own, which the pipeline books.
    func settle(_ decision: inout Decision, fired: [TimerFired]) {
        let before = decision.state.openTimers
        for timer in before where timer.kind != .retry && timer != earliest {
            let hasFired = fired.contains {
                $0.kind == timer.kind && $0.dueAt == timer.dueAt && UUID(uuidString: $0.cause.text) == timer.cause
            }
            if !hasFired { decision.cancelledTimers.append(timer) }
        }
        if let earliest, !before.contains(earliest) { decision.newTimers.append(earliest) }
        let retries = before.filter { timer in
            timer.kind == .retry && !fired.contains { $0.kind == .retry && $0.dueAt == timer.dueAt }
        }
        decision.state.openTimers = (earliest.map { [$0] } ?? []) + retries
    }
}
