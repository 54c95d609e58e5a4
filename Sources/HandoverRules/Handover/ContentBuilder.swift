/// Puts together what one recipient may know of the facts: every field asks ``Disclosure`` first.
struct ContentBuilder {
    let facts: Facts
    let events: [Event]
    let subject: NomsNumber
    let recipient: RecipientKind
    let nasalStocked: Bool
    let priorities: PriorityRule
    let rules: Rulebook
    private let allowed: DisclosedFacts

    init(
        facts: Facts, events: [Event], subject: NomsNumber, recipient: RecipientKind, nasalStocked: Bool,
        priorities: PriorityRule, rules: Rulebook
    ) {
        self.facts = facts
        self.events = events
        self.subject = subject
        self.recipient = recipient
        self.nasalStocked = nasalStocked
        self.priorities = priorities
        self.rules = rules
        allowed = Disclosure.allowed(recipient)
    }

    func content() -> HandoverContent {
        let messages = rules.catalogue.choose(isHealth ? .drugService : .supervision, triggers(), rules)
        let actions = isHealth ? healthActions() : supervisionActions()
        var content = HandoverContent(
            messages: messages, actions: actions, language: WordingLanguage(record: facts.record?.language),
            product: productHeld)
        content.fields.reserveCapacity(7)
        content.fields.append(.init("person", .object(person())))
        content.fields.append(.init("release", .object(release())))
        content.fields.append(.init("thn", .object(thn())))
        if allowed.contains(.health) {
            content.fields.append(.init("risk", .list(priorities.risks().map { .text($0) })))
        }
        content.fields.append(.init("actions", .list(actions.map { .text($0.rawValue) })))
        content.fields.append(.init("keyMessages", .list(messages.map { .text($0.id) })))
        return content
    }

    private var isHealth: Bool { allowed.contains(.health) }

    private func person() -> [BodyValue.Field] {
        var fields: [BodyValue.Field] = []
        fields.reserveCapacity(8)
        func text(_ name: String, _ value: String?) {
            if let value { fields.append(.init(name, .text(value))) }
        }
        if allowed.contains(.identity) {
            text("name", facts.record?.name)
            text("dob", facts.record?.dateOfBirth.description)
            text("noms", subject.text)
            let others = Set(facts.mergedNumbers).subtracting([subject])
            if !others.isEmpty {
                fields.append(.init("previousNoms", .list(others.sorted().map { .text($0.text) })))
            }
        }
        if allowed.contains(.crn) { text("crn", facts.record?.crn) }
        if allowed.contains(.pnc) { text("pnc", facts.record?.pncID) }
        if allowed.contains(.nhsNumber) { text("nhsNumber", facts.record?.nhsNumber) }
        if allowed.contains(.address) {
            text("postcode", facts.addresses.first?.postcode?.text)
            fields.append(.init("nfa", .bool(facts.nfa)))
        }
        return fields
    }

    private func release() -> [BodyValue.Field] {
        var fields: [BodyValue.Field] = []
        fields.reserveCapacity(6)
        if let at = facts.releasedAt {
            fields.append(.init("at", .text(RFC3339.london(at))))
        } else {
            fields.append(.init("plannedOn", .text(facts.date.description)))
            if facts.isOverdue { fields.append(.init("status", .text(facts.isStale ? "STALE" : "UNCONFIRMED"))) }
        }
        fields.append(.init("prison", .text(facts.prison.text)))
        if allowed.contains(.releaseClass) {
            fields.append(.init("class", .text(facts.isPlanned ? "PLANNED" : "UNPLANNED")))
        }
        if allowed.contains(.releaseReason), let reason = facts.reason {
            fields.append(.init("reason", .text(reason.rawValue)))
        }
        if allowed.contains(.supervision) {
            fields.append(.init("supervision", .text((facts.supervision?.type ?? .unknown).rawValue)))
            if let office = facts.supervision?.officeCode {
                fields.append(.init("officeCode", .text(office.text)))
            }
        }
        return fields
    }

    private func thn() -> [BodyValue.Field] {
        var fields: [BodyValue.Field] = []
        if facts.released {
            fields.append(.init("kitAtRelease", .text(facts.kit.status.rawValue)))
        } else {
            fields.append(.init("kitReady", .bool(facts.kit.status == .yes)))
        }
        if allowed.contains(.kitProductAndCount), !facts.kit.held.isEmpty {
            fields.append(.init("kits", .list(facts.kit.held.compactMap(kit))))
        }
        if allowed.contains(.trainingElements) {
            fields.append(.init("trained", .text(facts.training.state.rawValue)))
            let elements = facts.training.elements
            if !elements.isEmpty { fields.append(.init("elements", .list(elements.map { .text($0.rawValue) }))) }
        } else {
            fields.append(.init("trained", .text(facts.training.state == .complete ? "YES" : "NO")))
        }
        if allowed.contains(.refusal), !facts.refusals.isEmpty {
            fields.append(.init("refusal", .list(facts.refusals.map { .text($0.rawValue) })))
        }
        return fields
    }

