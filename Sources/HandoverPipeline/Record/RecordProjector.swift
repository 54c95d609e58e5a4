public import HandoverRules
public import Postgres

/// Keeps the record tables of domain.md §11 level with `person_state`: takes who is due, makes their rows anew and
/// replaces them, some hundred persons a transaction. Owned by one thread.
///
/// It may be killed at any point: before a commit nothing happened and the persons are due again; after it their rows
/// are those of the state that was read. It takes no lock that the recorder waits for. Running it again changes
/// nothing.
public final class RecordProjector {
    /// What became of one step.
    public struct Step: Sendable, Hashable {
        /// Persons whose rows were replaced, or were current.
        public var persons = 0
        /// Persons whose rows a constraint refused, who are tried again later.
        public var postponed = 0
        /// The same, given up: what their rows were before stays.
        public var faults: [Fault] = []
        /// Nobody was due, or another instance was at work.
        public var isIdle = false
        public init() {}
    }

    /// Rows that a constraint refused. It names no person.
    public struct Fault: Sendable, Hashable {
        public var code: String
        public var constraint: String
    }

    private let connection: PostgresConnection
    private let settings: Rulebook
    private var reference = ReferenceData()
    private var registerVersion: Int64 = -1
    private var plans = PlanAge()

    /// Connects.
    /// - Parameter rules: as the hub's settings have them.
    public init(_ configuration: PostgresConfiguration, rules: Rulebook) throws {
        settings = rules
        connection = try PostgresConnection(configuration)
        _ = try connection.query(LedgerSQL.session)
    }

    /// One bounded piece of work.
    public func step() throws -> Step {
        if plans.wrote([HubLimits.recordPersonsMax]) { _ = try connection.query(LedgerSQL.discardPlans) }
        var due: [Due] = [], places: [String: Int] = [:]
        for row in try connection.query(RecordSQL.due(limit: HubLimits.recordDueMax)) {
            let noms = try row.text(1), attempts: Int32 = try row[2]
            if let at = places[noms] {
                due[at].sequence.append(try row[0])
                due[at].attempts = max(due[at].attempts, attempts)
            } else if due.count < HubLimits.recordPersonsMax {
                places[noms] = due.count
                due.append(Due(noms: noms, sequence: [try row[0]], attempts: attempts))
            }
        }
        var step = Step()
        step.isIdle = due.isEmpty
        try project(due[...], &step)
        return step
    }

    /// Makes everybody due: what `throughgate replay` and a change of reference data ask for. The work itself is done
    /// by ``step()``, here or in a running hub.
    public func makeEverybodyDue() throws {
        _ = try connection.query(RecordSQL.everybodyStale)
        _ = try connection.query(RecordSQL.everybodyDue)
    }

    // MARK: Work

    private struct Due {
        var noms: String
        var sequence: [Int64]
        var attempts: Int32
    }

    /// Persons whose rows are refused are found by halving; the others go on.
    private func project(_ due: ArraySlice<Due>, _ step: inout Step) throws {
        guard !due.isEmpty else { return }
        do {
            guard try replace(due) else { return step.isIdle = true }
            step.persons += due.count
        } catch let error as PostgresTransactionError where error.recovery == .abort {
            if due.count == 1, let only = due.first { return try refuse(only, error, &step) }
            let middle = due.startIndex + due.count / 2
            try project(due[..<middle], &step)
            try project(due[middle...], &step)
        } catch let error as PostgresTransactionError {
            throw error.postgres ?? error.cause
        }
    }

    /// False: another instance is at work.
    private func replace(_ due: ArraySlice<Due>) throws -> Bool {
        try connection.transaction { session in
            guard try session.query(RecordSQL.lock).only()[0] else { return false }
            var still: Set<String> = []
            for row in try session.query(RecordSQL.take(due.flatMap(\.sequence))) { still.insert(try row.text(1)) }
            guard !still.isEmpty else { return true }
            try takeRegisters(session)
            let batch = try RecordBatch(
                session, subjects: still.sorted(), registers: reference.registers, rules: reference.rules)
            try batch.replace()
            return true
        }
    }

    private func takeRegisters(_ session: PostgresConnection) throws {
        let version: Int64 = try session.query(LedgerSQL.registerVersion).only()[0]
        guard version != registerVersion else { return }
        reference = try ReferenceData.load(settings) { try session.query($0) }
        registerVersion = version
    }

    /// What is refused may be due to rows of somebody else that are behind: it is tried again after them.
    private func refuse(_ due: Due, _ error: PostgresTransactionError, _ step: inout Step) throws {
        var fault = Fault(code: error.postgres?.code ?? "UNKNOWN", constraint: "")
        if case .constraint(let name) = error.postgres?.kind { fault.constraint = name }
        let isLast = due.attempts + 1 >= HubLimits.recordAttemptsMax
        try connection.transaction { session in
            _ = try session.query(RecordSQL.take(due.sequence))
            if isLast {
                _ = try session.query(RecordSQL.fault(due.noms, fault.code, fault.constraint))
            } else {
                _ = try session.query(RecordSQL.again(due.noms, attempts: due.attempts + 1))
            }
        }
        if isLast { step.faults.append(fault) } else { step.postponed += 1 }
    }
}
