import FoundationEssentials

/// Turns aims into what must be said: new versions, tasks and outcomes are the difference to what was said before.
struct Speaker {
    var decision: Decision
    let fold: SpellFold
    let subject: NomsNumber
    let rules: Rulebook
    let now: Instant
    /// Stand-downs and handovers go first, tasks after them.
    var tasks: [OutboundDecision] = []

    init(decision: Decision, fold: SpellFold, rules: Rulebook) {
        self.decision = decision
        self.fold = fold
        self.subject = decision.state.subject
        self.rules = rules
        self.now = decision.state.now
    }

    var events: [Event] { fold.events }
    var registers: Registers { fold.registers }

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

    static func standDownReason(_ suppression: String) -> String {
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
        let calendar = registers.calendar(aims.area, rules)
        let rule = PriorityRule(facts: facts, calendar: calendar, now: now, rules: rules)
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
                body: Envelope.handover(thread, content, dq: facts.record == nil ? ["RECORD_MISSING"] : [], rules),
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
            let due = DueTimes(priority, sentAt: now, calendar, rules)
            thread.ackDueAt = due.ackDueAt
            thread.contactDueAt = due.contactDueAt
        }
    }
}
