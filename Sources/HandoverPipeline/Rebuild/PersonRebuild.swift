public import EventContracts
import ExactlyOnceKafka
public import FoundationEssentials
public import HandoverRules
public import Postgres

/// Rebuilds what is kept of people from `event` and `message` (design.md §5, invariant I11): their events are decided
/// again in the steps in which they were decided, while threads and tasks stand as what was really said left them, so
/// that nothing is said twice and nothing forgotten. With the reference data of then the result is what was kept.
public struct PersonRebuild {
    private let decoder: EventDecoder
    private let registers: Registers
    private let rules: Rulebook
    private let query: (SQL) throws -> PostgresRows

    /// - Parameter query: runs a statement where the people are locked, or where nothing changes meanwhile.
    public init(
        topics: Topics, registers: Registers, rules: Rulebook, query: @escaping (SQL) throws -> PostgresRows
    ) {
        decoder = EventDecoder(topics: topics)
        self.registers = registers
        self.rules = rules
        self.query = query
    }

    /// What is kept of these people and everybody tied to them.
    public struct Result: Sendable {
        public var people = People()
        public var records: [NomsNumber: PersonRecord] = [:]
        /// Events that this program does not take any more, and that are left out.
        public var unreadable: [UUID] = []
    }

    /// - Parameter except: events that are not to be looked at, because they are being decided.
    public func rebuild(_ numbers: [String], except: [UUID] = []) throws -> Result {
        let all = try everybodyTied(numbers)
        var result = Result()
        result.people.claims.isComplete = true
        for number in all { result.people.lookedUp.insert(NomsNumber(unchecked: number)) }
        for row in try query(LedgerSQL.records(all)) {
            result.records[NomsNumber(unchecked: try row.text(0))] = try PersonRecord(row: row)
        }
        let steps = try steps(all, except, &result.unreadable)
        var telling = Telling(positions: steps.positions)
        let said = try Dictionary(grouping: read(steps.positions.keys.sorted()), by: \.cause)
        let world = People.World(records: result.records, registers: registers, rules: rules)
        for arrivals in steps.steps {
            let step = result.people.decide(arrivals, world)
            guard step.circles.isEmpty else { continue }
            result.people.apply(step)
            telling.tell(arrivals.flatMap { said[$0.id] ?? [] }, step, &result.people)
        }
        return result
    }

    private func everybodyTied(_ numbers: [String]) throws -> [String] {
        var known: Set<String> = Set(numbers)
        while true {
            let more = Set(try query(LedgerSQL.tied(known.sorted())).map { try $0.text(0) })
            guard !more.isSubset(of: known) else { return known.sorted() }
            known.formUnion(more)
        }
    }

    private struct Steps {
        /// Events that one transaction decided, in order.
        var steps: [[Event]] = []
        var positions: [UUID: SourcePosition] = [:]
    }

    private func steps(_ numbers: [String], _ except: [UUID], _ unreadable: inout [UUID]) throws -> Steps {
        var steps = Steps()
        var last: Int64?
        for row in try query(LedgerSQL.eventsOf(numbers, except: except)) {
            let id: UUID = try row[0], batch: Int64 = try row[8]
            steps.positions[id] = SourcePosition(topic: try row[3], partition: try row[4], offset: try row[5])
            guard let event = try event(row) else {
                unreadable.append(id)
                continue
            }
            if batch != last { steps.steps.append([]) }
            last = batch
            steps.steps[steps.steps.count - 1].append(event)
        }
        return steps
    }

    /// The event as it was recorded; nil where the decoder of today refuses it.
    private func event(_ row: PostgresRow) throws -> Event? {
        let received: PostgresTimestamp = try row[2]
        let receivedAt = Instant(microseconds: received.microseconds)
        let headers = (try row[6] as [UInt8]?).map(HeaderBytes.decode) ?? []
        let record = InboundRecord(
            topic: try row[3], partition: try row[4], offset: try row[5], timestampMilliseconds: 0, key: nil,
            value: try row.bytes(7), headers: headers.map { RecordHeader($0.name, $0.value) })
        guard case .event(let decoded) = decoder.decode(record, clock: .system(now: receivedAt)) else { return nil }
        var event = decoded.event
        event.receivedAt = receivedAt
        event.subject = NomsNumber(unchecked: try row.text(1))
        return event
    }

    private func read(_ events: [UUID]) throws -> [SaidRow] {
        try query(LedgerSQL.said(causedBy: events)).map(SaidRow.init(row:))
    }
}

/// Puts what was really said in place of what deciding again would say.
private struct Telling {
    let positions: [UUID: SourcePosition]
    private var last: [UUID: SaidRow] = [:]

    init(positions: [UUID: SourcePosition]) { self.positions = positions }

    mutating func tell(_ rows: [SaidRow], _ step: PeopleStep, _ people: inout People) {
        for row in rows where row.version >= last[row.stream]?.version ?? 0 { last[row.stream] = row }
        var numbers = Set(step.persons.map(\.decision.state.subject))
        var missing: [NomsNumber: [SaidRow]] = [:]
        for row in rows {
            let number = people.canonical(row.subject)
            numbers.insert(number)
            missing[number, default: []].append(row)
        }
        for number in numbers {
            guard var state = people.states[number] else { continue }
            settle(&state, missing[number] ?? [])
            people.states[number] = state
        }
    }

    private func settle(_ state: inout PersonState, _ rows: [SaidRow]) {
        state.threads = state.threads.compactMap { thread in
            last[thread.id].flatMap { $0.thread(thread, at: positions[$0.cause]) }
        }
        state.tasks = state.tasks.compactMap { task in
            last[task.id].flatMap { $0.task(task, at: positions[$0.cause]) }
        }
        for row in rows where last[row.stream]?.version == row.version {
            if !state.threads.contains(where: { $0.id == row.stream }),
                let thread = row.thread(nil, at: positions[row.cause])
            {
                state.threads.append(thread)
                state.know(spell: row.spell)
            }
            if !state.tasks.contains(where: { $0.id == row.stream }), let task = row.task(nil, at: positions[row.cause])
            {
                state.tasks.append(task)
            }
        }
    }
}
