import EventContracts
public import ExactlyOnceKafka
import Foundation
import HandoverRules

/// Asks the cluster how far a group is behind, without joining it: works with the hub running or stopped, and needs
/// Describe and Read on the inbound topics and on the hub's own group only. Blocking; one thread at a time. Moves
/// nothing.
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
        /// Counts what is little, and of the rest looks at the next record only, for its age.
        public static let glance = Effort(
            recordsMax: LagLimits.countedMax, perPartition: .milliseconds(500), altogether: .milliseconds(1500))
    }

    /// What was read on from a position stays true as long as neither end moves.
    private struct Known {
        var position: Int64
        var lastStable: Int64
        var found: LagReading.Found
    }

    public let group: String
    private let topics: [String]
    private let admin: TopicAdmin
    private let offsets: GroupOffsets
    private let committed: TopicReader
    private let uncommitted: TopicReader
    private var known: [TopicPartition: Known] = [:]
    private var retention: [String: Int64] = [:]
    private var retentionAsked: ContinuousClock.Instant?

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

    /// - Parameter heads: timestamps of next records that are known already, milliseconds: they need not be read where
    ///   much waits.
    /// - Throws: `KafkaError` when the cluster does not answer.
    public func measure(_ effort: Effort, heads: [TopicPartition: Int64] = [:]) throws -> ClusterReading {
        let found = try admin.topics()
        let counts = Dictionary(found.map { ($0.name, $0.partitions) }) { first, _ in first }
        let places = topics.flatMap { topic in
            (0..<Int32(counts[topic] ?? 0)).map { TopicPartition(topic, $0) }
        }
        askForRetention(topics.filter { counts[$0] ?? 0 > 0 })
        var readings = try self.readings(places)
        try look(into: &readings, effort, heads)
        return ClusterReading(
            group: group, readings: readings, missing: topics.filter { (counts[$0] ?? 0) == 0 })
    }

    /// Commit first, ends after: a lag is never negative because of the order of asking.
    private func readings(_ places: [TopicPartition]) throws -> [TopicPartition: LagReading] {
        let commits = try offsets.committed(places, atMost: .seconds(LagLimits.offsetsSeconds))
        let stable = try committed.watermarks(places)
        let high = try uncommitted.watermarks(places)
        let members = try? admin.group(group).members
        let assigned = members.map { Set($0.flatMap(\.partitions)) }
        return places.reduce(into: [:]) { readings, place in
            guard let ends = stable[place] else { return }
            readings[place] = LagReading(
                committed: commits[place] ?? nil, low: ends.low, lastStable: ends.end, high: high[place]?.end,
                isAssigned: assigned.map { $0.contains(place) }, retentionMilliseconds: retention[place.topic])
        }
    }

    /// A principal that may not describe the topics' settings does without.
    private func askForRetention(_ topics: [String]) {
        if let asked = retentionAsked, .now - asked < .seconds(LagLimits.retentionEverySeconds) { return }
        retentionAsked = .now
        for topic in topics {
            guard let settings = try? admin.settings(of: topic) else { return }
            let kept = settings["retention.ms"].flatMap(Int64.init) ?? -1
            retention[topic] = kept > 0 ? kept : nil
        }
    }

    /// Reads on from the positions of the partitions that have more, until each is at its end or the effort is spent.
    private func look(
        into readings: inout [TopicPartition: LagReading], _ effort: Effort, _ heads: [TopicPartition: Int64]
    ) throws {
        var limits: [TopicPartition: Int64] = [:]
        for (place, reading) in readings where reading.hasMore {
            if let known = known[place], known.position == reading.position, known.lastStable == reading.lastStable {
                readings[place]?.found = known.found
            } else if reading.lastStable - reading.position <= effort.recordsMax {
                limits[place] = effort.recordsMax
            } else if let head = heads[place] {
                readings[place]?.found = LagReading.Found(first: head)
            } else {
                limits[place] = 1
            }
        }
        known = known.filter { readings[$0.key] != nil }
        guard !limits.isEmpty else { return }
        try read(on: &readings, limits, effort)
        for (place, limit) in limits {
            guard let reading = readings[place], let found = reading.found, found.reachedEnd || limit == 1 else {
                continue
            }
            known[place] = Known(position: reading.position, lastStable: reading.lastStable, found: found)
        }
    }

    private func read(
        on readings: inout [TopicPartition: LagReading], _ limits: [TopicPartition: Int64], _ effort: Effort
    ) throws {
        defer { committed.stop() }
        var open = limits
        try committed.start(limits.keys.reduce(into: [:]) { $0[$1] = .offset(readings[$1]?.position ?? 0) })
        let deadline = ContinuousClock.now + min(effort.perPartition * limits.count, effort.altogether)
        while !open.isEmpty, ContinuousClock.now < deadline {
            for event in try committed.read(max: 1000, timeout: min(deadline - .now, .milliseconds(200))) {
                switch event {
                case .record(let record):
                    guard let limit = open[record.source], let end = readings[record.source]?.lastStable else {
                        continue
                    }
                    var found = readings[record.source]?.found ?? LagReading.Found()
                    // What came after the ends were asked for belongs to the next measurement.
                    if record.offset < end { found.count(record) }
                    if record.offset >= end - 1 { found.reachedEnd = true }
                    if found.records >= limit || found.reachedEnd { open[record.source] = nil }
                    readings[record.source]?.found = found
                case .endOfPartition(let place, _):
                    guard open[place] != nil else { continue }
                    var found = readings[place]?.found ?? LagReading.Found()
                    found.reachedEnd = true
                    readings[place]?.found = found
                    open[place] = nil
                }
            }
        }
    }
}

/// What one look at the cluster brought.
public struct ClusterReading: Sendable {
    public var group: String
    public var readings: [TopicPartition: LagReading]
    /// Topics that do not exist.
    public var missing: [String]

    public init(group: String, readings: [TopicPartition: LagReading], missing: [String] = []) {
        self.group = group
        self.readings = readings
        self.missing = missing
    }
}

extension LagReading.Found {
    init(first milliseconds: Int64) {
        self.init()
        firstMilliseconds = milliseconds
    }

    fileprivate mutating func count(_ record: KafkaRecord) {
        records += 1
        guard firstMilliseconds == nil else { return }
        firstMilliseconds = record.timestampMilliseconds
        isAppendTime = record.timestampKind == .appended
    }
}
