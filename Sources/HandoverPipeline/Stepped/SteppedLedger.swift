import EventContracts
import ExactlyOnceKafka
import Foundation
package import HandoverRules
package import Postgres

/// The ledger of a simulation, and what happens to the calls on it: a model in memory, or PostgreSQL itself. The same
/// calls go through it in the same order whichever it is.
package final class SteppedLedger: @unchecked Sendable {
    /// The calls that a simulation can interfere with.
    package enum Call: String, Sendable, CaseIterable {
        case connect, open, read, write, lease, attempt, timers, hold
    }

    /// What happens to a call besides what it asks for.
    package enum Fault: String, Sendable, CaseIterable {
        /// The connection goes before the call has any effect; an open transaction is rolled back.
        case lostBefore
        /// The call takes effect, a commit too, and the connection goes before anybody hears of it.
        case lostAfter
        /// The statement takes too long: it fails, and its transaction with it.
        case timeout
        /// A constraint refuses what was to be written.
        case refused
    }

    /// Told of every call before it has any effect. It may let other instances act, or end the one that calls.
    package var onCall: (_ instance: String, Call) -> Fault? = { _, _ in nil }
    /// Now, for sessions that stay silent inside a transaction.
    package var now: () -> Instant = { .distantPast }

    private let connect: () throws -> any LedgerCalls
    private let start: (String) -> AnyObject?
    private let end: (String) -> Void
    private var open: [SteppedConnection] = []

    package init(_ model: ModelLedger) {
        connect = { ModelConnection(model) }
        start = {
            model.starts($0)
            return nil
        }
        end = { model.ends($0) }
    }

    /// - Parameter configuration: with a lock timeout of a few milliseconds: on one thread, whoever has the lock can
    ///   not let go of it while another waits.
    package init(_ configuration: PostgresConfiguration) {
        connect = { try Ledger(configuration) }
        start = { instance in
            guard let connection = try? PostgresConnection(configuration),
                let key: Int64 = try? connection.query(LedgerSQL.instanceLockKey(instance)).only()[0],
                (try? connection.tryAdvisoryLock(key)) == true
            else { return nil }
            return connection
        }
        end = { _ in }
    }

    /// A process of this name begins.
    package func process(_ instance: String) -> Process { Process(instance, self, lock: start(instance)) }

    /// One process as the ledger sees it.
    package final class Process: @unchecked Sendable {
        package let instance: String
        fileprivate let ledger: SteppedLedger
        package private(set) var isDead = false
        /// Held as long as the process lives.
        private var lock: AnyObject?
        private var connections: [SteppedConnection] = []

        fileprivate init(_ instance: String, _ ledger: SteppedLedger, lock: AnyObject?) {
            self.instance = instance
            self.ledger = ledger
            self.lock = lock
        }

        /// SIGKILL: the server rolls back what is open and frees the instance's name.
        package func kill() {
            guard !isDead else { return }
            isDead = true
            for connection in connections { connection.drop() }
            connections = []
            lock = nil
            ledger.end(instance)
        }

        func connection() throws -> any LedgerCalls {
            let connection = SteppedConnection(self, try ledger.connect())
            if try connection.happens(.connect) != nil { throw SteppedConnection.lost }
            connections.append(connection)
            return connection
        }
    }

    // MARK: Sessions inside a transaction

    fileprivate func begun(_ connection: SteppedConnection) {
        ended(connection)
        open.append(connection)
    }

    fileprivate func ended(_ connection: SteppedConnection) { open.removeAll { $0 === connection } }

    /// The server ends sessions that said nothing inside a transaction for too long.
    fileprivate func endSilent() {
        let limit = Int64(PostgresLimits.idleInTransactionSessionTimeout.components.seconds)
        for connection in open where now() - connection.lastWord > .seconds(limit) { connection.drop() }
    }
}

/// A connection on which calls can go wrong.
final class SteppedConnection: LedgerCalls {
    private let process: SteppedLedger.Process
    private let base: any LedgerCalls
    private var isLost = false
    fileprivate private(set) var lastWord: Instant

    fileprivate init(_ process: SteppedLedger.Process, _ base: any LedgerCalls) {
        self.process = process
        self.base = base
        lastWord = process.ledger.now()
    }

    static let lost = PostgresError.model("CONNECTION_LOST", .connectionLost, .unknown)
    private static let closed = PostgresError.model("CONNECTION_CLOSED", .connectionLost)

    /// The connection goes; what was open on it is rolled back.
    func drop() {
        isLost = true
        process.ledger.ended(self)
        try? base.abandon()
    }

    /// - Throws: what happens before the call has any effect.
    func happens(_ call: SteppedLedger.Call) throws -> SteppedLedger.Fault? {
        process.ledger.endSilent()
        guard !process.isDead, !isLost else { throw SteppedConnection.closed }
        let fault = process.ledger.onCall(process.instance, call)
        process.ledger.endSilent()
        guard !process.isDead, !isLost else { throw SteppedConnection.closed }
        lastWord = process.ledger.now()
        switch fault {
        case .lostBefore:
            drop()
            throw SteppedConnection.lost
        case .timeout:
            try? abandon()
            throw PostgresError.model("57014", .timeout)
        case .refused:
            try? abandon()
            throw PostgresError.model("23514", .constraint(name: "planted"))
        case .lostAfter, nil: return fault
        }
    }

