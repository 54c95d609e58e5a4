import FoundationEssentials

/// Turns aims into what must be said: new versions, tasks and outcomes are the difference to what was said before.
struct Speaker {
    var decision: Decision
    let events: [Event]
    let subject: NomsNumber
    let registers: Registers
    let rules: Rulebook
    let now: Instant
    /// Stand-downs and handovers go first, tasks after them.
    private var tasks: [OutboundDecision] = []

    init(decision: Decision, events: [Event], registers: Registers, rules: Rulebook) {
        self.decision = decision
        self.events = events
        self.subject = decision.state.subject
        self.registers = registers
        self.rules = rules
        self.now = decision.state.now
    }

    /// Says what `aims` ask for about one spell.
    mutating func speak(_ aims: SpellAims, spell: UUID) {
        standDownOthers(aims, spell)
        for (kind, aim) in aims.aims {
            switch aim {
            case .keep: break
            case .hold(let consented):
                if !consented { standDown(kind, spell, "CONSENT_WITHDRAWN") }
            case .suppress(let reason):
                if reason != "TOO_LATE" { standDown(kind, spell, Speaker.standDownReason(reason)) }
            case .standDown(let reason): standDown(kind, spell, reason)
            case .human(let reason, let commissioner):
                standDown(kind, spell, "TRANSFER_OF_RESPONSIBILITY")
                queue(kind, spell, reason, commissioner, aims)
            case .send(let provider): send(kind, provider, aims, spell)
            }
        }
        chase(aims, spell)
        report(aims, spell)
    }

    /// Threads of spells that turned out to be part of another.
    mutating func standDownOrphans(_ spells: [UUID]) {
        for i in decision.state.threads.indices {
            let thread = decision.state.threads[i]
            if thread.kind != .stoodDown, !spells.contains(thread.spell) { standDown(at: i, "MERGED") }
        }
        for outcome in decision.state.outcomes where !spells.contains(outcome.spell) && outcome.reason != "MERGED" {
            var merged = outcome
            merged.state = outcome.state == .sent || outcome.state == .stoodDown ? .stoodDown : .suppressed
            merged.reason = "MERGED"
            merged.released = false
            set(merged, .drugService)
        }
    }

    consuming func finish() -> Decision {
        decision.outbound.append(contentsOf: tasks)
        return decision
    }

    // MARK: Stand-downs

    private static func standDownReason(_ suppression: String) -> String {
        switch suppression {
        case "NO_CONSENT": "CONSENT_WITHDRAWN"
        case "NOT_COMMUNITY": "NOT_COMMUNITY"
        default: "NO_LONGER_NEEDED"
        }
    }

    /// Somebody who turned out to be under 18, or not to be, has other recipients.
    private mutating func standDownOthers(_ aims: SpellAims, _ spell: UUID) {
        guard !aims.aims.isEmpty else { return }
        for i in decision.state.threads.indices {
            let thread = decision.state.threads[i]
            guard thread.spell == spell, thread.kind != .stoodDown else { continue }
            if !aims.aims.contains(where: { $0.kind == thread.recipient.kind }) {
                standDown(at: i, "TRANSFER_OF_RESPONSIBILITY")
            }
        }
    }

    private mutating func standDown(_ kind: RecipientKind, _ spell: UUID, _ reason: String, except: ProviderID? = nil) {
        for i in decision.state.threads.indices {
            let thread = decision.state.threads[i]
            guard thread.spell == spell, thread.recipient.kind == kind, thread.kind != .stoodDown,
                thread.recipient.provider != except
            else { continue }
            standDown(at: i, reason)
            if reason == "CONSENT_WITHDRAWN", kind == .drugService { askForOverride(decision.state.threads[i]) }
        }
    }

    private mutating func standDown(at i: Int, _ reason: String) {
        var thread = decision.state.threads[i]
        let predecessor = thread.position
        thread.version += 1
        thread.kind = .stoodDown
        thread.priority = nil
        thread.contentDigest = []
        thread.sentAt = now
        thread.ackDueAt = nil
        thread.contactDueAt = nil
        thread.position = nil
        decision.state.threads[i] = thread
        decision.outbound.append(
            OutboundDecision(
                destination: .handover(thread.recipient), id: thread.id, version: thread.version, kind: .stoodDown,
                priority: nil, taskCode: nil, sentAt: now, ackDueAt: nil, spell: thread.spell,
                body: Envelope.standDown(thread, reason: reason), predecessor: predecessor))
    }

    // MARK: Handovers

