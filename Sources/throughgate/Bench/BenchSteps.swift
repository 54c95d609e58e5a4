import EventContracts
import FoundationEssentials
import HandoverRules
import Postgres
import SyntheticEstate

/// The four things that the hub does to an event between taking it in and handing it to a server, each alone, over and
/// over, for a profiler or valgrind, which counts their instructions.
///
/// Nothing here is inlined, so that a profile finds each step under its name.
struct BenchSteps: Sendable {
    private let decoder = EventDecoder(topics: Topics())
    private let inbound: [InboundRecord]
    private let state: PersonState
    private let arrivals: [Event]
    private let person: PersonRecord
    private let registers = BenchSteps.registers
    private let rules = Rulebook()
    private let encoder = HandoverEncoder(topics: Topics())
    private let outbound: [OutboundDecision]

    /// One person, ready to be handed over; their release is what arrives.
    init() throws {
        let load = SyntheticLoad(people: 1, events: 7, seed: 1)
        let events = load.filter { $0.payload.type != .releaseActual }
        let released = load.filter { $0.payload.type == .releaseActual }
        var inbound: [InboundRecord] = []
        for event in load {
            let record = try EventEncoder(topics: Topics()).record(of: event)
            inbound.append(
                InboundRecord(
                    topic: record.topic, partition: 0, offset: 0,
                    timestampMilliseconds: event.receivedAt.milliseconds, key: record.key, value: record.value,
                    headers: record.headers))
        }
        self.inbound = inbound
        var person = PersonRecord(name: "", dateOfBirth: LocalDate(daysSince1970: 0))
        for one in load.people { person = one.record }
        self.person = person
        let before = decide(
            PersonState(subject: released[0].subject), arrivals: events, record: person, registers: registers,
            rules: rules)
        state = before.state
        arrivals = released
        outbound =
            decide(state, arrivals: released, record: person, registers: registers, rules: rules).outbound
            + before.outbound
    }

    /// Bytes to events, all kinds of a spell in turn. Gives how many were understood.
    @inline(never)
    func decode(_ count: Int) -> Int {
        var understood = 0
        for index in 0..<count {
            if case .event = decoder.decode(inbound[index % inbound.count], clock: .events) { understood += 1 }
        }
        return understood
    }

    /// A release arrives for a person of six events. Gives how many messages and timers were decided.
    @inline(never)
    func fold(_ count: Int) -> Int {
        var decided = 0
        for _ in 0..<count {
            let decision = decide(state, arrivals: arrivals, record: person, registers: registers, rules: rules)
            decided += decision.outbound.count + decision.newTimers.count
        }
        return decided
    }

    /// Decided messages to bytes. Gives how many bytes.
    @inline(never)
    func encode(_ count: Int) -> Int {
        var bytes = 0
        for index in 0..<count {
            bytes += encoder.record(of: outbound[index % outbound.count]).value?.count ?? 0
        }
        return bytes
    }

    /// People's rows to what libpq takes, a hundred in a statement. Gives how many bytes were kept of them.
    @inline(never)
    func record(_ count: Int) -> Int {
        var bytes = 0
        var rest = count
        while rest > 0 {
            let rows = min(rest, 100)
            rest -= rows
            var numbers: [String] = [], snapshots: [[UInt8]] = []
            for _ in 0..<rows {
                numbers.append(state.subject.text)
                snapshots.append(PersonSnapshot.encode(state))
            }
            let statement: SQL = "select * from unnest(\(numbers), \(snapshots))"
            bytes += statement.text.isEmpty ? 0 : snapshots.reduce(0) { $0 + $1.count }
        }
        return bytes
    }
}
