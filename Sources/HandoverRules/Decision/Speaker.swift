import FoundationEssentials

/// Turns aims into what must be said: new versions, tasks and outcomes are the difference to what was said before.
struct Speaker {
    var decision: Decision
    let finder: AimFinder
    /// An identity.merged has just arrived: what it changes corrects what was said (domain.md §14 S8).
    let isMerge: Bool
    let subject: NomsNumber
    let now: Instant
    var tasks: TaskBook

    init(decision: consuming Decision, finder: AimFinder, isMerge: Bool) {
        self.finder = finder
        self.isMerge = isMerge
        subject = decision.state.subject
        now = decision.state.now
        tasks = TaskBook(subject: decision.state.subject, now: decision.state.now)
        self.decision = decision
    }

    var fold: SpellFold { finder.fold }
    var rules: Rulebook { finder.rules }
    var responses: Responses { finder.responses }
    var events: [Event] { fold.events }
    var registers: Registers { fold.registers }

    /// Says what the aims ask for about one spell.
    mutating func speak(_ voice: Voice) {
        standDownOthers(voice)
        for (kind, aim) in voice.aims.aims {
            switch aim {
            case .keep: break
            case .hold(let consented):
                if !consented { standDown(kind, voice, .consentWithdrawn) }
            case .suppress(let reason):
                if reason != .tooLate { standDown(kind, voice, reason.asStandDown) }
            case .standDown(let reason): standDown(kind, voice, reason)
            case .human(let queue): standDown(kind, voice, queue.standDown)
            case .send(let provider, let assigned): send(kind, provider, assigned, voice)
            }
        }
        wantTasks(voice)
        report(voice.aims, voice.id)
    }

    /// Threads of spells that are gone: their booking was moved to somebody else, or they turned out to be part of
    /// another spell.
    mutating func standDownOrphans(_ spells: [UUID]) {
        let threads = decision.state.threads
        let orphans = threads.indices.filter { threads[$0].kind != .stoodDown && !spells.contains(threads[$0].spell) }
        let outcomes = decision.state.outcomes.filter { !spells.contains($0.spell) && !$0.isOfLostSpell }
        guard !orphans.isEmpty || !outcomes.isEmpty else { return }
        let moved = decision.state.bookingMovedAway
        let reason: Reason = moved == nil ? .merged : .wrongPerson
        for i in orphans {
            let isVoided = decision.state.spells.contains {
                $0.id == threads[i].spell && fold.isVoided($0.anchor)
            }
            standDown(at: i, isVoided ? .releaseReversed : reason, [moved].compactMap { $0 })
            if moved != nil { tasks.want(.privacyIncident(decision.state.threads[i], rules)) }
        }
        for outcome in outcomes {
            var lost = outcome
            lost.state = outcome.state == .sent || outcome.state == .stoodDown ? .stoodDown : .suppressed
            lost.reason = reason.rawValue
            lost.released = false
            set(lost, .drugService)
        }
    }

    /// What is left to say once every spell was spoken of.
    consuming func finish(_ voices: [Voice]) -> Decision {
        for voice in voices where !voice.isClosed { wantAnswers(voice) }
        tasks.settle(&decision, fold.resolutions.map { events[$0] }, registers, rules)
        return decision
    }

    // MARK: Stand-downs

    /// Somebody who turned out to be under 18, or not to be, has other recipients.
    private mutating func standDownOthers(_ voice: Voice) {
        guard !voice.isClosed else { return }
        for i in decision.state.threads.indices {
            let thread = decision.state.threads[i]
            guard thread.spell == voice.id, thread.kind != .stoodDown else { continue }
            if !voice.aims.aims.contains(where: { $0.kind == thread.recipient.kind }) {
                standDown(at: i, .transferOfResponsibility, ids(voice.aims.grounds))
            }
        }
    }

    private mutating func standDown(
        _ kind: RecipientKind, _ voice: Voice, _ reason: Reason, except: ProviderID? = nil, _ more: [Int?] = []
    ) {
        var grounds = voice.aims.grounds + more.compactMap { $0 }
        if reason == .consentWithdrawn, let consent = fold.consents[Disclosure.scope(of: kind)] {
            grounds.insert(consent, at: 0)
        }
        for i in decision.state.threads.indices {
            let thread = decision.state.threads[i]
            guard thread.spell == voice.id, thread.recipient.kind == kind, thread.kind != .stoodDown,
                thread.recipient.provider != except
            else { continue }
            // A release that was told and is no longer there was taken back, whatever became of the plan before it.
            let isTakenBack = reason == .releaseCancelled && thread.kind != .planned && voice.spell.release == nil
            standDown(at: i, isTakenBack ? .releaseReversed : reason, ids(grounds))
        }
    }

    private mutating func standDown(at i: Int, _ reason: Reason, _ grounds: [UUID]) {
        var thread = decision.state.threads[i]
        let predecessor = thread.position
        thread.version += 1
        thread.kind = .stoodDown
        thread.priority = nil
        thread.contentDigest = []
        thread.sentAt = now
        thread.ackDueAt = nil
        thread.contactDueAt = nil
        thread.clockFrom = nil
        thread.position = nil
        decision.state.threads[i] = thread
        var out = OutboundDecision(
            destination: .handover(thread.recipient), id: thread.id, version: thread.version, kind: .stoodDown,
            priority: nil, taskCode: nil, sentAt: now, ackDueAt: nil, spell: thread.spell,
            body: Envelope.standDown(thread, reason: reason), predecessor: predecessor)
        out.thread = thread
        out.decidedFrom = grounds
        decision.outbound.append(out)
    }

