import FoundationEssentials
import HandoverRules
import Postgres

/// The recorder's connection to the ledger: leases, and a batch's reads and writes in two round trips.
/// Owned by one thread. Nothing here decides; what it writes was decided by the rules.
final class Ledger {
    private let connection: PostgresConnection
    private var plans = PlanAge()
    private var arePlansOld = false

    init(_ configuration: PostgresConfiguration) throws {
        connection = try PostgresConnection(configuration)
        try planSession()
    }

    /// Makes the connection good again after it was lost; throws while the server is away.
    func reconnect() throws {
        if connection.isConnected {
            try? connection.rollback()
        } else {
            try connection.reconnect()
            try planSession()
        }
    }

    private func planSession() throws {
        _ = try connection.query(LedgerSQL.session)
        plans = PlanAge()
    }

    /// Runs a closure with the connection; for the few statements outside a batch.
    func query(_ sql: SQL) throws -> PostgresRows { try connection.query(sql) }

    /// The same, for several statements of one deed.
    func using<Result>(_ body: (PostgresConnection) throws -> Result) rethrows -> Result { try body(connection) }

    /// Runs statements outside a batch in one round trip.
    func pipeline<Result>(_ queue: (PostgresPipeline) throws -> Result) throws -> Result {
        try connection.pipeline(queue)
    }

    /// What one round trip at the beginning of a batch's transaction tells.
    struct Opening {
        var leases: [LeaseRow]
        var registerVersion: Int64
        /// Whether any prison was told of a rejected event and nothing came of it yet.
        var hasOpenRejections: Bool
        var inserted: Set<UUID>
        var people: PeopleRows
    }

    /// Opens the transaction: begins, locks the leases, inserts the events that are absent, locks and loads the
    /// persons. One round trip. A crash before the commit leaves nothing behind.
    func open(
        cluster: String, leases: LeaseColumns, events: EventColumns, subjects: [String], kits: [String]
    ) throws -> Opening {
        let pending = try connection.pipeline { pipe in
            if arePlansOld { pipe.execute(LedgerSQL.discardPlans) }
            pipe.begin()
            return (
                lease: pipe.query(LedgerSQL.lockLeases(cluster: cluster, leases.topics, leases.partitions)),
                version: pipe.query(LedgerSQL.registerVersion),
                rejections: pipe.query(LedgerSQL.openRejections),
                inserted: pipe.query(LedgerSQL.insertEvents(events)),
                people: PendingPeople(pipe, LedgerSQL.lockStates(subjects), subjects, kits)
            )
        }
        arePlansOld = false
        var opening = Opening(
            leases: try pending.lease.get().map(LeaseRow.init(row:)),
            registerVersion: try pending.version.get().only()[0],
            hasOpenRejections: try pending.rejections.get().only()[0], inserted: [], people: try pending.people.get())
        let inserted = try pending.inserted.get()
        opening.inserted.reserveCapacity(inserted.count)
        for row in inserted { opening.inserted.insert(try row[0]) }
        return opening
    }

    /// Locks and loads more persons inside the open transaction, without waiting for anybody.
    ///
    /// - Throws: ``LedgerConflict/personBusy`` when another transaction has one of them: begin again with all of them.
    func widen(_ subjects: [String], kits: [String]) throws -> PeopleRows {
        do {
            return try connection.pipeline { pipe in
                PendingPeople(pipe, LedgerSQL.lockStatesAtOnce(subjects), subjects, kits)
            }.get()
        } catch let error as PostgresError where error.code == "55P03" {
            throw LedgerConflict.personBusy
        }
    }

    /// Moves what is kept apart from the snapshot to the number under which a person is kept now.
    func absorb(_ numbers: [String], into kept: [String], spells: [UUID], of owners: [String]) throws {
        try connection.pipeline { pipe in
            pipe.execute(LedgerSQL.moveHeld(numbers, to: kept))
            pipe.execute(LedgerSQL.moveOutcomes(spells, to: owners))
        }
    }

    struct StoredEvent {
        var id: UUID
        var topic: String
        var partition: Int32
        var offset: Int64
        var digest: [UInt8]
    }

    /// What is already recorded under these ids, and the messages that those events caused.
    func stored(_ ids: [UUID]) throws -> (events: [UUID: StoredEvent], messages: [StoredMessage]) {
        let pending = try connection.pipeline { pipe in
            (pipe.query(LedgerSQL.storedEvents(ids)), pipe.query(LedgerSQL.messages(causedBy: ids)))
        }
        var events: [UUID: StoredEvent] = [:]
        for row in try pending.0.get() {
            let id: UUID = try row[0]
            events[id] = StoredEvent(
                id: id, topic: try row[1], partition: try row[2], offset: try row[3], digest: try row[4])
        }
        return (events, try pending.1.get().map(StoredMessage.init(row:)))
    }

    /// Messages held back because their topic could not be written, given their retry's event as new cause.
    func releaseHeld(_ subjects: [String], causes: [UUID]) throws -> [StoredMessage] {
        try connection.query(LedgerSQL.releaseHeld(subjects, causes)).map(StoredMessage.init(row:))
    }

    /// Writes what was decided and commits: one round trip. After it, the outcome of the batch is fixed to the byte.
    ///
    /// - Throws: ``LedgerConflict`` when a person or a claim appeared meanwhile; then nothing was written.
    func close(_ writing: Writing, cluster: String) throws {
        do {
            try connection.pipeline { pipe in
                writing.queue(on: pipe, cluster: cluster)
                pipe.commit()
            }
            if plans.wrote(writing.rows) { arePlansOld = true }
        } catch let error as PostgresError where error.kind == .constraint(name: "person_state_pkey") {
            throw LedgerConflict.personAppeared
        } catch let error as PostgresError where error.kind == .constraint(name: "kit_claim_pkey") {
            throw LedgerConflict.claimAppeared
        } catch let error as PostgresError where error.kind == .constraint(name: "rejection_message_pkey") {
            throw LedgerConflict.rejectionAppeared
        }
    }

    /// Gives the open transaction up; nothing of it happened.
    func abandon() throws { try connection.rollback() }
}

/// Somebody else changed what this transaction rests on; the batch is recorded again from the start.
enum LedgerConflict: Error {
    case personAppeared
    /// Somebody else claims a kit that this transaction gave to one of its own.
    case claimAppeared
    /// Another instance told a prison of the same rejected event.
    case rejectionAppeared
    /// A person who turned out to be concerned is locked by another transaction.
    case personBusy
}
