import FoundationEssentials

/// What people are to be asked to do now: every place at which a task is wanted.
extension Speaker {
    /// Tasks that come from a spell's aims.
    mutating func wantTasks(_ voice: Voice) {
        guard !voice.isClosed else { return }
        if voice.isHeld { tasks.hold(voice.id) }
        for (kind, aim) in voice.aims.aims {
            switch aim {
            case .human(let queue): wantRouting(kind, queue, voice)
            case .suppress(.noConsent), .hold(consented: false): wantOverride(kind, voice)
            default: break
            }
        }
        wantConfirmation(voice)
        wantKitSettled(voice)
        if let death = finder.death, let handover = death.handover,
            decision.state.threads.contains(where: { $0.id == handover && $0.spell == voice.id })
        {
            wantReview(handover, voice)
        }
    }

    /// Nobody can be named, and the person is not dropped: somebody routes by hand (domain.md §10 R2, R4, R5).
    private mutating func wantRouting(_ kind: RecipientKind, _ queue: HumanQueue, _ voice: Voice) {
        let isNear =
            voice.aims.facts.map { facts in
                let calendar = registers.calendar(voice.aims.area, rules)
                return facts.released || now >= PlanClock.routedBy(facts.date, calendar)
            } ?? true
        let priority: Priority = isNear ? .p1 : .p3
        let whom = queue.reason == .afterDeath ? "" : kind.rawValue
        let part = "\(whom)/\(queue.reason.rawValue)" + (isNear ? "/near" : "")
        var task = WantedTask(
            queue.reason == .noProvider ? .noProvider : .humanQueue, about: voice.id, part, spell: voice.id,
            due: .asAcknowledged(priority, voice.aims.area))
        task.priority = priority
        task.reason = queue.reason
        task.prison = voice.prison
        task.provider = queue.commissioner.map { .provider($0) }
        tasks.want(task)
    }

    /// Consent went from a thread that was out: the prison's clinician decides on an override (S14).
    private mutating func wantOverride(_ kind: RecipientKind, _ voice: Voice) {
        guard Disclosure.allowed(kind).contains(.health), let prison = voice.prison else { return }
        for thread in decision.state.threads where thread.spell == voice.id && thread.recipient.kind == kind {
            var task = WantedTask(
                .overrideDecision, about: thread.id, String(thread.version), spell: voice.id,
                due: .asAcknowledged(.p1, nil))
            task.toPrison = prison
            tasks.want(task)
        }
    }

    /// A plan whose day passed without a release: the prison is asked (domain.md §12).
    private mutating func wantConfirmation(_ voice: Voice) {
        guard let facts = voice.aims.facts, facts.isOverdue, !facts.released,
            let from = registers.prisons[facts.prison]?.onboardedFrom, from <= facts.date
        else { return }
        var task = WantedTask(
            .releaseUnconfirmed, about: voice.id, facts.date.description, spell: voice.id,
            due: .asAcknowledged(.p1, nil))
        task.toPrison = facts.prison
        tasks.want(task)
    }

    /// Somebody else is recorded with the same kit (S18).
    private mutating func wantKitSettled(_ voice: Voice) {
        guard let prison = voice.prison, voice.aims.facts != nil, !finder.elsewhere.kitsHeldByOthers.isEmpty else {
            return
        }
        for kit in voice.spell.kits where !kit.isEnded && finder.elsewhere.kitsHeldByOthers.contains(kit.id) {
            var task = WantedTask(
                .kitDisputed, about: voice.id, kit.id.text, spell: voice.id, due: .asAcknowledged(.p2, nil))
            task.toPrison = prison
            task.kit = kit.id
            tasks.want(task)
        }
    }

    private mutating func wantReview(_ handover: UUID, _ voice: Voice) {
        var task = WantedTask(
            .incidentReview, about: voice.id, spell: voice.id, due: .asAcknowledged(.p3, nil))
        task.handover = handover
        task.prison = voice.prison
        tasks.want(task)
    }

    // MARK: Answers

    /// Tasks that come from a recipient's answer, or from none (domain.md §8).
    mutating func wantAnswers(_ voice: Voice) {
        for thread in decision.state.threads where thread.spell == voice.id && thread.kind != .stoodDown {
            if responses.isRejected(thread) { wantRejectionSettled(thread, voice) }
            guard !responses.isAcked(thread) else { continue }
            if thread.priority == .p1 {
                wantAnswer(.phoneNow, thread, voice, part: String(thread.ackFrom))
            }
            let calendar = registers.calendar(of: thread.recipient.provider, in: voice.aims.area, rules)
            guard let clock = AckClock(thread, calendar) else { continue }
            wantEscalation(clock, voice)
        }
    }

    private mutating func wantEscalation(_ clock: AckClock, _ voice: Voice) {
        let thread = clock.thread
        let part = String(clock.startedAt.microseconds)
        if let half = clock.halfAt, now >= half { wantAnswer(.ackHalf, thread, voice, part: part) }
        guard now >= clock.dueAt else { return }
        wantAnswer(.ackOverdue, thread, voice, part: part)
        if voice.aims.released, let prison = voice.prison {
            var task = WantedTask(
                .ackOverdue, about: thread.id, part + "/prison", spell: voice.id, due: .asAcknowledged(.p1, nil))
            task.handover = thread.id
            task.priority = thread.priority
            task.provider = .provider(thread.recipient.provider)
            task.toPrison = prison
            tasks.want(task)
        }
        guard now >= clock.doubleAt else { return }
        var task = WantedTask(
            .ackDoubleOverdue, about: thread.id, part, spell: voice.id, due: .asAcknowledged(.p1, voice.aims.area))
        task.handover = thread.id
        task.priority = thread.priority
        task.prison = voice.prison
        if let area = voice.aims.area {
            task.provider = .commissioner(of: area, on: voice.aims.facts?.date ?? London.date(of: now))
        }
        tasks.want(task)
    }

    private mutating func wantAnswer(_ code: TaskCode, _ thread: HandoverThread, _ voice: Voice, part: String) {
        let isCall = code == .phoneNow || code == .ackHalf
        var task = WantedTask(
            code, about: thread.id, part, spell: voice.id, due: isCall ? .now : .asAcknowledged(.p1, voice.aims.area))
        task.handover = thread.id
        task.priority = thread.priority
        task.provider = .provider(thread.recipient.provider)
        task.prison = voice.prison
        tasks.want(task)
    }

    /// The recipient does not take the person: the thread stands, a person finds somebody who does.
    private mutating func wantRejectionSettled(_ thread: HandoverThread, _ voice: Voice) {
        let priority: Priority = voice.aims.released ? .p1 : .p3
        var task = WantedTask(
            .humanQueue, about: thread.id, Reason.rejected.rawValue + "/\(thread.ackFrom)", spell: voice.id,
            due: .asAcknowledged(priority, voice.aims.area))
        task.priority = priority
        task.reason = .rejected
        task.handover = thread.id
        task.prison = voice.prison
        tasks.want(task)
    }
}

extension TaskCode {
    /// What a hold does not decide anew.
    var standsThroughHold: Bool {
        switch self {
        case .noProvider, .humanQueue, .kitDisputed, .overrideDecision: true
        default: false
        }
    }
}
