public import EventContracts
import ExactlyOnceKafka
public import FoundationEssentials
public import HandoverRules
public import Postgres

/// Rebuilds what design.md §5 calls derived from `event` for everybody, and tells what would be said differently now
/// than was last said. It never publishes a handover: for somebody to whom something is to be said a reference.changed
/// goes to the outbox, and the hub decides on its one path.
///
/// Interrupted, it has done some people whole and others not at all; run again it begins anew, at no harm.
public struct Replay {
    /// People rebuilt and locked together.
    public static let chunkMax = 200
    /// Changes that a report names; those beyond are counted.
    public static let changesMax = 1_000

    /// Something that would be said now.
    public struct Change: Sendable, Hashable {
        /// handoverId or taskId.
        public var id: UUID
        /// nil for a task.
        public var recipient: Recipient?
        public var taskCode: String?
        /// What it would be; STOOD_DOWN withdraws.
        public var kind: HandoverKind?
        /// A task that would be closed.
        public var closes: Bool
        public var priority: Priority?
        /// The version that it would be; the one before it was said last.
        public var version: Int
        /// Why a withdrawal; "" otherwise.
        public var reason: String

        public var withdraws: Bool { kind == .stoodDown || closes }
    }

    /// What came of it.
    public struct Report: Sendable {
        /// People looked at.
        public var persons = 0
        /// Those of whom what was kept and what was rebuilt differ; unreadable snapshots among them.
        public var different = 0
        public var unreadable = 0
        /// Events that this program does not take any more.
        public var eventsLeftOut = 0
        /// Threads and tasks that stay as they are.
        public var unchanged = 0
        public var wouldSend = 0
        public var wouldWithdraw = 0
        /// People for whom something is to be said; after a run each has an event in the outbox.
        public var toBeTold = 0
        public var changes: [Change] = []
    }

    private let connection: PostgresConnection
    private let topics: Topics
    private let settings: Rulebook
    private let now: Instant

    /// - Parameters:
    ///   - settings: the rules as the hub's settings have them.
    ///   - now: the hub's now, for the events of a run.
    public init(connection: PostgresConnection, topics: Topics, settings: Rulebook, now: Instant) {
        self.connection = connection
        self.topics = topics
        self.settings = settings
        self.now = now
    }

    /// Looks and changes nothing.
    ///
    /// - Parameter limit: people at most, nil for all.
    public func preview(limit: Int? = nil, progress: (Int) -> Void = { _ in }) throws -> Report {
        let inForce = RegistersInForce()
        return try walk(limit, progress) { chunk, report in
            try connection.transaction(.repeatableRead) { session in
                try look(session, chunk, inForce, locked: false, &report)
            }
        }
    }

    /// Replaces what is derived, some people at a time, each under their locks.
    public func run(limit: Int? = nil, progress: (Int) -> Void = { _ in }) throws -> Report {
        let inForce = RegistersInForce()
        return try walk(limit, progress) { chunk, report in
            try connection.transaction { session in try look(session, chunk, inForce, locked: true, &report) }
        }
    }

    private func walk(
        _ limit: Int?, _ progress: (Int) -> Void, _ take: ([String], inout Report) throws -> Void
    ) throws -> Report {
        var report = Report()
        var last = ""
        while true {
            let room = min(Replay.chunkMax, (limit ?? .max) - report.persons)
            guard room > 0 else { return report }
            let chunk = try connection.query(LedgerSQL.keptNumbers(after: last, limit: room)).map { try $0.text(0) }
            guard let end = chunk.last else { return report }
            try take(chunk, &report)
            last = end
            report.persons += chunk.count
            progress(report.persons)
        }
    }

    private func look(
        _ session: PostgresConnection, _ chunk: [String], _ inForce: RegistersInForce, locked: Bool,
        _ report: inout Report
    ) throws {
        let rows = try session.query(locked ? LedgerSQL.lockStates(chunk) : LedgerSQL.states(chunk))
        let version: Int64 = try session.query(LedgerSQL.registerVersion).only()[0]
        let reference = try inForce.at(version) { try ReferenceData.load(settings) { try session.query($0) } }
        let rebuild = PersonRebuild(topics: topics, registers: reference.registers, rules: reference.rules) {
            try session.query($0)
        }
        let result = try rebuild.rebuild(chunk)
        report.eventsLeftOut += result.unreadable.count
        var writing = ReplayWriting()
        var told: [Event] = []
        for row in rows where try row[2] as String? == nil {
            guard let state = result.people.states[NomsNumber(unchecked: try row.text(0))] else { continue }
            let kept = PersonSnapshot.decode(try row.bytes(1))
            report.unreadable += kept == nil ? 1 : 0
            report.different += kept == state ? 0 : 1
            writing.add(state, before: kept, result.people.claims)
            let decision = HandoverRules.decide(
                state, arrivals: [], record: result.records[state.subject], registers: reference.registers,
                rules: reference.rules, elsewhere: result.people.elsewhere(of: state.subject))
            guard note(decision, &report) else { continue }
            told.append(
                EventEncoder.event(of: .person, registerVersion: version, subject: state.subject, at: now))
        }
        guard locked else { return }
        try writing.write(on: session, outbound: OutboundWriter(topics: topics))
        try Outbox.put(told, topics: topics, on: session)
    }

    /// Whether anything is to be said.
    private func note(_ decision: Decision, _ report: inout Report) -> Bool {
        let streams = Set(decision.outbound.map(\.id))
        report.unchanged += decision.state.threads.filter { !streams.contains($0.id) }.count
        report.unchanged += decision.state.tasks.filter { !streams.contains($0.id) }.count
        for outbound in decision.outbound {
            let change = Change(outbound)
            if change.withdraws { report.wouldWithdraw += 1 } else { report.wouldSend += 1 }
            if report.changes.count < Replay.changesMax { report.changes.append(change) }
        }
        if !decision.outbound.isEmpty { report.toBeTold += 1 }
        return !decision.outbound.isEmpty
    }
}

/// Reference data as they were read last, read again when their version has risen.
private final class RegistersInForce {
    private var version: Int64 = -1
    private var data = ReferenceData()

    func at(_ version: Int64, load: () throws -> ReferenceData) rethrows -> ReferenceData {
        if version != self.version {
            data = try load()
            self.version = version
        }
        return data
    }
}

extension Replay.Change {
    init(_ outbound: OutboundDecision) {
        id = outbound.id
        recipient = if case .handover(let recipient) = outbound.destination { recipient } else { nil }
        taskCode = outbound.taskCode
        kind = outbound.kind
        closes = outbound.closes
        priority = outbound.priority
        version = outbound.version
        reason = ""
        guard case .object(let fields) = outbound.body, kind == .stoodDown,
            case .text(let text)? = fields.first(where: { $0.name == "reason" })?.value
        else { return }
        reason = text
    }
}
