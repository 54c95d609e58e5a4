import FoundationEssentials
import HandoverRules

/// What goes wrong between a prison's system and the broker: records sent again, without a key, under somebody
/// else's name, and records that nobody can read. Each kind occurs at least once in an estate with people.
struct Disturbances {
    let plan: EstatePlan
    let told: [Emission]
    let people: [SyntheticPerson]
    var dice: Dice

    /// Everything told, some of it without its key, and the disturbances; not in order.
    mutating func applied() -> [Emission] {
        guard !told.isEmpty, !people.isEmpty else { return told }
        var all = told
        for _ in 0..<(1 + told.count / 200) { dropKey(&all) }
        let again = max(4, Int(Double(told.count) * plan.duplicateShare))
        for number in 0..<again { all.append(sentAgain(dice.pick(told), newID: number.isMultiple(of: 2))) }
        all += contradictions()
        all += malformed()
        return all
    }

    /// Never an assessment: without a key it could arrive after the contradiction that takes its id.
    private mutating func dropKey(_ all: inout [Emission]) {
        let keyed = all.indices.filter { all[$0].topicOf == .kitIssued || all[$0].topicOf == .releasePlanned }
        guard !keyed.isEmpty else { return }
        let index = dice.pick(keyed)
        if case .cloudEvent(let event) = all[index].shape { all[index].shape = .cloudEventWithoutKey(event) }
    }

    /// The same fact again, minutes to hours later: the same record, or for `newID` the fact under another id.
    private mutating func sentAgain(_ original: Emission, newID: Bool) -> Emission {
        var copy = original
        copy.at = original.at + .seconds(Int64(dice.within(60...14_400)))
        copy.fate = .repeats
        switch original.shape {
        case .cloudEvent(var event), .cloudEventWithoutKey(var event):
            guard newID else { return copy }
            event.id = dice.uuid()
            (event.publishedAt, event.receivedAt) = (copy.at, copy.at)
            copy.shape = .cloudEvent(event)
            copy.fate = .resends
        case .hmpps(_, var event):
            // HMPPS announces again with a new MessageId and publishedAt; the identity is derived from neither.
            (event.publishedAt, event.receivedAt) = (copy.at, copy.at)
            let id = dice.uuid().uuidString.lowercased()
            if let record = HmppsWriting.record(event, inSNS: newID, messageID: id) {
                copy.shape = .hmpps(record, means: event)
            }
        case .malformed: break
        }
        return copy
    }

    /// Readable events that must be refused for what they say.
    private mutating func contradictions() -> [Emission] {
        let count = max(1, Int(Double(told.count) * plan.malformedShare / 8))
        var result: [Emission] = []
        for _ in 0..<count {
            if let conflict = idConflict() { result.append(conflict) }
            result.append(notEntitled())
            result.append(futureDated())
        }
        return result
    }

    /// The id of an assessment that was published before, with another content.
    private mutating func idConflict() -> Emission? {
        let assessments = told.filter { $0.topicOf == .eligibilityAssessed }
        guard !assessments.isEmpty else { return nil }
        let original = dice.pick(assessments)
        guard var event = original.event, case .eligibilityAssessed(var p) = event.payload else { return nil }
        p.wingRegime = p.wingRegime == .segregation ? .general : .segregation
        event.payload = .eligibilityAssessed(p)
        let at = original.at + .minutes(Int64(dice.within(10...60)))
        (event.publishedAt, event.receivedAt) = (at, at)
        return refused(event, .idConflict)
    }

    /// A reception that one prison publishes in another's name.
    private mutating func notEntitled() -> Emission {
        let person = dice.pick(people)
        var p = CustodyReceived()
        p.prison = person.prison
        p.reason = .admission
        let other = plan.prisons.first { $0 != person.prison } ?? plan.outsidePrison
        return refused(stranger(person, .custodyReceived(p), from: other), .notEntitled)
    }

    /// An assessment that happens two days after it was published.
    private mutating func futureDated() -> Emission {
        let person = dice.pick(people)
        var p = EligibilityAssessed()
        p.assessment = Label(unchecked: "a-future-\(dice.below(1_000_000))")
        p.outcome = .notEligible
        p.notEligibleReason = .noOpioidRisk
        var event = stranger(person, .eligibilityAssessed(p), from: person.prison)
        event.occurredAt = event.publishedAt + .days(2)
        return refused(event, .futureDated)
    }

    private mutating func stranger(_ person: SyntheticPerson, _ payload: Payload, from prison: PrisonID) -> Event {
        let at = daytime()
        return Event(
            id: dice.uuid(), subject: person.noms, occurredAt: at - .minutes(30), publishedAt: at, receivedAt: at,
            system: "nomis-feed", sourcePrison: prison, payload: payload)
    }

    private func refused(_ event: Event, _ reason: RejectionKind) -> Emission {
        Emission(
            at: event.publishedAt, shape: .cloudEvent(event), fate: .rejected(reason), topicOf: event.payload.type)
    }

    /// Every kind once, then more of those that are small.
    private mutating func malformed() -> [Emission] {
        let kinds = MalformedKind.allCases
        let small = kinds.filter { $0 != .tooLarge }
        let extra = max(0, Int(Double(told.count) * plan.malformedShare) - kinds.count)
        return (kinds + (0..<extra).map { small[$0 % small.count] }).map { kind in
            let person = dice.pick(people)
            let at = daytime()
            let record = Malformation(noms: person.noms, prison: person.prison, at: at, id: dice.uuid()).record(kind)
            return Emission(
                at: at, shape: .malformed(record, kind), fate: .rejected(kind.reason), topicOf: .kitIssued)
        }
    }

    /// Some moment of the simulated days, after the first night.
    private mutating func daytime() -> Instant {
        plan.start + .seconds(Int64(dice.within(25_000...(86_400 * max(1, plan.days) - 1))))
    }
}
