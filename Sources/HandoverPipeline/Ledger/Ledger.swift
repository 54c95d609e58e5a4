import FoundationEssentials
import HandoverRules
import Postgres

/// The recorder's connection to the ledger: leases, and a batch's reads and writes in two round trips.
/// Owned by one thread. Nothing here decides; what it writes was decided by the rules.
final class Ledger {
    private let connection: PostgresConnection
    private var planned = false

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

    private func planSession() throws { _ = try connection.query(LedgerSQL.session) }

    /// Runs a closure with the connection; for the few statements outside a batch.
    func query(_ sql: SQL) throws -> PostgresRows { try connection.query(sql) }

    /// What one round trip at the beginning of a batch's transaction tells.
    struct Opening {
        var leases: [LeaseRow]
        var registerVersion: Int64
        var inserted: Set<UUID>
        var snapshots: [String: [UInt8]]
        var records: [String: PersonRecord]
        var heldStreams: Set<UUID>
    }

    /// Opens the transaction: begins, locks the leases, inserts the events that are absent, locks and loads the
    /// persons. One round trip. A crash before the commit leaves nothing behind.
    func open(cluster: String, leases: LeaseColumns, events: EventColumns, subjects: [String]) throws -> Opening {
        let pending = try connection.pipeline { pipe in
            pipe.begin()
            return (
                lease: pipe.query(LedgerSQL.lockLeases(cluster: cluster, leases.topics, leases.partitions)),
                version: pipe.query(LedgerSQL.registerVersion),
                inserted: pipe.query(LedgerSQL.insertEvents(events)),
                states: pipe.query(LedgerSQL.lockStates(subjects)),
                records: pipe.query(LedgerSQL.records(subjects)),
                held: pipe.query(LedgerSQL.heldStreams(subjects))
            )
        }
        var opening = Opening(
            leases: try pending.lease.get().map(LeaseRow.init(row:)),
            registerVersion: try pending.version.get().only()[0],
            inserted: [], snapshots: [:], records: [:],
            heldStreams: Set(try pending.held.get().map { try $0[0] as UUID }))
        let inserted = try pending.inserted.get()
        opening.inserted.reserveCapacity(inserted.count)
        for row in inserted { opening.inserted.insert(try row[0]) }
        for row in try pending.states.get() { opening.snapshots[try row.text(0)] = try row.bytes(2) }
        for row in try pending.records.get() { opening.records[try row.text(0)] = try PersonRecord(row: row) }
        return opening
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
    /// - Throws: ``LedgerConflict`` when a person appeared meanwhile; then nothing was written.
    func close(_ writing: Writing, cluster: String) throws {
        do {
            try connection.pipeline { pipe in
                writing.queue(on: pipe, cluster: cluster)
                pipe.commit()
            }
        } catch let error as PostgresError where error.kind == .constraint(name: "person_state_pkey") {
            throw LedgerConflict.personAppeared
        }
    }

    /// Gives the open transaction up; nothing of it happened.
    func abandon() throws { try connection.rollback() }
}

/// Somebody else changed what this transaction rests on; the batch is recorded again from the start.
enum LedgerConflict: Error {
    case personAppeared
}
