import FoundationEssentials
import HandoverRules
import SyntheticEstate

/// A whole estate through the rules, as the hub with `hub.clock: events` has it: every timer of a person fires before
/// an event that comes after it, kits held by two people concern both.
struct EstateRun {
    let rules = Rulebook()
    let registers: Registers
    let records: [NomsNumber: PersonRecord]
    private(set) var states: [NomsNumber: PersonState] = [:]
    private(set) var said: [NomsNumber: [OutboundDecision]] = [:]
    private var holders: [Label: Set<NomsNumber>] = [:]
    private var held: [NomsNumber: Set<Label>] = [:]
    /// Labels that more than one person holds.
    private var contested: Set<Label> = []
    private var serial: UInt64 = 1 << 40
    /// Sees every decision with the state before it and the arrivals.
    var watch: (Decision, PersonState, [Event]) -> Void = { _, _, _ in }

    init(registers: Registers, people: [SyntheticPerson]) {
        self.registers = registers
        var records: [NomsNumber: PersonRecord] = [:]
        for person in people { for noms in person.numbers { records[noms] = person.record } }
        self.records = records
    }

    /// Plays events in the order in which they are received, then lets time pass to `end`.
    mutating func play(_ events: [Event], until end: Instant) {
        for event in events { receive(event) }
        for noms in states.keys.sorted() { fireTimers(of: noms, until: end) }
    }

    mutating func receive(_ event: Event) {
        fireTimers(of: event.subject, until: event.receivedAt)
        take(event.subject, [event])
    }

    private mutating func fireTimers(of noms: NomsNumber, until moment: Instant) {
        var patience = 2_000
        while patience > 0,
            let due = states[noms]?.openTimers.filter({ $0.dueAt <= moment }).min(by: {
                $0.dueAt < $1.dueAt
            })
        {
            patience -= 1
            serial += 1
            take(noms, [EstateRun.event(of: due, noms, serial)])
        }
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

    private mutating func take(_ noms: NomsNumber, _ arrivals: [Event], concernedAt: Instant? = nil) {
        let before = states[noms] ?? PersonState(subject: noms)
        var elsewhere = Elsewhere()
        elsewhere.concernedAt = concernedAt
        let mine = held[noms] ?? []
        elsewhere.kitsHeldByOthers = contested.filter { holders[$0] != [noms] }
        for case .kitIssued(let p) in arrivals.map(\.payload) where !mine.contains(p.kit) && holders[p.kit] != nil {
            elsewhere.kitsHeldByOthers.insert(p.kit)
        }
        let decision = decide(
            before, arrivals: arrivals, record: records[noms], registers: registers, rules: rules,
            elsewhere: elsewhere)
        watch(decision, before, arrivals)
        states[noms] = decision.state
        said[noms, default: []] += decision.outbound
        claim(decision, noms, at: decision.state.now)
    }

    /// Whoever holds a kit of the same label is decided about again when the number of holders becomes one or two.
    private mutating func claim(_ decision: Decision, _ noms: NomsNumber, at moment: Instant) {
        let now = Set(decision.heldKits), former = held[noms] ?? []
        held[noms] = now
        for label in now.symmetricDifference(former).sorted() {
            var those = holders[label] ?? []
            if now.contains(label) { those.insert(noms) } else { those.remove(noms) }
            holders[label] = those.isEmpty ? nil : those
            if those.count > 1 { contested.insert(label) } else { contested.remove(label) }
            for other in those.subtracting([noms]).sorted() {
                fireTimers(of: other, until: moment)
                take(other, [], concernedAt: moment)
            }
        }
    }

    // MARK: Reading

    /// What one recipient holds in the end: of several threads the one that stands, otherwise the last one told.
    func last(_ noms: NomsNumber, _ kind: RecipientKind) -> OutboundDecision? {
        let mine = (said[noms] ?? []).filter {
            if case .handover(let recipient) = $0.destination { recipient.kind == kind } else { false }
        }
        let standing = states[noms]?.threads.last { $0.recipient.kind == kind && $0.kind != .stoodDown }?.id
        return mine.last { standing == nil || $0.id == standing }
    }

    func outcomes(_ noms: NomsNumber, _ scope: ConsentScope) -> [Outcome] {
        (states[noms]?.outcomes ?? []).filter { $0.scope == scope }
    }

    /// `SUPPRESSED NO_CONSENT` of each spell.
    func words(_ outcomes: [Outcome]) -> [String] { outcomes.map { "\($0.state.rawValue) \($0.reason)" } }
}
