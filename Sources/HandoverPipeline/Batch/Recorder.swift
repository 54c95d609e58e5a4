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
    private let ledger: any LedgerCalls
    private let settings: PipelineSettings
    private let registers: RegisterCache
    private let leases: LeaseBook

    init(ledger: any LedgerCalls, settings: PipelineSettings, registers: RegisterCache, leases: LeaseBook) {
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
        var batch = batch
        try Addressing(ledger: ledger).settle(&batch)
        var numbers: [String] = [], kits: [String] = []
        for _ in 0..<HubLimits.wideningsMax {
            do {
                return try recordOnce(batch, with: numbers, kits)
            } catch let wider as NotGathered {
                (numbers, kits) = (numbers + wider.numbers, kits + wider.kits)
            } catch let circles as MergeCircles {
                circles.refuse(in: &batch)
            }
        }
        throw LedgerConflict.personBusy
    }

    /// - Parameters:
    ///   - numbers: people to lock from the start beside those that the batch names.
    ///   - kits: kits whose holders are to be looked up beside those that the batch names.
    private func recordOnce(_ batch: Batch, with numbers: [String], _ kits: [String]) throws -> RecordedBatch {
        let bounds = BatchBounds(batch.arrivals)
        let sorted = SortedBatch(batch.arrivals)
        do {
            let opening = try ledger.open(
                cluster: settings.clusterID, leases: LeaseColumns(bounds.nexts.keys), events: sorted.columns,
                subjects: Recorder.union(sorted.subjects, numbers), kits: Recorder.union(sorted.kits, kits))
            let published = try leases.verify(opening.leases, against: bounds)
            var work = try settled(sorted, opening, bounds, published)
            let inForce = try registers.inForce(version: opening.registerVersion)
            var gathering = try Gathering(ledger, opening, sorted, inForce, settings.outbound.topics)
            let step = try gathering.decide()
            guard step.circles.isEmpty else { throw MergeCircles(events: Set(step.circles)) }
            try absorb(step)
            work.heldStreams = gathering.rows.heldStreams
            try work.take(consume step, of: gathering.people, sorted, retries: ledger.releaseHeld)
            work.take(sorted.canaries)
            try work.tellPrisons(batch, sorted, inForce.registers, ledger.rejections)
            if let cut = work.cutForTimers(batch.arrivals, clock: settings.clock) {
                try ledger.abandon()
                return try recordPrefix(of: batch, cut)
            }
            work.advanceLeases(publishedNext: leases.publishedNext, suspects: leases.suspects)
            try ledger.close(work.writing, cluster: settings.clusterID)
            return RecordedBatch(
                epoch: batch.epoch, bounds: bounds, staged: work.staged, tallies: work.tallies,
                registerVersion: opening.registerVersion,
                timestampsMilliseconds: sorted.timestamps(of: batch.arrivals), leftover: [])
        } catch {
            try? ledger.abandon()
            throw error
        }
    }

    /// What can be told without deciding: redeliveries, repeats, refusals.
    private func settled(
        _ sorted: SortedBatch, _ opening: Ledger.Opening, _ bounds: BatchBounds, _ published: [TopicPartition: Int64]
    ) throws -> BatchWork {
        var work = BatchWork(bounds: bounds, opening: opening, publishedThrough: published, settings: settings)
        let known = sorted.firsts.filter { !opening.inserted.contains($0.decoded.event.id) }
        let stored = known.isEmpty ? ([:], []) : try ledger.stored(known.map(\.decoded.event.id).sorted())
        work.settleKnown(known, stored: stored.0, messages: stored.1)
        work.settleRepeats(sorted, stored: stored.0)
        for refusal in sorted.refused { work.refuse(refusal.record, refusal.rejection) }
        return work
    }

    /// People who are kept under another number from now on: rare, so it may cost a round trip of its own.
    private func absorb(_ step: PeopleStep) throws {
        guard !step.absorbed.isEmpty else { return }
        try ledger.absorb(
            step.absorbed.map(\.number.text), into: step.absorbed.map(\.into.text),
            spells: step.absorbed.flatMap(\.spells),
            of: step.absorbed.flatMap { absorbed in absorbed.spells.map { _ in absorbed.into.text } })
    }

    private static func union(_ sorted: [String], _ more: [String]) -> [String] {
        more.isEmpty ? sorted : Set(sorted + more).sorted()
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

/// Merges that would close a circle with those before them: they are refused, and the batch begins again without.
private struct MergeCircles: Error {
    var events: Set<UUID>

    func refuse(in batch: inout Batch) {
        for index in batch.arrivals.indices {
            guard case .event(let decoded) = batch.arrivals[index].content, events.contains(decoded.event.id) else {
                continue
            }
            batch.arrivals[index].content = .rejected(
                Rejection(.constraint, "removedNoms: would close a circle of merges"))
        }
    }
}
