import FoundationEssentials

/// Deals the events of people who are tied together out anew: each event to whom it belongs, and what was said to who
/// is now spoken of. Derived from the events alone, so that nothing is ever edited in place.
struct Regrouping {
    private let people: People
    private let linked: Set<NomsNumber>
    private let arrivals: [Event]
    /// Indices of arrivals that are addressed to one of the group, or say who is who in it.
    private let own: [Int]
    private let map: IdentityMap
    private let ownership: Ownership

    init(_ people: People, _ linked: Set<NomsNumber>, _ arrivals: [Event]) {
        self.people = people
        self.linked = linked
        self.arrivals = arrivals
        own = arrivals.indices.filter {
            arrivals[$0].isIdentity || linked.contains(people.canonical(arrivals[$0].subject))
        }
        var pool: [Event] = []
        var seen: Set<UUID> = []
        for number in linked.sorted() {
            for event in people.states[number]?.events ?? [] where seen.insert(event.id).inserted { pool.append(event) }
        }
        for index in own where arrivals[index].payload.type != .timerFired && seen.insert(arrivals[index].id).inserted {
            pool.append(arrivals[index])
        }
        pool.sort(by: EventOrder.precedes)
        map = IdentityMap(pool)
        ownership = Ownership(pool, map)
    }

    func turns(_ step: inout PeopleStep) -> [NomsNumber: Turn] {
        step.keptUnder = map.keptUnder
        var turns: [NomsNumber: Turn] = [:]
        for number in linked.sorted() where map.canonical(number) == number {
            turns[number] = Turn(people.states[number] ?? PersonState(subject: number))
        }
        for number in linked.sorted() { dealOut(number, &turns, &step) }
        deliver(&turns)
        note(&turns)
        let identity = own.filter { arrivals[$0].isIdentity || arrivals[$0].correction != nil }
        for number in turns.keys where turns[number]?.isChanged == true {
            turns[number]?.concernedBy = identity.isEmpty ? own : identity
        }
        return turns.filter { !$0.value.arrivals.isEmpty || $0.value.isChanged }
    }

    // MARK: What is kept

    /// Gives what is kept under one number to whom it belongs now.
    private func dealOut(_ number: NomsNumber, _ turns: inout [NomsNumber: Turn], _ step: inout PeopleStep) {
        guard let state = people.states[number] else { return }
        let home = map.canonical(number)
        if home != number {
            step.absorbed.append(
                PeopleStep.Absorbed(
                    number: number, into: home, timers: state.openTimers, spells: spells(of: state),
                    claims: people.claims.claims(of: number)))
        }
        var leaving: [NomsNumber: [Event]] = [:], left: Set<UUID> = []
        for event in state.events {
            let owners = owners(of: event)
            if !owners.contains(number) { left.insert(event.id) }
            for owner in owners where owner != number { leaving[owner, default: []].append(event) }
        }
        if home == number, !left.isEmpty {
            turns[number]?.base.events.removeAll { left.contains($0.id) }
            turns[number]?.isChanged = true
        }
        dealOutWords(of: state, number, home, &turns)
        for (owner, events) in leaving.sorted(by: { $0.key < $1.key }) { take(events, of: state, owner, &turns) }
    }

    /// Events come to somebody as if they arrived there; what the arrival of each gave rise to was noted already.
    private func take(
        _ events: [Event], of other: PersonState, _ owner: NomsNumber, _ turns: inout [NomsNumber: Turn]
    ) {
        var turn = turns[owner] ?? Turn(people.states[owner] ?? PersonState(subject: owner))
        let present = Set(turn.base.events.map(\.id))
        let new = events.filter { !present.contains($0.id) }
        if !new.isEmpty {
            let ids = Set(new.map(\.id))
            turn.base.aliases += other.aliases.filter { ids.contains($0.kept) && !turn.base.aliases.contains($0) }
            var intake = Arrivals()
            intake.take(new, into: &turn.base)
            turn.isChanged = true
        }
        turns[owner] = turn
    }

    /// A merge is kept with the survivor, a move with both sides.
    private func owners(of event: Event) -> Set<NomsNumber> {
        switch event.payload {
        case .identityMerged(let merge): return [map.canonical(merge.surviving)]
        case .bookingMoved(let move): return [map.canonical(move.from), map.canonical(move.to)]
        default: return [ownership.owner(of: event)]
        }
    }

