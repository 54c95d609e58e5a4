import FoundationEssentials
import HandoverRules
import Testing

/// One person's story, told event by event, with the hub's timers firing in between as they fall due.
/// Times are London wall-clock on a day of 2026 unless a year is given: `"06-05 09:15"`, `"2020-06-05 09:15"`.
struct Story {
    var state = PersonState(subject: NomsNumber(unchecked: "Z1234BC"))
    var registers = World.registers
    var rules = Rulebook()
    var record: PersonRecord? = World.record
    var elsewhere = Elsewhere()
    /// Everything that left, in order.
    var outbound: [OutboundDecision] = []
    var dataQuality: [DataQuality] = []
    var last: Decision?
    private var serial: UInt64 = 0

    /// An event as it would be received; `received` defaults to the time it occurred.
    mutating func event(
        _ payload: Payload, occurred: String, received: String? = nil, published: String? = nil,
        sourcePrison: String? = nil
    ) -> Event {
        serial += 1
        let occurredAt = time(occurred)
        return Event(
            id: World.uuid(serial), subject: state.subject, occurredAt: occurredAt,
            publishedAt: published.map(time) ?? occurredAt, receivedAt: received.map(time) ?? occurredAt,
            system: "nomis-feed", sourcePrison: sourcePrison.map { PrisonID(unchecked: $0) }, payload: payload)
    }

    @discardableResult
    mutating func tell(_ payload: Payload, _ occurred: String, received: String? = nil) -> Decision {
        let event = event(payload, occurred: occurred, received: received)
        return receive([event])
    }

    /// Receives events after firing every timer that fell due before them.
    @discardableResult
    mutating func receive(_ events: [Event]) -> Decision {
        advance(to: events.map(\.receivedAt).min() ?? state.now)
        return take(events)
    }

    /// Lets time pass: fires the timers due up to `moment`, one by one.
    mutating func wait(until moment: String) { advance(to: time(moment)) }

    /// Fires every timer there is until none is left.
    mutating func settle() {
        var patience = 200
        while let timer = state.openTimers.min(by: { $0.dueAt < $1.dueAt }), patience > 0 {
            patience -= 1
            fire(timer)
        }
        #expect(patience > 0, "timers never end")
    }

    /// Fires the earliest timer, at its time.
    mutating func fireNext() {
        if let timer = state.openTimers.min(by: { $0.dueAt < $1.dueAt }) { fire(timer) }
    }

    private mutating func advance(to moment: Instant) {
        while let timer = state.openTimers.filter({ $0.dueAt <= moment }).min(by: { $0.dueAt < $1.dueAt }) {
            fire(timer)
        }
    }

    private mutating func fire(_ timer: HandoverRules.Timer) {
        serial += 1
        var fired = TimerFired()
        fired.kind = timer.kind
        fired.cause = Label(unchecked: timer.cause.uuidString.lowercased())
        fired.dueAt = timer.dueAt
        take([
            Event(
                id: World.uuid(serial), subject: state.subject, occurredAt: timer.dueAt, publishedAt: timer.dueAt,
                receivedAt: timer.dueAt, system: "hub", payload: .timerFired(fired))
        ])
    }

    @discardableResult
    private mutating func take(_ events: [Event]) -> Decision {
        let decision = decide(
            state, arrivals: events, record: record, registers: registers, rules: rules,
            elsewhere: elsewhere)
        Laws.check(decision, before: state, arrivals: events, registers: registers)
        state = decision.state
        outbound += decision.outbound
        dataQuality += decision.dataQuality
        last = decision
        return decision
    }

    // MARK: Reading

    func sent(_ kind: RecipientKind) -> [OutboundDecision] {
        outbound.filter {
            if case .handover(let recipient) = $0.destination { recipient.kind == kind } else { false }
        }
    }
    /// All but tasks.
    var handovers: [OutboundDecision] { outbound.filter { $0.kind != nil } }
    var drug: [OutboundDecision] { sent(.drugService) }
    var supervision: [OutboundDecision] { sent(.supervision) }
    /// Messages that raised a task of this code.
    func tasks(_ code: String) -> [OutboundDecision] { outbound.filter { $0.taskCode == code && !$0.closes } }
    /// Messages that closed one.
    func closings(_ code: String) -> [OutboundDecision] { outbound.filter { $0.taskCode == code && $0.closes } }
    /// Codes of the tasks that stand, in order.
    var openTasks: [String] { state.tasks.filter(\.isOpen).map(\.code).sorted() }
    func standing(_ kind: RecipientKind) -> ThreadStanding? {
        let ids = state.threads.filter { $0.recipient.kind == kind }.map(\.id)
        return last?.standings.last { ids.contains($0.thread) }
    }
    func outcome(_ scope: ConsentScope) -> Outcome? { state.outcomes.last { $0.scope == scope } }
    func has(_ code: String) -> Bool { dataQuality.contains { $0.code == code } }
}

/// London wall-clock time as an instant: `"06-05 09:15"` of 2026, or with a year before it.
func time(_ text: String) -> Instant {
    let full = text.utf8.count == 11 ? "2026-" + text : text
    let parts = full.split(separator: " ")
    let clock = parts[1].split(separator: ":").compactMap { Int64($0) }
    guard let date = LocalDate(parts[0]), clock.count == 2 else { fatalError("not a time: \(text)") }
    return London.instant(date, at: .minutes(clock[0] * 60 + clock[1]))
}

func date(_ text: String) -> LocalDate {
    guard let date = LocalDate(text) else { fatalError("not a date: \(text)") }
    return date
}

extension OutboundDecision {
    /// A field by its path, `thn.kitAtRelease`.
    subscript(path: String) -> BodyValue? {
        var value = body
        for name in path.split(separator: ".") {
            guard case .object(let fields) = value, let field = fields.first(where: { $0.name == name }) else {
                return nil
            }
            value = field.value
        }
        return value
    }

    func text(_ path: String) -> String? { if case .text(let text) = self[path] { text } else { nil } }

    func texts(_ path: String) -> [String] {
        guard case .list(let values) = self[path] else { return [] }
        return values.compactMap { if case .text(let text) = $0 { text } else { nil } }
    }

    /// `v2 CORRECTION P1`.
    var headline: String {
        "v\(version) \(kind?.rawValue ?? "") \(priority?.text ?? "")"
    }
}