    // MARK: Handovers

    private mutating func send(_ kind: RecipientKind, _ provider: ProviderID, _ assigned: Int?, _ voice: Voice) {
        guard let facts = voice.aims.facts else { return }
        standDown(kind, voice, .transferOfResponsibility, except: provider, [assigned, facts.sources.first])
        let calendar = registers.calendar(of: provider, in: voice.aims.area, rules)
        let rule = PriorityRule(facts: facts, calendar: calendar, now: now, rules: rules)
        let priority = priority(kind, rule, voice.aims)
        let content = ContentBuilder(
            facts: facts, events: events, subject: subject, recipient: kind,
            nasalStocked: registers.providers[provider]?.nasalStocked ?? false, priorities: rule, rules: rules
        ).content()
        let digest = content.digest(priority, released: facts.released)
        let at = decision.state.threads.firstIndex {
            $0.spell == voice.id && $0.recipient.kind == kind && $0.recipient.provider == provider
        }
        let before = at.map { decision.state.threads[$0] }
        if let before, before.kind != .stoodDown, before.contentDigest == digest { return }
        let recipient = Recipient(kind: kind, provider: provider)
        var thread = HandoverThread(
            id: before?.id ?? NamedUUID.thread(voice.id, recipient), spell: voice.id, recipient: recipient,
            version: (before?.version ?? 0) + 1, kind: self.kind(of: facts, after: before, voice.spell),
            priority: priority, contentDigest: digest, sentAt: now, ackDueAt: nil)
        setClock(&thread, after: before, calendar)
        if let at { decision.state.threads[at] = thread } else { decision.state.threads.append(thread) }
        var out = OutboundDecision(
            destination: .handover(recipient), id: thread.id, version: thread.version, kind: thread.kind,
            priority: priority, taskCode: nil, sentAt: now, ackDueAt: thread.ackDueAt, spell: voice.id,
            body: Envelope.handover(thread, content, dq: facts.record == nil ? ["RECORD_MISSING"] : [], rules),
            predecessor: before?.position)
        out.thread = thread
        out.decidedFrom = ids(facts.sources + [finder.consent(kind), assigned].compactMap { $0 })
        decision.outbound.append(out)
    }

    func ids(_ indices: [Int]) -> [UUID] {
        var ids: [UUID] = []
        for i in indices where !ids.contains(events[i].id) { ids.append(events[i].id) }
        return ids
    }

    private func priority(_ kind: RecipientKind, _ rule: PriorityRule, _ aims: SpellAims) -> Priority {
        guard kind == .supervision else { return rule.drugService() }
        let reached = aims.aims.contains {
            if case .send = $0.aim { $0.kind == .drugService } else { false }
        }
        return rule.supervision(drugServiceReached: reached)
    }

    /// RELEASED is the first version after release, also after a stand-down; CORRECTION every later one, and before a
    /// release what a merge changes.
    private func kind(of facts: Facts, after before: HandoverThread?, _ spell: Spell) -> HandoverKind {
        guard facts.released, let release = spell.release else {
            return isMerge && before != nil && before?.kind != .stoodDown ? .correction : .planned
        }
        guard let before, before.kind == .released || before.kind == .correction else { return .released }
        // A correction of what was said of the plan alone left before the release could be spoken of.
        return before.sentAt >= finder.holdEndsAt(release) ? .correction : .released
    }

    /// A clock that runs is not put back by a correction; the release and another priority start a new one. What rises
    /// to P1, and what is raised again after a stand-down, needs an answer of its own (domain.md §8).
    private func setClock(_ thread: inout HandoverThread, after before: HandoverThread?, _ calendar: WorkingCalendar) {
        let isLive = before.map { $0.kind != .stoodDown } ?? false
        if let before, isLive {
            thread.ackFrom = thread.priority == .p1 && before.priority != .p1 ? thread.version : before.ackFrom
        } else {
            thread.ackFrom = thread.version
        }
        if let before, before.priority == thread.priority, thread.kind != .released, isLive {
            thread.ackDueAt = before.ackDueAt
            thread.contactDueAt = before.contactDueAt
            thread.clockFrom = before.clockFrom
        } else if let priority = thread.priority {
            let due = DueTimes(priority, sentAt: now, calendar, rules)
            thread.ackDueAt = due.ackDueAt
            thread.contactDueAt = due.contactDueAt
            thread.clockFrom = now
        }
    }
}

extension PersonState {
    /// The identity.booking_moved in force that took a booking of this person to somebody else.
    fileprivate var bookingMovedAway: UUID? {
        guard events.contains(where: { $0.payload.type == .bookingMoved }) else { return nil }
        let map = IdentityMap(events)
        return StandingIdentity.events(events).last {
            guard case .bookingMoved(let p) = $0.payload else { return false }
            return map.canonical(p.from) == subject && map.canonical(p.to) != subject
        }?.id
    }
}
