import FoundationEssentials

/// One person before the decision: what is kept, with what moved in and without what moved out, and what arrived.
struct Turn {
    var base: PersonState
    /// Indices into the arrivals.
    var arrivals: [Int] = []
    /// Indices of arrivals of others that concern the person.
    var concernedBy: [Int] = []
    var noticed: [DataQuality] = []
    /// The person's events are others than they were, beside the arrivals.
    var isChanged = false
    var elsewhere = Elsewhere()

    init(_ base: PersonState) { self.base = base }
}

extension People {
    /// Decides for everybody whom the arrivals concern. Nothing of `self` changes: see ``apply(_:)``.
    ///
    /// - Parameter arrivals: events new by id, in the order in which they were recorded.
    public func decide(_ arrivals: [Event], _ world: World) -> PeopleStep {
        var step = PeopleStep()
        step.circles = circles(arrivals)
        guard step.circles.isEmpty else { return step }
        var turns = turns(arrivals, &step)
        settleKits(&turns, arrivals, absorbed: Set(step.absorbed.map(\.number)))
        step.persons.reserveCapacity(turns.count)
        for number in turns.keys.sorted() {
            guard let turn = turns.removeValue(forKey: number) else { continue }
            if let person = person(turn, arrivals, world) { step.persons.append(person) }
        }
        settleClaims(&step)
        return step
    }

    /// Merges among the arrivals that contradict those before them, in order of receipt.
    private func circles(_ arrivals: [Event]) -> [UUID] {
        var merges = arrivals.filter { $0.payload.type == .identityMerged }
        guard !merges.isEmpty else { return [] }
        merges.sort { $0.receivedAt != $1.receivedAt ? $0.receivedAt < $1.receivedAt : $0.id < $1.id }
        var known = linked(arrivals).flatMap { states[$0]?.events ?? [] }
        known += arrivals.filter { $0.correction != nil || $0.isMove }
        var circles: [UUID] = []
        for event in merges {
            guard case .identityMerged(let merge) = event.payload, let removed = merge.removed else { continue }
            if IdentityMap(known).wouldCloseACircle(removed: removed, surviving: merge.surviving) {
                circles.append(event.id)
            } else {
                known.append(event)
            }
        }
        return circles
    }

    private func turns(_ arrivals: [Event], _ step: inout PeopleStep) -> [NomsNumber: Turn] {
        let linked = linked(arrivals)
        var turns: [NomsNumber: Turn] = [:]
        turns.reserveCapacity(arrivals.count)
        if !linked.isEmpty { turns = Regrouping(self, linked, arrivals).turns(&step) }
        for (index, event) in arrivals.enumerated() {
            let number = canonical(event.subject)
            guard !linked.contains(number), !event.isIdentity else { continue }
            turns[number, default: Turn(states[number] ?? PersonState(subject: number))].arrivals.append(index)
            if number != event.subject, event.isAboutAPerson {
                turns[number]?.noticed.append(DataQuality(code: "ALIAS_USED", event: event.id))
            }
        }
        return turns
    }

    /// nil where nothing happened to the person after all.
    private func person(_ turn: Turn, _ arrivals: [Event], _ world: World) -> PersonStep? {
        let own = turn.arrivals.map { arrivals[$0] }
        guard let last = (turn.arrivals + turn.concernedBy).max() else { return nil }
        var elsewhere = turn.elsewhere
        if own.isEmpty || turn.isChanged {
            let concerned = turn.concernedBy.map { arrivals[$0].receivedAt }.max()
            elsewhere.concernedAt = [elsewhere.concernedAt, concerned].compactMap { $0 }.max()
        }
        var decision = HandoverRules.decide(
            turn.base, arrivals: own, record: world.records[turn.base.subject], registers: world.registers,
            rules: world.rules, elsewhere: elsewhere)
        decision.note(turn.noticed)
        var step = PersonStep(decision: decision, arrivals: own, cause: arrivals[last])
        step.concernedBy = Set(turn.concernedBy.map { arrivals[$0].id })
        return step
    }
}

extension Event {
    /// Whether a source chose the number that this is addressed to: the hub's own events and answers to a handover
    /// keep the number of their time, and nobody used an alias.
    var isAboutAPerson: Bool {
        switch payload {
        case .timerFired, .referenceChanged, .handoverAcknowledged, .engagementRecorded, .taskResolved: false
        default: !isIdentity
        }
    }
}
