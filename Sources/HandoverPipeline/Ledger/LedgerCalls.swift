import EventContracts
import ExactlyOnceKafka
import FoundationEssentials
import HandoverRules

/// What the hub's own loop asks of its ledger: ``Ledger`` on PostgreSQL in the program, a model of its guarantees in
/// simulations, so that a simulation runs the stages and the recorder themselves and not copies of them. Both pass the
/// same simulations, step for step.
///
/// Owned by one thread. Every error is a ``PostgresError`` or what is named here.
protocol LedgerCalls: AnyObject {
    /// Makes the connection good again after it was lost; throws while the server is away.
    func reconnect() throws

    // MARK: One batch

    /// Opens the transaction: locks the leases, inserts the events that are absent, locks and loads the persons.
    func open(
        cluster: String, leases: LeaseColumns, events: EventColumns, subjects: [String], kits: [String]
    ) throws -> Ledger.Opening
    /// Locks and loads more persons, without waiting for anybody.
    ///
    /// - Throws: ``LedgerConflict/personBusy``.
    func widen(_ subjects: [String], kits: [String]) throws -> PeopleRows
    /// Moves what is kept apart from the snapshot to the number under which a person is kept now.
    func absorb(_ numbers: [String], into kept: [String], spells: [UUID], of owners: [String]) throws
    /// What is already recorded under these ids, and the messages that those events caused.
    func stored(_ ids: [UUID]) throws -> (events: [UUID: Ledger.StoredEvent], messages: [StoredMessage])
    /// Messages held back because their topic could not be written, given their retry's event as new cause.
    func releaseHeld(_ subjects: [String], causes: [UUID]) throws -> [StoredMessage]
    /// Whom these handovers and tasks are about, why records at these positions were refused before, and which of
    /// the tasks are about nobody.
    func addressees(
        _ streams: [UUID], refusedAt records: [KafkaRecord]
    ) throws -> ([UUID: Addressee], [SourcePosition: Rejection], Set<UUID>)
    /// What stands of tasks EVENT_REJECTED, and what records caused of them.
    var rejections: BatchWork.RejectionQueries { get }
    /// The reference data in force, as the batch's own transaction sees it.
    func reference(_ settings: Rulebook) throws -> ReferenceData
    /// People whose snapshots cannot be read, made anew from their events.
    func rebuild(
        _ numbers: [String], except: [UUID], _ reference: ReferenceData, _ topics: Topics
    ) throws -> PersonRebuild.Result
    /// Writes what was decided and commits.
    ///
    /// - Throws: ``LedgerConflict`` when a person or a claim appeared meanwhile; then nothing was written.
    func close(_ writing: Writing, cluster: String) throws
    /// Gives the open transaction up; nothing of it happened.
    func abandon() throws

    // MARK: Leases and attempts

    func knowsAnotherCluster(than cluster: String) throws -> Bool
    /// Takes or renews leases; those that are not returned were refused.
    func takeLeases(
        cluster: String, _ leases: LeaseColumns, generation: Int64, instance: String
    ) throws -> [TakenLease]
    func advanceLeases(
        cluster: String, _ leases: LeaseColumns, recorded: [Int64], published: [Int64], trusted: [Bool]) throws
    func countStarts(cluster: String, _ leases: LeaseColumns, by step: Int32) throws
    /// Counts an attempt at a record taken alone and answers how many there were.
    func countAttempt(at position: SourcePosition) throws -> Int32
    func takeAttemptBack(at position: SourcePosition) throws
    func forgetAttempts(through position: SourcePosition) throws

    // MARK: Timers and publication

    /// Timers due, marked as published now; not those that were published at or after `before`.
    func claimTimers(due: Instant, publishedBefore before: Instant, limit: Int) throws -> [DueTimer]
    /// The largest received_at recorded.
    func largestReceived() throws -> Instant?
    /// Marks these messages and all that follow in their streams as held, and writes the timers that try again, in a
    /// transaction of its own.
    ///
    /// - Parameter timers: what tries again for the people concerned.
    func hold(
        _ streams: [UUID], from versions: [Int32], timers: (_ subjects: Set<String>) -> Writing) throws
    func sealingKeys() throws -> SealingKeys
}

/// A lease as it was taken, and the starts without progress counted on it.
struct TakenLease {
    var lease: LeaseRow
    var idleStarts: Int32
}