    private func through<Result>(_ call: SteppedLedger.Call, _ body: () throws -> Result) throws -> Result {
        let fault = try happens(call)
        do {
            let result = try body()
            guard fault == nil else {
                drop()
                throw SteppedConnection.lost
            }
            return result
        } catch let error as PostgresError {
            // The server has rolled it back.
            process.ledger.ended(self)
            throw error
        }
    }

    func reconnect() throws {
        guard !process.isDead else { throw SteppedConnection.closed }
        if let fault = process.ledger.onCall(process.instance, .connect), fault != .refused {
            throw PostgresError.model("CANNOT_CONNECT", .cannotConnect)
        }
        try base.abandon()
        try base.reconnect()
        isLost = false
    }

    func open(
        cluster: String, leases: LeaseColumns, events: EventColumns, subjects: [String], kits: [String]
    ) throws -> Ledger.Opening {
        try through(.open) {
            let opening = try base.open(
                cluster: cluster, leases: leases, events: events, subjects: subjects, kits: kits)
            process.ledger.begun(self)
            return opening
        }
    }

    func widen(_ subjects: [String], kits: [String]) throws -> PeopleRows {
        try through(.read) { try base.widen(subjects, kits: kits) }
    }

    func absorb(_ numbers: [String], into kept: [String], spells: [UUID], of owners: [String]) throws {
        try through(.read) { try base.absorb(numbers, into: kept, spells: spells, of: owners) }
    }

    func stored(_ ids: [UUID]) throws -> (events: [UUID: Ledger.StoredEvent], messages: [StoredMessage]) {
        try through(.read) { try base.stored(ids) }
    }

    func releaseHeld(_ subjects: [String], causes: [UUID]) throws -> [StoredMessage] {
        try through(.read) { try base.releaseHeld(subjects, causes: causes) }
    }

    func addressees(
        _ streams: [UUID], refusedAt records: [KafkaRecord]
    ) throws -> ([UUID: Addressee], [SourcePosition: Rejection], Set<UUID>) {
        try through(.read) { try base.addressees(streams, refusedAt: records) }
    }

    var rejections: BatchWork.RejectionQueries {
        let queries = base.rejections
        return BatchWork.RejectionQueries(
            standing: { [self] tasks, events in try through(.read) { try queries.standing(tasks, events) } },
            caused: { [self] records, prisons in try through(.read) { try queries.caused(records, prisons) } },
            answer: { [self] answers, topics in try through(.read) { try queries.answer(answers, topics) } })
    }

    func reference(_ settings: Rulebook) throws -> ReferenceData {
        try through(.read) { try base.reference(settings) }
    }

    func rebuild(
        _ numbers: [String], except: [UUID], _ reference: ReferenceData, _ topics: Topics
    ) throws -> PersonRebuild.Result {
        try through(.read) { try base.rebuild(numbers, except: except, reference, topics) }
    }

    func close(_ writing: Writing, cluster: String) throws {
        defer { process.ledger.ended(self) }
        try through(.write) { try base.close(writing, cluster: cluster) }
    }

    func abandon() throws {
        process.ledger.ended(self)
        try base.abandon()
    }

    func knowsAnotherCluster(than cluster: String) throws -> Bool {
        try through(.lease) { try base.knowsAnotherCluster(than: cluster) }
    }

    func takeLeases(
        cluster: String, _ leases: LeaseColumns, generation: Int64, instance: String
    ) throws -> [TakenLease] {
        try through(.lease) {
            try base.takeLeases(cluster: cluster, leases, generation: generation, instance: instance)
        }
    }

    func advanceLeases(
        cluster: String, _ leases: LeaseColumns, recorded: [Int64], published: [Int64], trusted: [Bool]
    ) throws {
        try through(.lease) {
            try base.advanceLeases(
                cluster: cluster, leases, recorded: recorded, published: published, trusted: trusted)
        }
    }

    func countStarts(cluster: String, _ leases: LeaseColumns, by step: Int32) throws {
        try through(.lease) { try base.countStarts(cluster: cluster, leases, by: step) }
    }

    func countAttempt(at position: SourcePosition) throws -> Int32 {
        try through(.attempt) { try base.countAttempt(at: position) }
    }

    func takeAttemptBack(at position: SourcePosition) throws {
        try through(.attempt) { try base.takeAttemptBack(at: position) }
    }

    func forgetAttempts(through position: SourcePosition) throws {
        try through(.attempt) { try base.forgetAttempts(through: position) }
    }

    func claimTimers(due: Instant, publishedBefore before: Instant, limit: Int) throws -> [DueTimer] {
        try through(.timers) { try base.claimTimers(due: due, publishedBefore: before, limit: limit) }
    }

    func largestReceived() throws -> Instant? { try through(.timers) { try base.largestReceived() } }

    func hold(_ streams: [UUID], from versions: [Int32], timers: (_ subjects: Set<String>) -> Writing) throws {
        try through(.hold) { try base.hold(streams, from: versions, timers: timers) }
    }

    func sealingKeys() throws -> SealingKeys { try through(.timers) { try base.sealingKeys() } }
}
