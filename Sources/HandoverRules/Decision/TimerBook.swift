import FoundationEssentials

/// Which timers a person needs now. A timer is only ever a promise to look again.
struct TimerBook {
    private(set) var wanted: [Timer] = []
    let now: Instant

    init(now: Instant) { self.now = now }

    mutating func want(_ kind: TimerKind, _ cause: UUID, at dueAt: Instant?) {
        guard let dueAt, dueAt > now else { return }
        let timer = Timer(kind: kind, cause: cause, dueAt: dueAt)
        if !wanted.contains(timer) { wanted.append(timer) }
    }

    /// The instants at which one spell's aims change by themselves.
    mutating func want(_ aims: SpellAims, spell: UUID, fold: SpellFold) {
        want(.releaseHold, spell, at: aims.holdEndsAt)
        want(.planOverdue, spell, at: aims.waitsUntil)
        for (kind, aim) in aims.aims {
            switch aim {
            case .send, .hold(true), .human: wantConsentExpiry(kind, spell, fold)
            default: break
            }
        }
        guard let facts = aims.facts else { return }
        let sends = aims.aims.contains { if case .send = $0.aim { true } else { false } }
        if facts.released {
            if facts.eligibility == .eligible { want(.kitUnconfirmed, spell, at: facts.kit.settlesAt) }
        } else {
            want(.planOverdue, spell, at: PlanClock.overdueAt(facts.date, fold.rules))
            let calendar = fold.registers.calendar(aims.area, fold.rules)
            if sends { want(.planNear, spell, at: PlanClock.nearAt(facts.date, calendar, fold.rules)) }
            let queued = aims.aims.contains { if case .human = $0.aim { true } else { false } }
            if queued {
                want(.planNear, spell, at: London.instant(calendar.workingDay(-1, from: facts.date), at: .zero))
            }
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
        want(.consentExpiry, spell, at: ConsentRule.expiry(of: consent, occurredAt: EventOrder.time(fold.events[i]), fold.rules))
    }

    /// Writes the difference to what stands. Timers that were due are past; those that fired are recorded as events.
    func settle(_ decision: inout Decision, fired: [TimerFired]) {
        for timer in decision.state.openTimers where timer.kind != .retry && !wanted.contains(timer) {
            let hasFired = fired.contains {
                $0.kind == timer.kind && $0.dueAt == timer.dueAt && UUID(uuidString: $0.cause.text) == timer.cause
            }
            if !hasFired { decision.cancelledTimers.append(timer) }
        }
        for timer in wanted where !decision.state.openTimers.contains(timer) { decision.newTimers.append(timer) }
        let retries = decision.state.openTimers.filter { timer in
            timer.kind == .retry && !fired.contains { $0.kind == .retry && $0.dueAt == timer.dueAt }
        }
        decision.state.openTimers = wanted + retries
    }
}
