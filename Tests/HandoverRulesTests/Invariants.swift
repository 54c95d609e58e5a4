import FoundationEssentials
import HandoverRules
import SyntheticEstate
import Testing

/// The invariants of domain.md §14 over generated spells: people of simulated estates, answered by the simulated
/// community, their events arriving as published or with delays of up to two days. I1 has a suite of its own too
/// (OrderLaw), I9 needs no run of rules to fail, I10 is the scan of logs in HandoverPipelineTests, I11 the rebuild
/// there.
@Suite("rules: the invariants over generated spells") struct Invariants {
    private static let spells = GeneratedSpells.all

    @Test(
        "no invariant is broken by any decision about anybody",
        arguments: [Invariant.i2, .i3, .i4, .i5, .i6, .i7, .i8])
    func holds(_ invariant: Invariant) {
        for spell in Self.spells {
            let found = spell.breaches.filter { $0.invariant == invariant }
            guard let first = found.first else { continue }
            spell.show(invariant)
            Issue.record("\(invariant.rawValue), seed \(spell.seed), \(spell.cases): \(first.words)")
            return
        }
    }

    @Test("I1: whenever the same events arrive, and however often, the same is said in the end")
    func order() {
        for spell in Self.spells.filter({ $0.delays == nil }).prefix(150) {
            let first = spell.final(order: nil)
            for order in 1...3 as ClosedRange<UInt64> {
                let other = spell.final(order: order)
                guard other != first else { continue }
                spell.show(.i1, order: order)
                Issue.record("I1, seed \(spell.seed), \(spell.cases), order \(order): \(first) is not \(other)")
                return
            }
        }
    }

    @Test("I9: trained and kit are independent: there are people with one and without the other")
    func trainedAndKit() {
        var found: Set<[String]> = []
        for spell in Self.spells {
            guard let last = spell.said.last(where: { $0.kind == .released || $0.kind == .correction }),
                case .handover(let recipient) = last.destination, recipient.kind == .drugService,
                let trained = last.text("thn.trained"), let kit = last.text("thn.kitAtRelease")
            else { continue }
            found.insert([trained, kit])
        }
        #expect(found.isSuperset(of: [["COMPLETE", "NO"], ["NO", "YES"], ["COMPLETE", "YES"], ["NO", "NO"]]))
    }

    @Test("the generated spells are many and of every kind")
    func enough() {
        let kinds = Set(Self.spells.flatMap { $0.said.compactMap(\.kind) })
        #expect(Self.spells.count > 600 && kinds == Set(HandoverKind.allCases))
        #expect(Self.spells.contains { $0.said.contains { $0.priority == .p1 } })
    }
}

/// One person's events, and what was said and broken when they were played.
struct GeneratedSpell {
    var seed: UInt64
    var cases: [String]
    var events: [Event]
    var record: PersonRecord?
    var registers: Registers
    /// Seed of the delays with which the events arrive; nil: as published.
    var delays: UInt64?
    private(set) var breaches: [Breach] = []
    private(set) var said: [OutboundDecision] = []

    init(_ person: SyntheticPerson, _ events: [Event], _ registers: Registers, seed: UInt64, delays: UInt64?) {
        self.seed = seed
        self.delays = delays
        self.registers = registers
        cases = person.cases.map(\.rawValue)
        record = person.record
        self.events = events
        let play = played(events)
        breaches = play.watch.breaches
        said = play.said
    }

    private func played(_ events: [Event]) -> PersonPlay {
        var play = PersonPlay(record: record, registers: registers, seed: seed)
        play.run(delays.map { arriving(events, $0) } ?? events)
        return play
    }

    /// The same events, each up to two days later, some of them twice.
    private func arriving(_ events: [Event], _ order: UInt64) -> [Event] {
        var all: [Event] = []
        for var event in events {
            // By the event alone, so that it arrives alike when others are left out.
            let name = withUnsafeBytes(of: event.id.uuid) { $0.reduce(0) { $0 &* 131 &+ UInt64($1) } }
            var dice = Dice(seed: name ^ order &* 0x9E37_79B9_7F4A_7C15)
            event.receivedAt = event.receivedAt + .minutes(Int64(dice.below(60 * 48)))
            all.append(event)
            guard dice.chance(0.2) else { continue }
            event.receivedAt = event.receivedAt + .minutes(Int64(dice.below(60 * 24)))
            if dice.chance(0.5), event.correction == nil { event.id = dice.uuid() }
            all.append(event)
        }
        return all.sorted { $0.receivedAt < $1.receivedAt }
    }

    /// What stands in the end: who holds what, and whom nobody could be told about.
    func final(order: UInt64?, of events: [Event]? = nil) -> [String] {
        var play = PersonPlay(record: record, registers: registers, seed: nil)
        let events = events ?? self.events
        play.run(order.map { arriving(events, $0) } ?? events)
        let live = play.state.threads.filter { $0.kind != .stoodDown }.map {
            let digest = $0.contentDigest.prefix(6).map { String($0, radix: 16) }.joined()
            return "\($0.recipient.kind.rawValue)/\($0.recipient.provider.text)/\($0.priority?.text ?? "")/\(digest)"
        }
        let open = play.state.outcomes.filter { $0.state == .humanQueue }.map { "\($0.scope.rawValue) \($0.reason)" }
        return (live + open).sorted()
    }

    /// Prints the fewest of the events that still break it.
    func show(_ invariant: Invariant, order: UInt64? = nil) {
        var least = events
        func breaks(_ some: [Event]) -> Bool {
            if invariant == .i1 { return final(order: nil, of: some) != final(order: order, of: some) }
            return played(some).watch.breaches.contains { $0.invariant == invariant }
        }
        var index = 0
        while index < least.count {
            var fewer = least
            fewer.remove(at: index)
            if breaks(fewer) { least = fewer } else { index += 1 }
        }
        print("\(invariant.rawValue) broken, seed \(seed), by \(least.count) of \(events.count) events:")
        for event in order.map({ arriving(least, $0) }) ?? least {
            print(" ", RFC3339.london(event.occurredAt), "at", RFC3339.london(event.receivedAt), event.payload)
        }
    }
}

enum GeneratedSpells {
    /// Everybody known by one number in two estates, as published and delayed.
    static let all: [GeneratedSpell] = {
        let seeds: [UInt64] = Seed.given.map { [$0] } ?? [101, 102]
        print("Invariants: estates of seeds \(seeds)")
        return seeds.flatMap { seed -> [GeneratedSpell] in
            let estate = Estate(EstatePlan(seed: seed, people: 220))
            let registers = EstateRegisters.of(estate.plan)
            let events = Dictionary(grouping: estate.events, by: \.subject)
            return estate.people.filter { $0.formerNumbers.isEmpty && !$0.cases.contains(.bookingMoved) }.flatMap {
                person in
                [nil, seed].map {
                    GeneratedSpell(person, events[person.noms] ?? [], registers, seed: seed, delays: $0)
                }
            }
        }
    }()
}
