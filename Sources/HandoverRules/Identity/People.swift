public import FoundationEssentials

/// People as one transaction sees them, each under the number that is kept, and what newly arrived events mean for all
/// of them together: merges, moved bookings, kits that two hold (design.md §5, domain.md §12, §14 S8 and S18). Pure.
///
/// The recorder and the rebuild take the same step, so that what was decided can be decided again. For somebody whom
/// none of this concerns the step is `decide` and nothing else.
public struct People: Sendable {
    /// What is kept of each person, by the number that is kept.
    public var states: [NomsNumber: PersonState] = [:]
    /// Numbers that were merged away, and the one that is kept instead.
    public var keptUnder: [NomsNumber: NomsNumber] = [:]
    /// Numbers that were looked up: one that is in neither of the above is nobody's yet.
    public var lookedUp: Set<NomsNumber> = []
    public var claims = KitClaims()

    public init() {}

    /// What deciding rests on besides the events.
    public struct World: Sendable {
        /// The prisoners' record by number.
        public var records: [NomsNumber: PersonRecord]
        public var registers: Registers
        public var rules: Rulebook

        public init(records: [NomsNumber: PersonRecord], registers: Registers, rules: Rulebook) {
            self.records = records
            self.registers = registers
            self.rules = rules
        }
    }

    /// The number under which the person of `number` is kept, as far as is known before these events.
    public func canonical(_ number: NomsNumber) -> NomsNumber { keptUnder[number] ?? number }

    /// Numbers that must be looked up before ``decide(_:_:)`` can answer for these arrivals. To be asked again with
    /// what was found, until there is none.
    public func lacking(_ arrivals: [Event]) -> Set<NomsNumber> {
        var lacking: Set<NomsNumber> = []
        func need(_ number: NomsNumber) {
            if !lookedUp.contains(number) { lacking.insert(number) }
            if let kept = keptUnder[number], !lookedUp.contains(kept) { lacking.insert(kept) }
        }
        var touched: Set<NomsNumber> = []
        for event in arrivals {
            touched.insert(canonical(event.subject))
            if event.isIdentity {
                for number in event.numbersConcerned {
                    need(number)
                    touched.insert(canonical(number))
                }
            } else {
                need(event.subject)
            }
            for kit in event.kitsNamed { for holder in claims.holders(of: kit) { need(holder) } }
        }
        let linked = linked(arrivals)
        for number in touched.union(linked) {
            if linked.contains(number), let state = states[number] {
                for event in state.events where event.isIdentity { event.numbersConcerned.forEach(need) }
            }
            for claim in claims.claims(of: number) {
                let holders = claims.holders(of: claim.kit)
                if holders.count > 1 { holders.forEach(need) }
            }
        }
        return lacking
    }

    /// People whom arrivals tie together: by a merge or a move among the arrivals, a correction of one, or a booking
    /// that was moved before and may take later events with it.
    func linked(_ arrivals: [Event]) -> Set<NomsNumber> {
        var linked: Set<NomsNumber> = []
        for event in arrivals {
            if event.isIdentity { linked.formUnion(event.numbersConcerned.map(canonical)) }
            let number = canonical(event.subject)
            guard !linked.contains(number), let state = states[number] else { continue }
            let isCorrection = event.correction != nil
            if state.events.contains(where: { $0.isMove || (isCorrection && $0.isIdentity) }) { linked.insert(number) }
        }
        guard !linked.isEmpty else { return [] }
        // Whoever is tied to them is tied with them.
        var waiting = Array(linked)
        while let number = waiting.popLast() {
            for event in states[number]?.events ?? [] where event.isIdentity {
                for other in event.numbersConcerned.map(canonical) where linked.insert(other).inserted {
                    waiting.append(other)
                }
            }
        }
        return linked
    }
}

/// What newly arrived events change for one person.
public struct PersonStep: Sendable {
    public var decision: Decision
    /// The person's own new events, those that came under another number with them.
    public var arrivals: [Event]
    /// The last new event that concerns the person: what it says was caused by.
    public var cause: Event
    /// New events of others that concern the person.
    public var concernedBy: Set<UUID> = []
    public var newClaims: [KitClaims.Claim] = []
    public var endedClaims: [KitClaims.Claim] = []
}

/// What newly arrived events change.
public struct PeopleStep: Sendable {
    /// In the order of numbers.
    public var persons: [PersonStep] = []
    /// Numbers that are merged away now, those that were before included where they were looked at.
    public var keptUnder: [NomsNumber: NomsNumber] = [:]
    /// People who are kept under another number from now on.
    public var absorbed: [Absorbed] = []
    /// Merges that would close a circle. Nothing else of the step counts while there is one.
    public var circles: [UUID] = []
    /// Kits that somebody holds now and nobody looked up. With their claims the step must be taken again, if anybody
    /// has one.
    public var unlooked: Set<Label> = []

    /// Somebody who is kept under another number from now on, and what of theirs goes with them.
    public struct Absorbed: Sendable {
        public var number: NomsNumber
        public var into: NomsNumber
        /// Timers under the old number, which end.
        public var timers: [Timer]
        /// Spells spoken of under it.
        public var spells: [UUID]
        public var claims: [KitClaims.Claim]
    }
}

extension People {
    /// Takes the step: what is kept, claimed and merged is as the step says.
    public mutating func apply(_ step: PeopleStep) {
        for absorbed in step.absorbed {
            states[absorbed.number] = nil
            for claim in absorbed.claims { claims.remove(claim) }
        }
        for person in step.persons {
            let number = person.decision.state.subject
            states[number] = person.decision.state
            keptUnder[number] = nil
            lookedUp.insert(number)
            for claim in person.endedClaims { claims.remove(claim) }
            for claim in person.newClaims { claims.add(claim) }
        }
        for (number, kept) in step.keptUnder {
            keptUnder[number] = kept
            lookedUp.insert(number)
        }
    }
}
