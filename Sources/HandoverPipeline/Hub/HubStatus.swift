public import ExactlyOnceKafka
import Synchronization

/// What the hub is doing, for /readyz, /metrics, the demo and the log. Written by the hub's threads only after the
/// Kafka commit of what it counts (design.md §3, step 7); read by anybody.
public final class HubStatus: Sendable {
    /// A part that must be ready for the hub to be ready.
    public enum Part: String, CaseIterable, Sendable {
        case postgres, kafka, assignment
    }

    public enum Readiness: Sendable, Hashable {
        case ready
        /// Not ready, and why: a code and words, never a person.
        case waiting(String)
    }

    /// What a reader sees, all of one moment.
    public struct Snapshot: Sendable {
        public var parts = Dictionary(
            uniqueKeysWithValues: Part.allCases.map { ($0, Readiness.waiting("starting")) })
        public var events: [BatchTallies.EventKey: Int] = [:]
        public var published: [StagedMessage.Tally: Int] = [:]
        public var stages: [Stage: Histogram] = [:]
        public var endToEnd = Histogram()
        /// Of the canaries that this process sent and saw come out.
        public var canary = Histogram()
        public var partitions: [TopicPartition: PartitionProgress] = [:]
        public var commits = 0
        public var aborts = 0
        /// Persons whose record tables were written, and those whose rows were refused, since the start.
        public var personsRecorded = 0
        public var recordFaults = 0
        /// What each stage works on; absent: nothing.
        public var hands: [Stage: Hand] = [:]
        /// Why nothing is fetched for the moment; nil: it is.
        public var pause: Pause?
        /// Since when this hub has had no partitions; nil: it has some.
        public var unassignedSince: ContinuousClock.Instant? = .now
        /// The latest changes of the assignment, oldest first, and how many there were since the start.
        public var rebalances: [Rebalance] = []
        public var rebalanceCount = 0

        public var isReady: Bool { parts.values.allSatisfy { $0 == .ready } }
    }

    public enum Stage: String, CaseIterable, Sendable { case decode, record, publish }

    public struct PartitionProgress: Sendable, Hashable {
        /// Next offset to commit, as far as this hub knows.
        public var position: Int64?
        /// Offset after the last record that was there to read, from the consumer's end-of-partition.
        public var end: Int64?
        /// Time of the last committed record, milliseconds since 1970.
        public var lastRecordMilliseconds: Int64?
        /// Why the partition is not worked on, nil when it is.
        public var stopped: String?
        /// When this hub was given the partition, and when it last completed something of it.
        public var assignedAt: ContinuousClock.Instant?
        public var completedAt: ContinuousClock.Instant?
    }

    private let state = Mutex(Snapshot())

    public init() {}

    public var snapshot: Snapshot { state.withLock { $0 } }

    func change(_ change: (inout Snapshot) -> Void) { state.withLock { change(&$0) } }

    /// Notes a part's readiness; true when it changed, so that a change is logged once.
    func set(_ part: Part, _ readiness: Readiness) -> Bool {
        state.withLock { state in
            defer { state.parts[part] = readiness }
            return state.parts[part] != readiness
        }
    }

    func assigned(_ sources: [TopicPartition]) {
        state.withLock { state in
            state.partitions = state.partitions.filter { sources.contains($0.key) }
            // A new assignment looks anew at what was stopped.
            for source in sources {
                state.partitions[source, default: PartitionProgress()].stopped = nil
                state.partitions[source]?.assignedAt = .now
            }
            state.pause = nil
            state.unassignedSince = sources.isEmpty ? state.unassignedSince ?? .now : nil
        }
    }

    func reachedEnd(of source: TopicPartition, at offset: Int64) {
        state.withLock { state in
            var progress = state.partitions[source] ?? PartitionProgress()
            progress.end = offset
            progress.position = progress.position ?? offset
            state.partitions[source] = progress
        }
    }

    func stopped(_ source: TopicPartition, _ reason: String) {
        state.withLock { $0.partitions[source, default: PartitionProgress()].stopped = reason }
    }

    func spent(_ seconds: Double, in stage: Stage) {
        state.withLock { $0.stages[stage, default: Histogram()].observe(seconds) }
    }

    func recorded(_ step: RecordProjector.Step) {
        state.withLock {
            $0.personsRecorded += step.persons
            $0.recordFaults += step.faults.count
        }
    }

    /// A canary came out.
    func canary(_ seconds: Double) { state.withLock { $0.canary.observe(seconds) } }

    func aborted() { state.withLock { $0.aborts += 1 } }

    /// A Kafka transaction has committed: everything it carried counts now.
    func committed(
        _ batch: RecordedBatch, messages: [StagedMessage], offsets: [TopicPartition: Int64], nowMilliseconds: Int64
    ) {
        let now = ContinuousClock.now
        state.withLock { state in
            state.commits += 1
            for (key, count) in batch.tallies.events { state.events[key, default: 0] += count }
            for message in messages where message.tally != .canary { state.published[message.tally, default: 0] += 1 }
            for (source, next) in offsets {
                var progress = state.partitions[source] ?? PartitionProgress()
                progress.position = next
                progress.completedAt = now
                progress.lastRecordMilliseconds = batch.timestampsMilliseconds.last
                progress.end = max(progress.end ?? 0, next)
                state.partitions[source] = progress
            }
            for timestamp in batch.timestampsMilliseconds where timestamp > 0 {
                state.endToEnd.observe(Double(max(0, nowMilliseconds - timestamp)) / 1000)
            }
        }
    }
}

/// A cumulative histogram in seconds with fixed buckets, as Prometheus reads it.
public struct Histogram: Sendable, Hashable {
    public static let bounds: [Double] = [
        0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300,
    ]
    /// Observations at or below each bound, not cumulated; the last is above all bounds.
    public private(set) var counts = [Int](repeating: 0, count: bounds.count + 1)
    public private(set) var sum = 0.0

    public init() {}

    public mutating func observe(_ seconds: Double) {
        counts[Histogram.bounds.firstIndex { seconds <= $0 } ?? Histogram.bounds.count] += 1
        sum += seconds
    }

    public var count: Int { counts.reduce(0, +) }
}
