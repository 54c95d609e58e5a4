import FoundationEssentials

/// A task that should stand now. What its message needs beyond its name is looked up only when it is raised.
struct WantedTask {
    let id: UUID
    let code: TaskCode
    let spell: UUID
    var handover: UUID?
    /// On `prison.tasks.PRISON` of this prison and naming the person; nil: on `hub.tasks`.
    var toPrison: PrisonID?
    var due: Due
    var priority: Priority?
    // The body's fields; ``TaskCode/fields`` says which a code may have.
    var reason: Reason?
    var provider: Reader?
    var prison: PrisonID?
    var kit: Label?

    enum Due {
        case now
        /// As the acknowledgement of a handover of this priority, by the area's calendar.
        case asAcknowledged(Priority, AuthorityID?)
        case within(Span)
    }

    /// The body's `providerId`: whose task it is.
    enum Reader {
        case provider(ProviderID)
        case commissioner(of: AuthorityID, on: LocalDate)
    }

    init(_ code: TaskCode, about: UUID, _ part: String = "", spell: UUID, due: Due) {
        id = NamedUUID.task(about, code.rawValue, part)
        self.code = code
        self.spell = spell
        self.due = due
    }

    static func privacyIncident(_ thread: HandoverThread, _ rules: Rulebook) -> WantedTask {
        var task = WantedTask(
            .privacyIncident, about: thread.id, String(thread.version), spell: thread.spell,
            due: .within(rules.privacyAssessment))
        task.handover = thread.id
        return task
    }
}

/// A task's messages (domain.md §7.3): what it is about, or that it has ended.
extension WantedTask {
    func fields(_ subject: NomsNumber, _ registers: Registers, _ rules: Rulebook) -> [BodyValue.Field] {
        var fields: [BodyValue.Field] = []
        if let reason { fields.append(.init("reason", .text(reason.rawValue))) }
        if let handover { fields.append(.init("handoverId", .text(handover.lowercaseText))) }
        if let id = providerID(registers, rules) { fields.append(.init("providerId", .text(id.text))) }
        if let prison = toPrison ?? prison { fields.append(.init("prisonId", .text(prison.text))) }
        if toPrison != nil { fields.append(.init("noms", .text(subject.text))) }
        if let kit { fields.append(.init("kitId", .text(kit.text))) }
        return fields
    }

    private func providerID(_ registers: Registers, _ rules: Rulebook) -> ProviderID? {
        switch provider {
        case nil: nil
        case .provider(let id): id
        case .commissioner(let area, let date):
            Router(registers: registers, rules: rules, date: date).commissioner(area)
        }
    }

    func dueAt(_ now: Instant, _ registers: Registers, _ rules: Rulebook) -> Instant {
        switch due {
        case .now: now
        case .within(let span): now + span
        case .asAcknowledged(let priority, let area):
            DueTimes(priority, sentAt: now, registers.calendar(area, rules), rules).ackDueAt
        }
    }
}
