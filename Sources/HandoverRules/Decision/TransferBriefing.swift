import FoundationEssentials

/// transfer.briefing: what the receiving prison's naloxone lead must know of somebody who is on the way
/// (domain.md §7.3, §10 R9). One for each transfer, never on a release; it is no task and is never closed.
extension Speaker {
    static let briefing = "TRANSFER_BRIEFING"

    /// Only the newest transfer of somebody still held matters to anybody.
    mutating func brief(_ spell: Spell) {
        guard let transfer = spell.transfers.last, spell.isOpen, finder.death == nil else { return }
        // A spell that nobody was told of yet gets this id when somebody is.
        let id = spell.known?.id ?? NamedUUID.spell(events[spell.opening].id)
        let event = events[transfer.event]
        let date = London.date(of: EventOrder.time(event))
        guard !isTooLate(event), let from = registers.prisons[transfer.to]?.onboardedFrom, from <= date else { return }
        let briefing = NamedUUID.task(event.id, Speaker.briefing)
        guard !decision.state.tasks.contains(where: { $0.id == briefing }), isUnsaid(transfer.to) else { return }
        let facts = finder.finder(spell).facts(heldOn: date)
        guard facts.eligibility == .eligible || !spell.offers.isEmpty || !spell.refusals.isEmpty || !spell.kits.isEmpty
        else { return }
        let body = BriefingBody(
            id: briefing, transfer: transfer, facts: facts, plan: finder.planFacts(spell), spell: spell, events: events,
            subject: subject, now: now)
        say(briefing, transfer, id, body)
    }

    /// A transfer announced again under another id is the same one.
    private func isUnsaid(_ prison: PrisonID) -> Bool {
        let said = decision.state.tasks.count { $0.code == Speaker.briefing && $0.destination == .prisonTask(prison) }
        return said == 0 || said < fold.spells.reduce(0) { $0 + $1.transfers.count { $0.to == prison } }
    }

    private mutating func say(_ briefing: UUID, _ transfer: Spell.Transfer, _ spell: UUID, _ body: BriefingBody) {
        decision.state.tasks.append(
            RaisedTask(
                id: briefing, code: Speaker.briefing, spell: spell, destination: .prisonTask(transfer.to),
                isOpen: false, dueAt: now, priority: nil, answersFrom: now))
        var out = OutboundDecision(
            destination: .prisonTask(transfer.to), id: briefing, version: 1, kind: nil, priority: nil,
            taskCode: Speaker.briefing, sentAt: now, ackDueAt: nil, spell: spell, body: .object(body.fields()),
            predecessor: nil)
        out.decidedFrom = ids(body.sources)
        decision.outbound.append(out)
    }
}

/// The body, by the receiving prison's column of domain.md §6: every group asks ``Disclosure`` first.
struct BriefingBody {
    let id: UUID
    let transfer: Spell.Transfer
    let facts: Facts
    /// Of the plan that stands, if one does.
    let plan: Facts?
    let spell: Spell
    let events: [Event]
    let subject: NomsNumber
    let now: Instant
    private var allowed: DisclosedFacts { Disclosure.allowed(.receivingPrison) }

    var sources: [Int] { [transfer.event] + (plan ?? facts).sources }

    func fields() -> [BodyValue.Field] {
        var fields: [BodyValue.Field] = [
            .init("taskId", .text(id.lowercaseText)), .init("code", .text(Speaker.briefing)),
            .init("sentAt", .text(RFC3339.london(now))),
        ]
        if let from = transfer.from { fields.append(.init("fromPrisonId", .text(from.text))) }
        fields.append(.init("prisonId", .text(transfer.to.text)))
        fields.append(.init("person", .object(person())))
        if allowed.contains(.health) { fields.append(.init("health", .object(health()))) }
        fields.append(.init("thn", .object(thn())))
        if let plan, allowed.contains(.release) { fields.append(.init("release", .object(release(plan)))) }
        return fields
    }

    private func person() -> [BodyValue.Field] {
        var fields: [BodyValue.Field] = []
        func text(_ group: DisclosedFacts, _ name: String, _ value: String?) {
            if let value, allowed.contains(group) { fields.append(.init(name, .text(value))) }
        }
        text(.identity, "name", facts.record?.name)
        text(.identity, "dob", facts.record?.dateOfBirth.description)
        text(.identity, "noms", subject.text)
        let others = Set(facts.mergedNumbers).subtracting([subject])
        if !others.isEmpty, allowed.contains(.identity) {
            fields.append(.init("previousNoms", .list(others.sorted().map { .text($0.text) })))
        }
        text(.crn, "crn", facts.record?.crn)
        text(.pnc, "pnc", facts.record?.pncID)
        text(.nhsNumber, "nhsNumber", facts.record?.nhsNumber)
        return fields
    }

    private func health() -> [BodyValue.Field] {
        guard let assessment = facts.assessment else { return [] }
        var fields: [BodyValue.Field] = [.init("onOst", .bool(assessment.onOst))]
        if let medicine = assessment.ostMedicine { fields.append(.init("ostMedicine", .text(medicine.rawValue))) }
        if let detox = assessment.detoxCompletedOn {
            fields.append(.init("detoxCompletedOn", .text(detox.description)))
        }
        if let own = assessment.overdoseSelf { fields.append(.init("odSelf", .text(own.rawValue))) }
        if let seen = assessment.overdoseWitnessed { fields.append(.init("odWitnessed", .bool(seen))) }
        if let mixed = assessment.mixedUse { fields.append(.init("mixedUse", .bool(mixed))) }
        return fields
    }

    private func thn() -> [BodyValue.Field] {
        var fields: [BodyValue.Field] = [.init("eligible", .bool(facts.eligibility == .eligible))]
        if allowed.contains(.kitProductAndCount) {
            fields.append(.init("kits", .list(spell.kits.filter { !$0.isEnded }.compactMap(kit))))
        }
        if allowed.contains(.trainingDone) { fields.append(.init("trained", .text(facts.training.state.rawValue))) }
        if allowed.contains(.trainingElements) {
            fields.append(.init("elements", .list(facts.training.elements.map { .text($0.rawValue) })))
        }
        if allowed.contains(.refusal) {
            fields.append(.init("refusal", .list(facts.refusals.map { .text($0.rawValue) })))
        }
        return fields
    }

    private func kit(_ kit: Kit) -> BodyValue? {
        guard let issued = events[kit.issue].payload.supply else { return nil }
        var fields: [BodyValue.Field] = [
            .init("product", .text(issued.product.rawValue)), .init("quantity", .int(Int(issued.quantity.value))),
            .init("issuePoint", .text(kit.issuePoint.rawValue)),
        ]
        if allowed.contains(.kitIdentity) {
            fields.append(.init("kitId", .text(issued.kit.text)))
            fields.append(.init("batchNo", .text(issued.batch.text)))
            fields.append(.init("expiryDate", .text(issued.expiry.description)))
        }
        return .object(fields)
    }

    private func release(_ plan: Facts) -> [BodyValue.Field] {
        var fields: [BodyValue.Field] = [.init("plannedOn", .text(plan.date.description))]
        if allowed.contains(.releaseReason), let reason = plan.reason {
            fields.append(.init("reason", .text(reason.rawValue)))
        }
        fields.append(.init("prison", .text(plan.prison.text)))
        return fields
    }
}
