import EventContracts
public import ExactlyOnceKafka
import Foundation
public import HandoverRules

/// Asks the cluster how far a group is behind, without joining it: works with the hub running or stopped, and needs
/// Describe and Read on topics and group only. Blocking; one thread at a time. Moves nothing.
public final class LagProbe {
    /// How much is read to find out what waits.
    public struct Effort: Sendable {
        /// Records of one partition after which counting gives up.
        public var recordsMax: Int64
        /// Time for one lagging partition, and for all together.
        public var perPartition: Duration
        public var altogether: Duration

        /// Counts what waits: at most 1 s a partition (contract.md §10).
        public static let count = Effort(
            recordsMax: .max, perPartition: .seconds(1), altogether: .seconds(10))
        /// Looks at the next record only, for its age.
        public static let glance = Effort(
            recordsMax: 1, perPartition: .milliseconds(500), altogether: .milliseconds(1500))
    }

    private let group: String
    private let topics: [String]
    private let admin: TopicAdmin
    private let offsets: GroupOffsets
    private let committed: TopicReader
    private let uncommitted: TopicReader

    /// - Parameter topics: the inbound topics, complete names.
    public init(configuration: KafkaConfiguration, group: String, topics: [String], log: KafkaLog? = nil) throws {
        self.group = group
        self.topics = topics
        admin = try TopicAdmin(configuration: configuration, clientName: "throughgate-lag", log: log)
        offsets = try GroupOffsets(configuration: configuration, group: group, log: log)
        committed = try TopicReader(
            configuration: configuration, visibility: .committed, clientName: "throughgate-lag", log: log)
        uncommitted = try TopicReader(
            configuration: configuration, visibility: .uncommitted, clientName: "throughgate-lag", log: log)
    }

    /// - Throws: `KafkaError` when the cluster does not answer. A topic that does not exist is a row, state unknown.
    public func measure(_ effort: Effort, now: () -> Instant) throws -> LagReport {
        let found = try admin.topics()
        let counts = Dictionary(found.map { ($0.name, $0.partitions) }) { first, _ in first }
        let places = topics.flatMap { topic in
            (0..<Int32(counts[topic] ?? 0)).map { TopicPartition(topic, $0) }
        }
        var readings = try self.readings(places)
        try look(into: &readings, effort)
        let at = now()
        var partitions = places.compactMap { place in
            readings[place].map {
                LagReport.Partition(topic: place.topic, partition: place.partition, reading: $0, at: at)
            }
        }
        for topic in topics where (counts[topic] ?? 0) == 0 {
            var missing = LagReport.Partition(topic: topic, partition: 0)
            missing.reason = "the topic does not exist: topics apply creates it"
            partitions.append(missing)
        }
        return LagReport(
            group: group, at: at, partitions: partitions.sorted { ($0.topic, $0.partition) < ($1.topic, $1.partition) })
    }

    /// Commit first, ends after: a lag is never negative because of the order of asking.
    private func readings(_ places: [TopicPartition]) throws -> [TopicPartition: LagReading] {
        let commits = try offsets.committed(places)
        let stable = try committed.watermarks(places)
        let high = try uncommitted.watermarks(places)
        let members = try? admin.group(group).members
        let assigned = members.map { Set($0.flatMap(\.partitions)) }
        return places.reduce(into: [:]) { readings, place in
            guard let ends = stable[place] else { return }
            readings[place] = LagReading(
                committed: commits[place] ?? nil, low: ends.low, lastStable: ends.end, high: high[place]?.end,
                isAssigned: assigned.map { $0.contains(place) })
        }
    }

    /// Reads on from the positions of the partitions that have more, until each is at its end or the effort is spent.
    private func look(into readings: inout [TopicPartition: LagReading], _ effort: Effort) throws {
        let behind = readings.filter { $0.value.hasMore }
        guard !behind.isEmpty else { return }
        defer { committed.stop() }
        try committed.start(behind.mapValues { .offset($0.position) })
        var open = Set(behind.keys)
        let deadline = ContinuousClock.now + min(effort.perPartition * behind.count, effort.altogether)
        while !open.isEmpty, ContinuousClock.now < deadline {
            for event in try committed.read(max: 1000, timeout: min(deadline - .now, .milliseconds(200))) {
                switch event {
                case .record(let record):
                    var found = readings[record.source]?.found ?? LagReading.Found()
                    found.records += 1
                    found.firstMilliseconds = found.firstMilliseconds ?? record.timestampMilliseconds
                    if found.records >= effort.recordsMax { open.remove(record.source) }
                    readings[record.source]?.found = found
                case .endOfPartition(let place, _):
                    var found = readings[place]?.found ?? LagReading.Found()
                    found.reachedEnd = true
                    readings[place]?.found = found
                    open.remove(place)
                }
            }
        }
    }
}
