public import ExactlyOnceKafka
import Synchronization

/// A partition that must not be worked on until somebody has looked; the others go on.
public struct PartitionStopped: Error, Sendable, CustomStringConvertible {
    public enum Reason: String, Sendable {
        /// Kafka's committed offset lies beyond what the ledger has recorded: the ledger was restored to an older
        /// state. Remedy: reset the group's offset of this partition to the ledger's next offset, then restart; for
        /// that stretch the promise is at least once.
        case ledgerBehind = "LEDGER_BEHIND"
        /// The topic ends before what the ledger has recorded: it was deleted and made again.
        case topicRecreated = "TOPIC_RECREATED"
    }
    public let source: TopicPartition
    public let reason: Reason

    public var description: String {
        switch reason {
        case .ledgerBehind:
            "\(reason.rawValue) \(source): the committed offset is beyond what the ledger recorded; reset the group's"
                + " offset of this partition to the ledger's recorded_through + 1 and restart"
        case .topicRecreated:
            "\(reason.rawValue) \(source): the topic ends before what the ledger recorded; delete the partition_lease"
                + " row of the old topic if this is meant, and restart"
        }
    }
}

/// Another instance holds the partition now; this one drops what it has of it.
struct LeaseLost: Error {
    var sources: [TopicPartition]
}

/// The ledger belongs to another Kafka cluster.
struct OtherCluster: Error {}

/// The leases this instance holds, and how far it has published. Shared by the recorder (which takes and verifies)
/// and the publisher (which moves `publishedNext`).
///
/// A lease's epoch is (group generation, start count) and only rises, so a frozen instance that wakes up late finds
/// a higher epoch in the row and records nothing: its batch is dropped.
final class LeaseBook: Sendable {
    private struct Held {
        var generation: Int64
        var startCount: Int64
        /// How far the ledger has recorded: what lies at or below it is decided, and waits to be sent.
        var recordedThrough: Int64
        /// Records below this are taken alone; nil: the partition is trusted.
        var suspectBelow: Int64?
    }
    private struct State {
        var held: [TopicPartition: Held] = [:]
        var publishedNext: [TopicPartition: Int64] = [:]
        var stopped: Set<TopicPartition> = []
    }
    private let state = Mutex(State())

    /// Committed next offsets of the partitions this instance works on, as far as it knows.
    var publishedNext: [TopicPartition: Int64] { state.withLock { $0.publishedNext } }

    /// A Kafka transaction has committed these offsets. Partitions that went away meanwhile are not remembered: their
    /// next holder moves on without us.
    func published(_ nexts: [TopicPartition: Int64]) {
        state.withLock { state in
            for (source, next) in nexts {
                guard let held = state.held[source] else { continue }
                state.publishedNext[source] = max(next, state.publishedNext[source] ?? 0)
                if let below = held.suspectBelow, next >= below { state.held[source]?.suspectBelow = nil }
            }
        }
    }

    /// Partitions among these without a lease.
    func missing(_ sources: some Sequence<TopicPartition>) -> [TopicPartition] {
        state.withLock { state in
            sources.filter { state.held[$0] == nil && !state.stopped.contains($0) }.sorted()
        }
    }

    /// Forgets leases after a revocation; the rows stay, the next holder raises the epoch.
    func forget(_ sources: some Sequence<TopicPartition>) {
        state.withLock { state in
            for source in sources {
                state.held[source] = nil
                state.publishedNext[source] = nil
                state.stopped.remove(source)
            }
        }
    }

    var all: [TopicPartition] { state.withLock { Array($0.held.keys) } }

    // MARK: Partitions that are left alone or taken with care

    /// Partitions that this instance does not work on until they are assigned anew.
    var stopped: Set<TopicPartition> { state.withLock { $0.stopped } }

    /// Whether this record must be taken alone. One that is recorded went through everything that looks inside it, and
    /// what was decided must go out: it is never suspected.
    func isSuspect(_ record: KafkaRecord) -> Bool {
        state.withLock { state in
            guard let held = state.held[record.source], let below = held.suspectBelow else { return false }
            return record.offset > held.recordedThrough && record.offset < below
        }
    }

    /// The recorder has committed everything below these offsets.
    func recorded(_ nexts: [TopicPartition: Int64]) {
        state.withLock { state in
            for (source, next) in nexts where next - 1 > state.held[source]?.recordedThrough ?? .max {
                state.held[source]?.recordedThrough = next - 1
            }
        }
    }

    /// The last offset of each partition that is recorded: what comes at or below it comes again.
    var recordedThrough: [TopicPartition: Int64] { state.withLock { $0.held.mapValues(\.recordedThrough) } }

    /// Partitions with records that must be taken alone.
    var suspects: Set<TopicPartition> {
        state.withLock { Set($0.held.filter { $0.value.suspectBelow != nil }.keys) }
    }

    /// What killed the process was found: the partition is not suspected any more.
    func trust(_ source: TopicPartition) { state.withLock { $0.held[source]?.suspectBelow = nil } }

    // MARK: Taking and verifying

