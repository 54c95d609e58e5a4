import EventContracts
public import HandoverPipeline
import HandoverRules

/// The JSON of `/api/status`: every part's state, the lag in one line a topic, what waits for people. Never a person.
public enum StatusJSON {
    public static func bytes(_ snapshot: HubStatus.Snapshot, _ figures: Figures, version: String) -> [UInt8] {
        var writer = JSONWriter(capacity: 4_096)
        writer.beginObject()
        writer.name("version")
        writer.string(version)
        writer.name("at")
        writer.string(RFC3339.utc(Instant(milliseconds: MachineClock.now().milliseconds)))
        Readiness.write(snapshot, to: &writer)
        writer.name("lag")
        write(figures.lag, to: &writer)
        writer.name("timersDue")
        writer.integer(figures.timersDue.map(Int64.init))
        writer.name("rejectedOpen")
        writer.integer(figures.rejectedOpen.map(Int64.init))
        writer.name("canary")
        write(figures.canary, to: &writer)
        writer.name("commits")
        writer.int(Int64(snapshot.commits))
        writer.name("aborts")
        writer.int(Int64(snapshot.aborts))
        writer.name("rebalances")
        writer.int(Int64(snapshot.rebalanceCount))
        writer.name("recipients")
        write(figures.recipients, to: &writer)
        writer.endObject()
        return writer.bytes
    }

    /// null: off, or not known.
    private static func write(_ canary: CanaryFigures?, to writer: inout JSONWriter) {
        guard let canary else { return writer.null() }
        writer.beginObject()
        writer.decimal("everySeconds", canary.every)
        writer.name("missed")
        writer.int(Int64(canary.missed(at: MachineClock.now())))
        writer.text("lastSentAt", canary.lastSentAt.map { RFC3339.utc(Instant(milliseconds: $0.milliseconds)) })
        writer.decimal("lastSeconds", canary.lastSeconds)
        writer.decimal("slowestSeconds", canary.slowestSeconds)
        writer.text("awaitedSince", canary.awaitedSince.map { RFC3339.utc(Instant(milliseconds: $0.milliseconds)) })
        writer.endObject()
    }

    private static func write(_ report: LagReport?, to writer: inout JSONWriter) {
        guard let report else { return writer.null() }
        writer.beginObject()
        writer.name("state")
        writer.string(report.worst.rawValue)
        writer.name("lag")
        writer.integer(report.total)
        writer.name("topics")
        writer.beginArray()
        for topic in report.topics {
            writer.beginObject()
            writer.name("topic")
            writer.string(topic.name)
            writer.name("partitions")
            writer.int(Int64(topic.partitions.count))
            writer.name("state")
            writer.string(topic.worst.rawValue)
            writer.name("lag")
            writer.integer(topic.total)
            writer.decimal("lagSeconds", topic.seconds)
            writer.endObject()
        }
        writer.endArray()
        writer.endObject()
    }

    static func write(_ recipients: [RecipientLag]?, to writer: inout JSONWriter) {
        guard let recipients else { return writer.null() }
        let now = MachineClock.now()
        writer.beginArray()
        for row in recipients {
            writer.beginObject()
            writer.name("recipient")
            writer.string(row.recipient)
            writer.name("door")
            writer.string(row.door.rawValue)
            writer.name("handovers")
            writer.integer(row.isKnown ? Int64(row.handovers) : nil)
            writer.name("people")
            writer.integer(row.isKnown ? Int64(row.people) : nil)
            writer.name("oldestMinutes")
            writer.integer(row.minutes(at: now).map(Int64.init))
            writer.text("fetchedAt", row.fetchedAt.map { RFC3339.utc(Instant(milliseconds: $0.milliseconds)) })
            writer.endObject()
        }
        writer.endArray()
    }
}

extension LagReport {
    /// One topic's partitions together.
    public struct Topic: Sendable, Hashable {
        public var name: String
        public var partitions: [Partition]

        public var total: Int64? { LagReport.sum(partitions) }
        /// The age of the oldest next record; nil where one is not known.
        public var seconds: Double? {
            partitions.allSatisfy { $0.lagSeconds != nil } ? partitions.compactMap(\.lagSeconds).max() : nil
        }
        public var worst: State { partitions.map(\.state).max { $0.severity < $1.severity } ?? .unknown }
        public var inRate: Double? { Topic.sum(partitions.map(\.movement.inRate)) }
        public var outRate: Double? { Topic.sum(partitions.map(\.movement.outRate)) }

        private static func sum(_ rates: [Double?]) -> Double? {
            let known = rates.compactMap { $0 }
            return known.isEmpty ? nil : known.reduce(0, +)
        }
    }

    /// By name.
    public var topics: [Topic] {
        Dictionary(grouping: partitions, by: \.topic).map { Topic(name: $0, partitions: $1) }
            .sorted { $0.name < $1.name }
    }
}