    private func kit(_ issue: Int) -> BodyValue? {
        guard let kit = events[issue].payload.supply else { return nil }
        var fields: [BodyValue.Field] = [
            .init("product", .text(kit.product.rawValue)), .init("quantity", .int(Int(kit.quantity.value))),
        ]
        if allowed.contains(.kitIdentity) {
            fields.append(.init("kitId", .text(kit.kit.text)))
            fields.append(.init("batchNo", .text(kit.batch.text)))
            fields.append(.init("expiryDate", .text(kit.expiry.description)))
        }
        return .object(fields)
    }

    /// The one product of all kits held.
    private var productHeld: KitProduct? {
        let products = facts.kit.held.compactMap { events[$0].payload.supply?.product }
        return products.allSatisfy { $0 == products.first } ? products.first : nil
    }

    // MARK: Actions and messages

    private func healthActions() -> [ActionCode] {
        var actions: [ActionCode] = []
        if facts.released, facts.kit.status == .no, !facts.kit.suppliedSince { actions.append(.supplyKit) }
        if facts.refusals.contains(.needleFear), nasalStocked { actions.append(.offerNasal) }
        if facts.training.state != .complete { actions.append(.completeTraining) }
        if facts.onOst { actions.append(.prescriberSameDay) }
        if facts.nfa { actions.append(.outreach) }
        if facts.appointment == nil { actions.append(.bookAppointment) }
        if facts.kit.expiresSoon { actions.append(.swapKit) }
        if isFamilyAddress { actions.append(.offerFamilyTraining) }
        return actions
    }

    private func supervisionActions() -> [ActionCode] {
        var actions: [ActionCode] = [.askAboutKit]
        if facts.released, facts.kit.status == .no { actions.append(.signpostDrugService) }
        if facts.appointment != nil { actions.append(.alignFirstAppointment) }
        if facts.kit.lost { actions.append(.reportLostKit) }
        return actions
    }

    private var isFamilyAddress: Bool { facts.addresses.first?.status == .family }

    /// What holds, of what this recipient may know.
    private func triggers() -> KeyMessageTriggers {
        var holding: KeyMessageTriggers = [.eligible, .consentGiven]
        if facts.kit.status == .yes { holding.insert(.kitHeld) }
        if (facts.released && facts.kit.status == .no) || facts.kit.lost || facts.kit.used
            || facts.kit.expiresSoon
        {
            holding.insert(.kitWanting)
        }
        if facts.date >= rules.strongerOpioidsFrom { holding.insert(.strongOpioids) }
        if !facts.kit.held.isEmpty { holding.insert(.productKnown) }
        if isFamilyAddress { holding.insert(.familyAddress) }
        switch facts.training.state {
        case .none: break
        case .partial: holding.insert(.trainedInPart)
        case .complete: holding.insert(.trained)
        }
        if allowed.contains(.refusal) { holding.formUnion(refusals()) }
        guard allowed.contains(.health) else { return holding }
        if facts.onOst { holding.insert(.onOst) }
        if facts.assessment?.mixedUse == true { holding.insert(.mixedUse) }
        if facts.assessment?.wingRegime == .recoveryWing { holding.insert(.recoveryWing) }
        return holding
    }
    /// What refusals that still stand call for.
    private func refusals() -> KeyMessageTriggers {
        var holding: KeyMessageTriggers = []
        for reason in facts.refusals {
            switch reason {
            case .policeFear: holding.insert(.policeFear)
            case .clinicalOnly: holding.insert(.clinicalOnly)
            case .abstinent: holding.insert(.abstinent)
            case .licenceToUse: holding.insert(.licenceToUse)
            case .naltrexoneMixUp: holding.insert(.naltrexoneMixUp)
            case .withdrawalFear: holding.insert(.withdrawalFear)
            case .highMyth: holding.insert(.highMyth)
            case .needleFear: if nasalStocked { holding.insert(.needleFear) }
            case .notMyProblem, .notUsing, .hasKit, .privacy, .noTime, .language, .unwell, .badExperience, .notStated,
                .other:
                break
            }
        }
        return holding
    }
}
