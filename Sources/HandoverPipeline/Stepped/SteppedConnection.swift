import EventContracts
import ExactlyOnceKafka
import Foundation
import HandoverRules
import Postgres

/// A connection on which calls can go wrong.
final class SteppedConnection: LedgerCalls {
    private let process: SteppedLedger.Process
    private let base: any LedgerCalls
    private var isLost = false
    private(set) var lastWord: Instant

    init(_ process: SteppedLedger.Process, _ base: any LedgerCalls) {
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
            return planted?.open(opening, process.taken) ?? opening
        }
    }

    func widen(_ subjects: [String], kits: [String]) throws -> PeopleRows {
        try through(.read) { try base.widen(subjects, kits: kits) }
    }

    func absorb(_ numbers: [String], into kept: [String], spells: [UUID], of owners: [String]) throws {
        try through(.read) { try base.absorb(numbers, into: kept, spells: spells, of: owners) }
    }

    func stored(_ ids: [UUID]) throws -> (events: [UUID: Ledger.StoredEvent], messages: [StoredMessage]) {
        let stored = try through(.read) { try base.stored(ids) }
        return (stored.events, planted?.stored(stored.messages) ?? stored.messages)
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
        let writing = planted?.close(writing) ?? writing
        try through(.write) { try base.close(writing, cluster: cluster) }
        for source in zip(writing.leases.topics, writing.leases.partitions).map({ TopicPartition($0, $1) })
        where process.ledger.holders[source] !== process {
            process.ledger.trespasses.append(source)
        }
    }

    private var planted: PlantedFault? { process.ledger.planted }

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
            var taken = try base.takeLeases(cluster: cluster, leases, generation: generation, instance: instance)
            for lease in taken.map(\.lease) {
                process.ledger.holders[lease.source] = process
                process.taken[lease.source] = lease
            }
            if let planted { taken = planted.take(taken) }
            return taken
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