    private mutating func send(_ kind: RecipientKind, _ provider: ProviderID, _ aims: SpellAims, _ spell: UUID) {
        guard let facts = aims.facts else { return }
        standDown(kind, spell, "TRANSFER_OF_RESPONSIBILITY", except: provider)
        let calendar = registers.calendar(aims.area)
        let rule = PriorityRule(facts: facts, calendar: calendar, now: now)
        let priority = priority(kind, rule, aims)
        let content = ContentBuilder(
            facts: facts, events: events, subject: subject, recipient: kind,
            nasalStocked: registers.providers[provider]?.nasalStocked ?? false, priorities: rule, rules: rules
        ).content()
        let digest = content.digest(priority, released: facts.released)
        let at = decision.state.threads.firstIndex {
            $0.spell == spell && $0.recipient.kind == kind && $0.recipient.provider == provider
        }
        let before = at.map { decision.state.threads[$0] }
        if let before, before.kind != .stoodDown, before.contentDigest == digest { return }
        let recipient = Recipient(kind: kind, provider: provider)
        var thread = HandoverThread(
            id: before?.id ?? NamedUUID.thread(spell, recipient), spell: spell, recipient: recipient,
            version: (before?.version ?? 0) + 1, kind: Speaker.kind(released: facts.released, after: before?.kind),
            priority: priority, contentDigest: digest, sentAt: now, ackDueAt: nil)
        setClock(&thread, after: before, calendar)
        if let at { decision.state.threads[at] = thread } else { decision.state.threads.append(thread) }
        decision.outbound.append(
            OutboundDecision(
                destination: .handover(recipient), id: thread.id, version: thread.version, kind: thread.kind,
                priority: priority, taskCode: nil, sentAt: now, ackDueAt: thread.ackDueAt, spell: spell,
                body: Envelope.handover(thread, content, dq: facts.record == nil ? ["RECORD_MISSING"] : []),
                predecessor: before?.position))
        if priority == .p1, before?.priority != .p1 { phone(thread, facts) }
    }

    private func priority(_ kind: RecipientKind, _ rule: PriorityRule, _ aims: SpellAims) -> Priority {
        guard kind == .supervision else { return rule.drugService() }
        let reached = aims.aims.contains {
            if case .send = $0.aim { $0.kind == .drugService } else { false }
        }
        return rule.supervision(drugServiceReached: reached)
    }

    /// RELEASED is the first version after release, also after a stand-down; CORRECTION every later one.
    private static func kind(released: Bool, after before: HandoverKind?) -> HandoverKind {
        guard released else { return .planned }
        return before == .released || before == .correction ? .correction : .released
    }

    /// A clock that runs is not put back by a correction; the release and another priority start a new one.
    private func setClock(_ thread: inout HandoverThread, after before: HandoverThread?, _ calendar: WorkingCalendar) {
        if let before, before.priority == thread.priority, thread.kind != .released, before.kind != .stoodDown {
            thread.ackDueAt = before.ackDueAt
            thread.contactDueAt = before.contactDueAt
        } else if let priority = thread.priority {
            let due = DueTimes(priority, sentAt: now, calendar)
            thread.ackDueAt = due.ackDueAt
            thread.contactDueAt = due.contactDueAt
        }
    }

    // MARK: Tasks

    private mutating func raise(
        _ destination: OutboundDecision.Destination, _ id: UUID, _ code: String, spell: UUID, dueAt: Instant,
        priority: Priority?, _ fields: [BodyValue.Field]
    ) {
        guard !decision.state.tasks.contains(where: { $0.id == id }) else { return }
        decision.state.tasks.append(RaisedTask(id: id, code: code))
        tasks.append(
            OutboundDecision(
                destination: destination, id: id, version: 1, kind: nil, priority: priority, taskCode: code,
                sentAt: now, ackDueAt: dueAt, spell: spell,
                body: Envelope.task(id, code, dueAt: dueAt, sentAt: now, priority: priority, fields), predecessor: nil))
    }

    /// With every rise to P1: the out-of-hours contact is to be phoned now (domain.md §8).
    private mutating func phone(_ thread: HandoverThread, _ facts: Facts) {
        raise(
            .hubTask, NamedUUID.task(thread.id, "PHONE_NOW", String(thread.version)), "PHONE_NOW", spell: thread.spell,
            dueAt: now, priority: .p1,
            [
                .init("handoverId", .text(thread.id.uuidString.lowercased())),
                .init("providerId", .text(thread.recipient.provider.text)),
                .init("prisonId", .text(facts.prison.text)),
            ])
    }

