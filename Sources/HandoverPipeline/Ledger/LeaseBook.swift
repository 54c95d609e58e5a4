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
        var idleStarts: Int32
    }
    private struct State {
        var held: [TopicPartition: Held] = [:]
        var publishedNext: [TopicPartition: Int64] = [:]
    }
    private let state = Mutex(State())

    /// Committed next offsets of the partitions this instance works on, as far as it knows.
    var publishedNext: [TopicPartition: Int64] { state.withLock { $0.publishedNext } }

    func published(_ nexts: [TopicPartition: Int64]) {
        state.withLock { $0.publishedNext.merge(nexts) { _, new in new } }
    }

    /// Partitions among these without a lease.
    func missing(_ sources: some Sequence<TopicPartition>) -> [TopicPartition] {
        state.withLock { state in sources.filter { state.held[$0] == nil }.sorted() }
    }

    /// Forgets leases after a revocation; the rows stay, the next holder raises the epoch.
    func forget(_ sources: some Sequence<TopicPartition>) {
        state.withLock { state in
            for source in sources {
                state.held[source] = nil
                state.publishedNext[source] = nil
            }
        }
    }

    /// Starts without progress of a partition, before this one.
    func idleStarts(of source: TopicPartition) -> Int32 { state.withLock { $0.held[source]?.idleStarts ?? 0 } }

    /// Progress was made: the partition is not suspected any more.
    func trust(_ sources: some Sequence<TopicPartition>) {
        state.withLock { state in for source in sources { state.held[source]?.idleStarts = 0 } }
    }

    var all: [TopicPartition] { state.withLock { Array($0.held.keys) } }

    /// Takes the leases that are missing for a batch, and checks that ledger and cluster fit together.
    ///
    /// - Parameters:
    ///   - committed: the group's committed next offset, nil where nothing is committed.
    ///   - ends: the high watermark of a partition.
    func take(
        _ sources: [TopicPartition], on ledger: Ledger, settings: PipelineSettings, generation: Int64,
        committed: ([TopicPartition]) throws -> [TopicPartition: Int64], end: (TopicPartition) throws -> Int64
    ) throws {
        if try !ledger.query(LedgerSQL.otherClusters(than: settings.clusterID)).isEmpty { throw OtherCluster() }
        let offsets = try committed(sources)
        let columns = LeaseColumns(sources)
        let rows = try ledger.query(
            LedgerSQL.takeLeases(
                cluster: settings.clusterID, columns.topics, columns.partitions, generation: generation,
                instance: settings.instance))
        var taken: [TopicPartition: Held] = [:]
        for row in rows {
            let lease = try LeaseRow(row: row)
            let next = offsets[lease.source] ?? 0
            if next > lease.recordedThrough + 1 {
                throw PartitionStopped(source: lease.source, reason: .ledgerBehind)
            }
            if lease.recordedThrough >= 0, try end(lease.source) <= lease.recordedThrough {
                throw PartitionStopped(source: lease.source, reason: .topicRecreated)
            }
            taken[lease.source] = Held(
                generation: lease.generation, startCount: lease.startCount, idleStarts: try row[6])
        }
        let refused = sources.filter { taken[$0] == nil }
        guard refused.isEmpty else { throw LeaseLost(sources: refused) }
        try countStart(sources, on: ledger, settings: settings)
        state.withLock { state in
            state.held.merge(taken) { _, new in new }
            state.publishedNext.merge(offsets) { old, new in max(old, new) }
        }
    }

    private func countStart(_ sources: [TopicPartition], on ledger: Ledger, settings: PipelineSettings) throws {
        let columns = LeaseColumns(sources)
        _ = try ledger.query(
            LedgerSQL.countStarts(cluster: settings.clusterID, columns.topics, columns.partitions, by: 1))
    }

    /// Compares the locked rows with what this instance took.
    ///
    /// - Returns: published_through per partition: what lies at or below it is never emitted again.
    func verify(_ rows: [LeaseRow], against bounds: BatchBounds) throws -> [TopicPartition: Int64] {
        var through: [TopicPartition: Int64] = [:]
        let lost: [TopicPartition] = state.withLock { state in
            for row in rows {
                guard let held = state.held[row.source], held.generation == row.generation,
                    held.startCount == row.startCount
                else { continue }
                through[row.source] = row.publishedThrough
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