    /// What Kafka knows of the partitions whose leases are taken.
    struct Reach {
        /// The group's committed next offsets; absent where nothing is committed.
        var committed: [TopicPartition: Int64]
        /// The end of each partition.
        var ends: [TopicPartition: Int64]
    }

    /// Takes leases, and checks that ledger and cluster fit together. A start is counted for each before anything of
    /// it is looked at.
    ///
    /// - Returns: partitions that must not be worked on, told once.
    /// - Throws: ``LeaseLost`` when another instance holds one of them, ``OtherCluster``.
    func take(
        _ sources: [TopicPartition], on ledger: any LedgerCalls, settings: PipelineSettings, generation: Int64,
        reach: Reach
    ) throws -> [PartitionStopped] {
        if try ledger.knowsAnotherCluster(than: settings.clusterID) { throw OtherCluster() }
        let rows = try ledger.takeLeases(
            cluster: settings.clusterID, LeaseColumns(sources), generation: generation, instance: settings.instance)
        var taken: [TopicPartition: Held] = [:]
        var stops: [PartitionStopped] = []
        var suspected: Set<TopicPartition> = []
        for row in rows {
            let lease = row.lease
            if row.idleStarts >= HubLimits.idleStartsMax { suspected.insert(lease.source) }
            if let reason = LeaseBook.stop(lease, reach) {
                stops.append(PartitionStopped(source: lease.source, reason: reason))
            }
            taken[lease.source] = Held(
                generation: lease.generation, startCount: lease.startCount, recordedThrough: lease.recordedThrough)
        }
        let refused = sources.filter { taken[$0] == nil }
        guard refused.isEmpty else { throw LeaseLost(sources: refused) }
        for stop in stops { taken[stop.source] = nil }
        try countStart(taken.keys.sorted(), on: ledger, settings: settings, reach.committed, suspected)
        for source in suspected {
            let first = reach.committed[source] ?? 0
            taken[source]?.suspectBelow = min(first + HubLimits.suspectRecordsMax, reach.ends[source] ?? .max)
        }
        state.withLock { [taken, stops] state in
            state.held.merge(taken) { _, new in new }
            state.stopped.formUnion(stops.map(\.source))
            for source in taken.keys {
                let next = reach.committed[source]
                state.publishedNext[source] = next.map { max($0, state.publishedNext[source] ?? 0) }
            }
        }
        return stops
    }

    private static func stop(_ lease: LeaseRow, _ reach: Reach) -> PartitionStopped.Reason? {
        if reach.committed[lease.source] ?? 0 > lease.recordedThrough + 1 { return .ledgerBehind }
        if lease.recordedThrough >= 0, reach.ends[lease.source] ?? .max <= lease.recordedThrough {
            return .topicRecreated
        }
        return nil
    }

    /// Notes what Kafka has committed (progress of the last start that the ledger may not know of), then counts this
    /// start.
    private func countStart(
        _ sources: [TopicPartition], on ledger: any LedgerCalls, settings: PipelineSettings,
        _ committed: [TopicPartition: Int64], _ suspected: Set<TopicPartition>
    ) throws {
        try advance(sources, on: ledger, settings: settings, published: committed, suspects: suspected)
        try ledger.countStarts(cluster: settings.clusterID, LeaseColumns(sources), by: 1)
    }

    private func advance(
        _ sources: [TopicPartition], on ledger: any LedgerCalls, settings: PipelineSettings,
        published: [TopicPartition: Int64], suspects: Set<TopicPartition>
    ) throws {
        try ledger.advanceLeases(
            cluster: settings.clusterID, LeaseColumns(sources), recorded: sources.map { _ in -1 },
            published: sources.sorted().map { (published[$0] ?? 0) - 1 },
            trusted: sources.sorted().map { !suspects.contains($0) })
    }

    /// An orderly end: what was published is noted, and this start is not counted as one without progress.
    func release(on ledger: any LedgerCalls, settings: PipelineSettings) throws {
        let sources = all
        guard !sources.isEmpty else { return }
        try advance(sources, on: ledger, settings: settings, published: publishedNext, suspects: suspects)
        try ledger.countStarts(cluster: settings.clusterID, LeaseColumns(sources), by: -1)
    }

    /// Compares the locked rows with what this instance took.
    ///
    /// - Returns: published through, per partition: what lies at or below it is never emitted again. The row may be one
    ///   batch behind what this process knows.
    func verify(_ rows: [LeaseRow], against bounds: BatchBounds) throws -> [TopicPartition: Int64] {
        var through: [TopicPartition: Int64] = [:]
        let lost: [TopicPartition] = state.withLock { state in
            for row in rows {
                guard let held = state.held[row.source], held.generation == row.generation,
                    held.startCount == row.startCount
                else { continue }
                through[row.source] = max(row.publishedThrough, (state.publishedNext[row.source] ?? 0) - 1)
            }
            return bounds.nexts.keys.filter { through[$0] == nil }
        }
        guard lost.isEmpty else {
            forget(lost)
            throw LeaseLost(sources: lost.sorted())
        }
        return through
    }
}
