import FoundationEssentials

/// What people are asked to do: tasks, each raised once.
extension Speaker {
    private mutating func raise(
        _ destination: OutboundDecision.Destination, _ id: UUID, _ code: String, spell: UUID, dueAt: Instant,
        priority: Priority?, _ fields: [BodyValue.Field]
    ) {
        guard !decision.state.tasks.contains(where: { $0.id == id }) else { return }
        decision.state.tasks.append(
            RaisedTask(id: id, code: code, spell: spell, destination: destination, dueAt: dueAt, priority: priority))
        tasks.append(
            OutboundDecision(
                destination: destination, id: id, version: 1, kind: nil, priority: priority, taskCode: code,
                sentAt: now, ackDueAt: dueAt, spell: spell,
                body: Envelope.task(id, code, dueAt: dueAt, sentAt: now, priority: priority, fields), predecessor: nil))
    }

    /// With every rise to P1: the out-of-hours contact is to be phoned now (domain.md §8).
    mutating func phone(_ thread: HandoverThread, _ facts: Facts) {
        raise(
            .hubTask, NamedUUID.task(thread.id, "PHONE_NOW", String(thread.version)), "PHONE_NOW", spell: thread.spell,
            dueAt: now, priority: .p1,
            [
                .init("handoverId", .text(thread.id.lowercaseText)),
                .init("providerId", .text(thread.recipient.provider.text)),
                .init("prisonId", .text(facts.prison.text)),
            ])
    }

    /// Nobody can be named, and the person is not dropped: somebody routes by hand (domain.md §10 R2, R4, R5).
    mutating func queue(
        _ kind: RecipientKind, _ spell: UUID, _ reason: String, _ commissioner: ProviderID?, _ aims: SpellAims
    ) {
        guard let facts = aims.facts else { return }
        let calendar = registers.calendar(aims.area, rules)
        let isNear = facts.released || now >= London.instant(calendar.workingDay(-1, from: facts.date), at: .zero)
        let priority: Priority = isNear ? .p1 : .p3
        let code = reason == "NO_PROVIDER" ? reason : "HUMAN_QUEUE"
        var fields: [BodyValue.Field] = [.init("reason", .text(reason)), .init("prisonId", .text(facts.prison.text))]
        if let commissioner { fields.append(.init("providerId", .text(commissioner.text))) }
        raise(
            .hubTask, NamedUUID.task(spell, code, kind.rawValue + (isNear ? "/near" : "")), code, spell: spell,
            dueAt: DueTimes(priority, sentAt: now, calendar, rules).ackDueAt, priority: priority, fields)
    }

    /// A plan whose day passed without a release: the prison is asked (domain.md §12).
    mutating func chase(_ aims: SpellAims, _ spell: UUID) {
        guard let facts = aims.facts, facts.isOverdue, !facts.released,
            let from = registers.prisons[facts.prison]?.onboardedFrom, from <= facts.date
        else { return }
        raise(
            .prisonTask(facts.prison), NamedUUID.task(spell, "RELEASE_UNCONFIRMED", facts.date.description),
            "RELEASE_UNCONFIRMED", spell: spell,
            dueAt: DueTimes(.p1, sentAt: now, registers.calendar(nil, rules), rules).ackDueAt, priority: nil,
            [.init("prisonId", .text(facts.prison.text)), .init("noms", .text(subject.text))])
    }

    /// Consent was withdrawn from a thread that is out: the prison's clinician decides on an override (S14).
    mutating func askForOverride(_ thread: HandoverThread) {
        guard let prison = lastPrison() else { return }
        raise(
            .prisonTask(prison), NamedUUID.task(thread.id, "OVERRIDE_DECISION", String(thread.version)),
            "OVERRIDE_DECISION", spell: thread.spell,
            dueAt: DueTimes(.p1, sentAt: now, registers.calendar(nil, rules), rules).ackDueAt, priority: nil,
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
}