    /// Nobody can be named, and the person is not dropped: somebody routes by hand (domain.md §10 R2, R4, R5).
    private mutating func queue(
        _ kind: RecipientKind, _ spell: UUID, _ reason: String, _ commissioner: ProviderID?, _ aims: SpellAims
    ) {
        guard let facts = aims.facts else { return }
        let calendar = registers.calendar(aims.area)
        let isNear = facts.released || now >= London.instant(calendar.workingDay(-1, from: facts.date), at: .zero)
        let priority: Priority = isNear ? .p1 : .p3
        let code = reason == "NO_PROVIDER" ? reason : "HUMAN_QUEUE"
        var fields: [BodyValue.Field] = [.init("reason", .text(reason)), .init("prisonId", .text(facts.prison.text))]
        if let commissioner { fields.append(.init("providerId", .text(commissioner.text))) }
        raise(
            .hubTask, NamedUUID.task(spell, code, kind.rawValue + (isNear ? "/near" : "")), code, spell: spell,
            dueAt: DueTimes(priority, sentAt: now, calendar).ackDueAt, priority: priority, fields)
    }

    /// A plan whose day passed without a release: the prison is asked (domain.md §12).
    private mutating func chase(_ aims: SpellAims, _ spell: UUID) {
        guard let facts = aims.facts, facts.isOverdue, !facts.released,
            let from = registers.prisons[facts.prison]?.onboardedFrom, from <= facts.date
        else { return }
        raise(
            .prisonTask(facts.prison), NamedUUID.task(spell, "RELEASE_UNCONFIRMED", facts.date.description),
            "RELEASE_UNCONFIRMED", spell: spell,
            dueAt: DueTimes(.p1, sentAt: now, registers.calendar(nil)).ackDueAt, priority: nil,
            [.init("prisonId", .text(facts.prison.text)), .init("noms", .text(subject.text))])
    }

    /// Consent was withdrawn from a thread that is out: the prison's clinician decides on an override (S14).
    private mutating func askForOverride(_ thread: HandoverThread) {
        guard let prison = lastPrison() else { return }
        raise(
            .prisonTask(prison), NamedUUID.task(thread.id, "OVERRIDE_DECISION", String(thread.version)),
            "OVERRIDE_DECISION", spell: thread.spell,
            dueAt: DueTimes(.p1, sentAt: now, registers.calendar(nil)).ackDueAt, priority: nil,
            [.init("prisonId", .text(prison.text)), .init("noms", .text(subject.text))])
    }

    private func lastPrison() -> PrisonID? {
        for event in events.reversed() {
            switch event.payload {
            case .custodyReceived(let p): return p.prison
            case .releaseActual(let p): return p.prison
            case .releasePlanned(let p): if let prison = p.fields.prison { return prison }
            default: continue
            }
        }
        return nil
    }

    // MARK: Outcomes

    private mutating func report(_ aims: SpellAims, _ spell: UUID) {
        for (kind, aim) in aims.aims {
            let scope = Disclosure.scope(of: kind)
            guard let (state, reason) = outcome(kind, aim, spell) else { continue }
            set(Outcome(spell: spell, scope: scope, state: state, reason: reason, released: aims.released), kind)
        }
    }

    private func outcome(_ kind: RecipientKind, _ aim: Aim, _ spell: UUID) -> (Outcome.State, String)? {
        switch aim {
        case .keep: return nil
        case .hold: return (.queued, "RELEASE_HOLD")
        case .human(let reason, _): return (.humanQueue, reason)
        case .send: return (.sent, "")
        case .suppress(let reason):
            let stopped = wasTold(kind, spell) && reason != "TOO_LATE"
            return stopped ? (.stoodDown, Speaker.standDownReason(reason)) : (.suppressed, reason)
        case .standDown(let reason): return (wasTold(kind, spell) ? .stoodDown : .suppressed, reason)
        }
    }

    private func wasTold(_ kind: RecipientKind, _ spell: UUID) -> Bool {
        decision.state.threads.contains { $0.spell == spell && $0.recipient.kind == kind }
    }

    /// Two youth recipients share a scope: the one that needs a human, or failed, is the outcome of both.
    private mutating func set(_ outcome: Outcome, _ kind: RecipientKind) {
        var outcome = outcome
        let at = decision.state.outcomes.firstIndex { $0.spell == outcome.spell && $0.scope == outcome.scope }
        if kind == .youngPeopleDrugService, outcome.state == .sent, let at,
            decision.state.outcomes[at].state != .sent, decision.state.outcomes[at].state != .queued
        {
            outcome = decision.state.outcomes[at]
        }
        if let at {
            guard decision.state.outcomes[at] != outcome else { return }
            decision.state.outcomes[at] = outcome
        } else {
            decision.state.outcomes.append(outcome)
        }
        decision.outcomes.removeAll { $0.spell == outcome.spell && $0.scope == outcome.scope }
        decision.outcomes.append(outcome)
    }
}
