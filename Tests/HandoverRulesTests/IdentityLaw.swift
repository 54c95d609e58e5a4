import FoundationEssentials
import HandoverRules
import Testing

/// Invariant I1 among several people: merges, moved bookings and shared kits in any order end in the same people and
/// the same latest handovers.
@Suite("rules: the law of order, with people whose identity moves") struct IdentityLaw {
    @Test("300 generated sets of events of four numbers end alike however they arrive")
    func permutations() {
        var seed: UInt64 = 0x6d65_7267_6573
        if let given = Seed.given { seed = given }
        print("IdentityLaw seed \(seed)")
        var merged = 0, moved = 0, live = 0, shared = 0
        for set in 0..<300 {
            var chance = Chance(seed: seed &+ UInt64(set))
            let events = GroupGenerator.events(&chance)
            let first = GroupFinal.after(events, &chance, shuffled: false)
            merged += first.keptUnder.count
            moved += events.contains { $0.payload.type == .bookingMoved } ? 1 : 0
            shared += first.shared
            live += first.live.count
            for _ in 0..<3 {
                let other = GroupFinal.after(events, &chance, shuffled: true)
                if other != first {
                    GroupGenerator.show(events)
                    Issue.record("seed \(seed &+ UInt64(set)): \(first) is not \(other)")
                    return
                }
            }
        }
        #expect(merged > 100 && moved > 100 && live > 100 && shared > 10, "\(merged) \(moved) \(live) \(shared)")
    }
}

/// What must be the same in the end.
struct GroupFinal: Equatable {
    var keptUnder: [String: String]
    /// Person, recipient and content of the threads that are not stood down.
    var live: [String]
    /// Ids of the events of each person.
    var events: [String: Set<UUID>]
    /// Kits that two hold.
    var shared: Int

    static func after(_ events: [Event], _ chance: inout Chance, shuffled: Bool) -> GroupFinal {
        var crowd = Crowd()
        let end = events.map(\.occurredAt).max() ?? .distantPast
        var arriving = events.map { event in
            var event = event
            event.receivedAt = shuffled ? end + .minutes(chance.below(600)) : event.occurredAt
            return event
        }
        arriving.sort { $0.receivedAt != $1.receivedAt ? $0.receivedAt < $1.receivedAt : $0.id < $1.id }
        var at = 0
        while at < arriving.count {
            let size = shuffled ? Int(chance.below(4)) + 1 : 1
            crowd.receive(Array(arriving[at..<min(arriving.count, at + size)]))
            at += size
        }
        crowd.settle()
        return GroupFinal(crowd.people)
    }

    private init(_ people: People) {
        keptUnder = Dictionary(uniqueKeysWithValues: people.keptUnder.map { ($0.key.text, $0.value.text) })
        live = people.states.values.flatMap { state in
            state.threads.filter { $0.kind != .stoodDown }.map { thread in
                let digest = thread.contentDigest.prefix(6).map { String($0, radix: 16) }.joined()
                return
                    "\(state.subject.text)/\(thread.recipient.kind.rawValue)/\(thread.priority?.text ?? "")/\(digest)"
            }
        }.sorted()
        events = [:]
        for state in people.states.values where !state.events.isEmpty {
            events[state.subject.text] = Set(state.events.map(\.id))
        }
        shared = people.states.keys.filter { !people.elsewhere(of: $0).kitsHeldByOthers.isEmpty }.count
    }
}

/// Four numbers' ten days, with merges that make no circle, moved bookings and a few kits.
enum GroupGenerator {
    static let numbers = ["Z1000AA", "Z2000BB", "Z3000CC", "Z4000DD"]

    static func events(_ chance: inout Chance) -> [Event] {
        var events: [Event] = []
        var serial: UInt64 = 1
        let start = time("05-25 08:00")
        var releases = 0
        func add(_ payload: Payload, _ noms: String, _ booking: Int64?, _ at: Instant) {
            serial += 1
            events.append(
                Event(
                    id: World.uuid(serial), subject: NomsNumber(unchecked: noms), occurredAt: at, publishedAt: at,
                    receivedAt: at, system: "nomis-feed", booking: booking.map { BookingID(unchecked: $0) },
                    payload: payload))
        }
        for (place, noms) in numbers.enumerated() where place < 2 || chance.happens(60) {
            for _ in 0..<(3 + chance.below(6)) {
                let booking: Int64? = chance.happens(60) ? Int64(100 + place) : nil
                let at = start + .minutes(chance.below(60 * 24 * 10))
                add(payload(&chance, at, place, &releases), noms, booking, at)
            }
        }
        // Downwards only, so that no order makes a circle.
        for _ in 0..<chance.below(3) {
            let from = Int(chance.below(3)), to = from + 1 + Int(chance.below(Int64(3 - from)))
            add(.merged(numbers[from], into: numbers[to]), numbers[to], nil, start + .minutes(chance.below(20_000)))
        }
        if chance.happens(60) {
            let from = Int(chance.below(4)), to = (from + 1 + Int(chance.below(3))) % 4
            add(
                .moved(Int64(100 + from), from: numbers[from], to: numbers[to]), numbers[to], nil,
                start + .minutes(chance.below(20_000)))
        }
        return events
    }

    static func show(_ events: [Event]) {
        for event in events.sorted(by: { $0.occurredAt < $1.occurredAt }) {
            print(event.occurredAt, event.subject.text, event.booking?.value ?? 0, event.id, event.payload)
        }
    }

    private static func payload(_ chance: inout Chance, _ at: Instant, _ place: Int, _ releases: inout Int) -> Payload {
        switch chance.below(12) {
        case 0, 1: return .admitted("MDI")
        case 2, 3: return .assessed(id: "a-\(place)")
        case 4, 5: return .consent(.drugService)
        case 6: return .consent(.supervision)
        case 7: return .kit(chance.one([.gate, .inPossession]), id: "K-\(chance.below(3))")
        case 8: return .returned(.other, id: "K-\(chance.below(3))")
        case 9, 10: return .planned("2026-06-20", id: "p-\(place)") { $0.address = .of(.own, "LS9 7FL") }
        default:
            releases += 1
            var p = ReleaseActual()
            p.releasedAt = at
            p.prison = PrisonID(unchecked: "MDI")
            p.releaseReason = .crd
            p.place = .prison
            p.movementReason = MovementReasonCode(unchecked: "CR")
            p.address = .of(.own, "LS9 7FL")
            return .releaseActual(p)
        }
    }
}
