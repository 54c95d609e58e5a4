import EventContracts
import ExactlyOnceKafka
import FoundationEssentials
import HandoverRules
import Postgres

/// Steps 3 to 5 of design.md §3: one batch becomes one PostgreSQL transaction, in two round trips.
///
/// Owned by the recorder's thread. It may be killed at any point: before the commit nothing happened and the batch
/// comes again; after it the batch comes again, finds its rows and re-emits the stored bytes.
final class Recorder {
    private let ledger: Ledger
    private let settings: PipelineSettings
    private let registers: RegisterCache
    private let leases: LeaseBook

    init(ledger: Ledger, settings: PipelineSettings, registers: RegisterCache, leases: LeaseBook) {
        self.ledger = ledger
        self.settings = settings
        self.registers = registers
        self.leases = leases
    }

    /// Records a batch.
    ///
    /// - Throws: ``LeaseLost`` when another instance holds a partition now; ``LedgerConflict`` and retriable
    ///   ``PostgresError`` when the same batch must be recorded again; any other error stops the hub.
    func record(_ batch: Batch) throws -> RecordedBatch {
        let bounds = BatchBounds(batch.arrivals)
        let sorted = SortedBatch(batch.arrivals)
        do {
            let opening = try ledger.open(
                cluster: settings.clusterID, leases: LeaseColumns(bounds.nexts.keys), events: sorted.columns,
                subjects: sorted.subjects)
            let published = try leases.verify(opening.leases, against: bounds)
            let inForce = try registers.inForce(version: opening.registerVersion)
            var work = BatchWork(
                bounds: bounds, opening: opening, publishedThrough: published, registers: inForce, settings: settings)
            let known = sorted.firsts.filter { !opening.inserted.contains($0.decoded.event.id) }
            let stored = known.isEmpty ? ([:], []) : try ledger.stored(known.map(\.decoded.event.id).sorted())
            work.settleKnown(known, stored: stored.0, messages: stored.1)
            work.settleRepeats(sorted, stored: stored.0)
            for refusal in sorted.refused { work.refuse(refusal.record, refusal.rejection) }
            try work.decideArrivals(sorted, retries: ledger.releaseHeld)
            if let cut = work.cutForTimers(batch.arrivals, clock: settings.clock) {
                try ledger.abandon()
                return try recordPrefix(of: batch, cut)
            }
            work.advanceLeases(publishedNext: leases.publishedNext, suspects: leases.suspects)
            try ledger.close(work.writing, cluster: settings.clusterID)
            return RecordedBatch(
                epoch: batch.epoch, bounds: bounds, staged: work.staged, tallies: work.tallies,
                timestampsMilliseconds: batch.arrivals.map(\.record.timestampMilliseconds), leftover: [])
        } catch {
            try? ledger.abandon()
            throw error
        }
    }

    /// `hub.clock: events`: what stands before a timer that this very batch creates is recorded now, the rest waits.
    private func recordPrefix(of batch: Batch, _ count: Int) throws -> RecordedBatch {
        var prefix = batch
        prefix.arrivals = Array(batch.arrivals.prefix(count))
        var recorded = try record(prefix)
        recorded.leftover += batch.arrivals.dropFirst(count)
        return recorded
    }
}
