import FoundationEssentials
import HandoverRules
import SyntheticEstate

/// A whole estate through the rules, all its people together, as the hub with `hub.clock: events` has it: every timer
/// of anybody fires before an event that comes after it.
struct EstateRun {
    private(set) var people = People()
    private(set) var said: [NomsNumber: [OutboundDecision]] = [:]
    private let world: People.World
    private var nextTimers: [NomsNumber: HandoverRules.Timer] = [:]
    /// When to look at whom next, the latest first.
    private var agenda: [(at: Instant, noms: NomsNumber)] = []
    private var seen: Set<UUID> = []
    private var versions: [UUID: Int] = [:]
    /// Messages whose version is not the next one of their chain, whoever it is about (I4).
    private(set) var torn: [String] = []
    private var serial: UInt64 = 1 << 40

    init(registers: Registers, people: [SyntheticPerson]) {
        var records: [NomsNumber: PersonRecord] = [:]
        for person in people { for noms in person.numbers { records[noms] = person.record } }
        world = People.World(records: records, registers: registers, rules: Rulebook())
        self.people.claims.isComplete = true
    }

    /// Plays events in the order in which they are received, then lets time pass to `end`.
    mutating func play(_ events: [Event], until end: Instant) {
        for event in events where seen.insert(event.id).inserted {
            fireTimers(until: event.receivedAt)
            take(event)
        }
        fireTimers(until: end)
    }

    private mutating func fireTimers(until moment: Instant) {
        while let first = agenda.last, first.at <= moment {
            agenda.removeLast()
            // An entry whose timer was replaced or has fired is passed over.
            guard let due = nextTimers[first.noms], due.dueAt == first.at else { continue }
            nextTimers[first.noms] = nil
            serial += 1
            take(EstateRun.event(of: due, first.noms, serial))
        }
    }

    private mutating func expect(_ timer: HandoverRules.Timer?, of noms: NomsNumber) {
        nextTimers[noms] = timer
        guard let at = timer?.dueAt else { return }
        var low = 0, high = agenda.count
        while low < high {
            let middle = (low + high) / 2
            if (agenda[middle].at, agenda[middle].noms) > (at, noms) { low = middle + 1 } else { high = middle }
        }
        agenda.insert((at, noms), at: low)
    }

    private static func event(of due: HandoverRules.Timer, _ noms: NomsNumber, _ serial: UInt64) -> Event {
        var fired = TimerFired()
        fired.kind = due.kind
        fired.cause = Label(unchecked: due.cause.uuidString.lowercased())
        fired.dueAt = due.dueAt
        return Event(
            id: World.uuid(serial), subject: noms, occurredAt: due.dueAt, publishedAt: due.dueAt,
            receivedAt: due.dueAt, system: "hub", payload: .timerFired(fired))
    }

    private mutating func take(_ event: Event) {
        let step = people.decide([event], world)
        people.apply(step)
        for absorbed in step.absorbed {
            nextTimers[absorbed.number] = nil
            said[absorbed.into, default: []] += said.removeValue(forKey: absorbed.number) ?? []
        }
        for person in step.persons {
            let state = person.decision.state
            said[state.subject, default: []] += person.decision.outbound
            for out in person.decision.outbound {
                let last = versions[out.id] ?? 0
                versions[out.id] = out.version
                guard out.version != last + 1 else { continue }
                let code = out.taskCode ?? out.headline
                torn.append("\(state.subject.text) \(code) v\(out.version) after v\(last), by \(event.payload.type)")
            }
            expect(state.openTimers.min { $0.dueAt < $1.dueAt }, of: state.subject)
        }
    }

    // MARK: Reading

    private func state(_ noms: NomsNumber) -> PersonState? { people.states[people.canonical(noms)] }

    /// What one recipient holds in the end: of several threads the one that stands, otherwise the last one told.
    func last(_ noms: NomsNumber, _ kind: RecipientKind) -> OutboundDecision? {
        let mine = (said[people.canonical(noms)] ?? []).filter {
            if case .handover(let recipient) = $0.destination { recipient.kind == kind } else { false }
        }
        let standing = state(noms)?.threads.last { $0.recipient.kind == kind && $0.kind != .stoodDown }?.id
        return mine.last { standing == nil || $0.id == standing }
    }

    func outcomes(_ noms: NomsNumber, _ scope: ConsentScope) -> [Outcome] {
        (state(noms)?.outcomes ?? []).filter { $0.scope == scope }
    }

    /// `SUPPRESSED NO_CONSENT` of each spell.
    func words(_ outcomes: [Outcome]) -> [String] { outcomes.map { "\($0.state.rawValue) \($0.reason)" } }
}
