import FoundationEssentials
import HandoverRules
import SyntheticEstate

/// One person's events through the rules, timers firing in between, with the answers that recipients give.
struct PersonPlay {
    private(set) var state: PersonState
    private(set) var said: [OutboundDecision] = []
    private(set) var watch: InvariantWatch
    private let record: PersonRecord?
    private let registers: Registers
    private let rules = Rulebook()
    private let workers: CommunityWorker?
    private var waiting: [Event] = []
    private var seen: Set<UUID> = []
    private var serial: UInt64 = 1 << 41

    /// - Parameter seed: of the answers; nil: nobody answers.
    init(record: PersonRecord?, registers: Registers, seed: UInt64?) {
        self.record = record
        self.registers = registers
        workers = seed.map { CommunityWorker(seed: $0) }
        watch = InvariantWatch(rules)
        state = PersonState(subject: .blank)
    }

    /// Plays events in the order in which they are received, until no timer is left.
    mutating func run(_ events: [Event]) {
        guard let first = events.first else { return }
        state = PersonState(subject: first.subject)
        waiting = events
        var patience = 5_000
        while patience > 0 {
            patience -= 1
            let due = state.openTimers.min { $0.dueAt < $1.dueAt }
            if let next = waiting.first, due.map({ next.receivedAt < $0.dueAt }) ?? true {
                waiting.removeFirst()
                // The hub sorts out what has the same id before anything is decided.
                if seen.insert(next.id).inserted { take(next) }
            } else if let due {
                fire(due)
            } else {
                break
            }
        }
        watch.settle(state)
    }

    private mutating func fire(_ due: HandoverRules.Timer) {
        serial += 1
        var fired = TimerFired()
        fired.kind = due.kind
        fired.cause = Label(unchecked: due.cause.uuidString.lowercased())
        fired.dueAt = due.dueAt
        take(
            Event(
                id: World.uuid(serial), subject: state.subject, occurredAt: due.dueAt, publishedAt: due.dueAt,
                receivedAt: due.dueAt, system: "hub", payload: .timerFired(fired)))
    }

    private mutating func take(_ event: Event) {
        let decision = decide(state, arrivals: [event], record: record, registers: registers, rules: rules)
        watch.see(decision, [event])
        state = decision.state
        said += decision.outbound
        guard let workers else { return }
        for out in decision.outbound {
            guard let handover = seen(out) else { continue }
            waiting += workers.responses(to: handover).map {
                var answer = $0
                answer.subject = state.subject
                return answer
            }
        }
        waiting.sort { $0.receivedAt < $1.receivedAt }
    }

    private func seen(_ out: OutboundDecision) -> SeenHandover? {
        guard case .handover(let recipient) = out.destination, let kind = out.kind else { return nil }
        let released = out.text("release.at").flatMap { try? RFC3339.read($0).get() }
        return SeenHandover(
            id: out.id, version: out.version, kind: kind, priority: out.priority, recipient: recipient,
            sentAt: out.sentAt, ackDueAt: out.ackDueAt, releasedAt: released,
            kitAtRelease: out.text("thn.kitAtRelease"), keyMessages: out.texts("keyMessages").compactMap { Label($0) })
    }
}
