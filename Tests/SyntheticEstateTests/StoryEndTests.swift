import EventContracts
import FoundationEssentials
import HandoverRules
import SyntheticEstate
import Testing

@Suite("rules: every story of the estate ends as it was meant")
struct StoryEndTests {
    @Test("each recipient holds in the end what the story promised", arguments: [UInt64(1), 7, 20_260_604])
    func endings(seed: UInt64) throws {
        let estate = Estate.demo(seed: seed)
        let registers = EstateRegisters.of(estate.plan)
        let end = try #require(estate.emissions.last).at
        let events = Dictionary(grouping: estate.emissions, by: { $0.event?.subject })
        for person in estate.people {
            let told = (events[person.noms] ?? []).filter { emission in
                if case .rejected = emission.fate { false } else { true }
            }
            var play = Play(person: person, registers: registers)
            for event in told.compactMap(\.event) { play.arrive(event) }
            play.fireTimers(until: end)
            let story = Comment("seed \(seed), \(person.cases.map(\.rawValue))")
            #expect(meets(person.expected.drugService, play, .drugService, .drugService), story)
            #expect(meets(person.expected.supervision, play, .supervision, .supervision), story)
        }
    }

    private func meets(_ end: ExpectedEnd, _ play: Play, _ kind: RecipientKind, _ scope: ConsentScope) -> Bool {
        let last = play.last(kind)
        let outcomes = play.state.outcomes.filter { $0.scope == scope }
        let found = "\(end) \(last.map { "\($0.kind!) \($0.text("reason") ?? "")" } ?? "nothing") \(outcomes)"
        let ok: Bool =
            switch end {
            case .released(let kit):
                [.released, .correction].contains(last?.kind) && (last?.text("kitAtRelease") == "YES") == kit
            case .planned: last?.kind == .planned
            case .stoodDown(let reason): last?.kind == .stoodDown && last?.text("reason") == reason
            case .suppressed(let reasons):
                last == nil && outcomes.contains { $0.state == .suppressed && reasons.contains($0.reason) }
            case .humanQueue: last == nil && outcomes.contains { $0.state == .humanQueue }
            case .nothing: last == nil
            case .open: true
            }
        if !ok { Issue.record("expected and found: \(found)") }
        return ok
    }
}

/// One person's events through the rules, as the hub with `hub.clock: events` would have it.
private struct Play {
    let person: SyntheticPerson
    let registers: Registers
    var state: PersonState
    var said: [OutboundDecision] = []
    private var seen: Set<UUID> = []

    init(person: SyntheticPerson, registers: Registers) {
        self.person = person
        self.registers = registers
        state = PersonState(subject: person.noms)
    }

    mutating func arrive(_ event: Event) {
        fireTimers(until: event.receivedAt)
        take(event)
    }

    /// Every timer due at or before `moment`, in order, each of which may write more.
    mutating func fireTimers(until moment: Instant) {
        while let due = state.openTimers.filter({ $0.dueAt <= moment }).min(by: { $0.dueAt < $1.dueAt }) {
            take(EventEncoder.event(of: due, subject: person.noms))
        }
    }

    private mutating func take(_ event: Event) {
        guard seen.insert(event.id).inserted else { return }
        let decision = decide(
            state, arrivals: [event], record: person.record, registers: registers, rules: Rulebook())
        state = decision.state
        said += decision.outbound
    }

    func last(_ kind: RecipientKind) -> OutboundDecision? {
        said.last {
            if case .handover(let recipient) = $0.destination { recipient.kind == kind } else { false }
        }
    }
}

extension OutboundDecision {
    /// The text under that name, wherever it stands in the body.
    fileprivate func text(_ name: String) -> String? { Self.find(name, in: body) }

    private static func find(_ name: String, in value: BodyValue) -> String? {
        guard case .object(let fields) = value else { return nil }
        for field in fields {
            if field.name == name, case .text(let text) = field.value { return text }
            if let inner = find(name, in: field.value) { return inner }
        }
        return nil
    }
}
