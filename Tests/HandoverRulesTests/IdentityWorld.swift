import FoundationEssentials
import HandoverRules
import Testing

/// Several people as the hub sees them, told event by event, with everybody's timers firing in between.
struct Crowd {
    var people = People()
    var outbound: [OutboundDecision] = []
    var dataQuality: [DataQuality] = []
    var circles: [UUID] = []
    private var serial: UInt64 = 1 << 40
    private let registers = World.registers
    private let rules = Rulebook()

    init() { people.claims.isComplete = true }

    /// Receives events of one transaction after firing every timer that fell due before them.
    mutating func receive(_ events: [Event]) {
        advance(to: events.map(\.receivedAt).min() ?? .distantPast)
        take(events)
    }

    /// Fires every timer there is until none is left.
    mutating func settle() {
        var patience = 2_000
        while let next = earliest(), patience > 0 {
            patience -= 1
            fire(next.timer, next.subject)
        }
        #expect(patience > 0, "timers never end")
    }

    subscript(noms: String) -> PersonState? { people.states[NomsNumber(unchecked: noms)] }

    private func earliest() -> (timer: HandoverRules.Timer, subject: NomsNumber)? {
        people.states.values.flatMap { state in state.openTimers.map { (timer: $0, subject: state.subject) } }
            .min { a, b in
                a.timer.dueAt != b.timer.dueAt
                    ? a.timer.dueAt < b.timer.dueAt
                    : (a.subject, a.timer.cause, a.timer.kind.rawValue) < (
                        b.subject, b.timer.cause, b.timer.kind.rawValue
                    )
            }
    }

    private mutating func advance(to moment: Instant) {
        while let next = earliest(), next.timer.dueAt <= moment { fire(next.timer, next.subject) }
    }

    private mutating func fire(_ timer: HandoverRules.Timer, _ subject: NomsNumber) {
        serial += 1
        var fired = TimerFired()
        fired.kind = timer.kind
        fired.cause = Label(unchecked: timer.cause.uuidString.lowercased())
        fired.dueAt = timer.dueAt
        take([
            Event(
                id: World.uuid(serial), subject: subject, occurredAt: timer.dueAt, publishedAt: timer.dueAt,
                receivedAt: timer.dueAt, system: "hub", payload: .timerFired(fired))
        ])
    }

    private mutating func take(_ events: [Event]) {
        var records: [NomsNumber: PersonRecord] = [:]
        for number in people.lookedUp.union(events.flatMap(\.numbersConcerned)) { records[number] = World.record }
        people.lookedUp.formUnion(events.flatMap(\.numbersConcerned))
        #expect(people.lacking(events).isEmpty, "everybody is known here")
        let world = People.World(records: records, registers: registers, rules: rules)
        let step = people.decide(events, world)
        guard step.circles.isEmpty else {
            circles += step.circles
            return take(events.filter { !step.circles.contains($0.id) })
        }
        for person in step.persons {
            let before = people.states[person.decision.state.subject]
            #expect(Set(person.arrivals.map(\.id)).isSuperset(of: person.decision.dispositions.map(\.event)))
            check(person.decision, before)
            outbound += person.decision.outbound
            dataQuality += person.decision.dataQuality
        }
        people.apply(step)
        // Every number is kept under one that is kept.
        for (_, kept) in people.keptUnder { #expect(people.keptUnder[kept] == nil) }
        for number in people.states.keys { #expect(people.keptUnder[number] == nil) }
    }

    /// I3: one live thread per spell and kind of recipient; I4 as far as one person's state shows it.
    private func check(_ decision: Decision, _ before: PersonState?) {
        for thread in decision.state.threads where thread.kind != .stoodDown {
            let twins = decision.state.threads.filter {
                $0.spell == thread.spell && $0.recipient.kind == thread.recipient.kind && $0.kind != .stoodDown
            }
            #expect(twins.count == 1)
        }
        #expect(Set(decision.state.events.map(\.id)).count == decision.state.events.count)
        #expect(Set(decision.state.threads.map(\.id)).count == decision.state.threads.count)
    }
}

extension Payload {
    static func merged(_ removed: String?, into surviving: String) -> Payload {
        var p = IdentityMerged()
        p.surviving = NomsNumber(unchecked: surviving)
        p.removed = removed.map { NomsNumber(unchecked: $0) }
        return .identityMerged(p)
    }

    static func moved(_ booking: Int64, from: String, to: String) -> Payload {
        var p = BookingMoved()
        p.booking = BookingID(unchecked: booking)
        p.from = NomsNumber(unchecked: from)
        p.to = NomsNumber(unchecked: to)
        return .bookingMoved(p)
    }
}