    private func spells(of state: PersonState) -> [UUID] {
        Set(state.spells.map(\.id)).union(state.outcomes.map(\.spell)).sorted()
    }

    // MARK: What was said

    /// What was said of a spell stays with the person it was said of, who is perhaps kept under another number now.
    private func dealOutWords(
        of state: PersonState, _ number: NomsNumber, _ home: NomsNumber, _ turns: inout [NomsNumber: Turn]
    ) {
        var homes: [UUID: NomsNumber] = [:]
        let addresses = Dictionary(state.events.map { ($0.id, $0) }) { first, _ in first }
        for spell in state.spells {
            guard let anchor = addresses[spell.anchor] else { continue }
            let address = map.canonical(anchor.subject)
            if home == number, address != number, ownership.owner(of: anchor) != number { homes[spell.id] = address }
        }
        guard home != number || !homes.isEmpty else { return }
        if home == number, var turn = turns[number] {
            turn.base.keepWords { homes[$0] == nil }
            turns[number] = turn
        }
        for owner in Set(homes.values).union(home == number ? [] : [home]).sorted() {
            var turn = turns[owner] ?? Turn(PersonState(subject: owner))
            turn.base.addWords(of: state, now: home != number) { (homes[$0] ?? home) == owner }
            turn.isChanged = true
            turns[owner] = turn
        }
    }

    // MARK: What arrived

    private func deliver(_ turns: inout [NomsNumber: Turn]) {
        for index in own {
            let event = arrivals[index]
            let isTimer = event.payload.type == .timerFired
            for owner in isTimer ? [map.canonical(event.subject)] : owners(of: event) {
                turns[owner, default: Turn(people.states[owner] ?? PersonState(subject: owner))].arrivals.append(index)
            }
        }
    }

    private func note(_ turns: inout [NomsNumber: Turn]) {
        for number in turns.keys {
            for index in turns[number]?.arrivals ?? [] {
                let event = arrivals[index]
                if case .identityMerged(let merge) = event.payload, merge.removed == nil {
                    turns[number]?.noticed.append(DataQuality(code: "MERGE_INCOMPLETE", event: event.id))
                }
                guard event.isAboutAPerson, event.subject != number, wasKnown(before: event) else { continue }
                turns[number]?.noticed.append(DataQuality(code: "ALIAS_USED", event: event.id))
            }
        }
    }

    /// Whether whoever sent the event could have known better.
    private func wasKnown(before event: Event) -> Bool {
        linked.contains { number in
            (people.states[number]?.events ?? []).contains {
                $0.isIdentity && $0.numbersConcerned.contains(event.subject)
            }
        }
            || own.contains {
                arrivals[$0].isIdentity && arrivals[$0].receivedAt < event.receivedAt
                    && arrivals[$0].numbersConcerned.contains(event.subject)
            }
    }
}

extension PersonState {
    /// Keeps what was said of some spells only.
    fileprivate mutating func keepWords(_ isKept: (UUID) -> Bool) {
        spells.removeAll { !isKept($0.id) }
        threads.removeAll { !isKept($0.spell) }
        outcomes.removeAll { !isKept($0.spell) }
        tasks.removeAll { !isKept($0.spell) }
    }

    /// Takes over what was said of some spells of somebody else; `now` too where the other is this person.
    fileprivate mutating func addWords(of other: PersonState, now isOne: Bool, _ isTaken: (UUID) -> Bool) {
        spells += other.spells.filter { new in isTaken(new.id) && !spells.contains { $0.id == new.id } }
        threads += other.threads.filter { new in isTaken(new.spell) && !threads.contains { $0.id == new.id } }
        outcomes += other.outcomes.filter { new in
            isTaken(new.spell) && !outcomes.contains { $0.spell == new.spell && $0.scope == new.scope }
        }
        tasks += other.tasks.filter { new in isTaken(new.spell) && !tasks.contains { $0.id == new.id } }
        guard isOne else { return }
        now = max(now, other.now)
        for exception in other.dataQuality where !dataQuality.contains(exception) { dataQuality.append(exception) }
    }
}
