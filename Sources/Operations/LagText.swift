import EventContracts
import HandoverRules

extension LagReport {
    /// The JSON of `lag --json` and `/api/lag` (contract.md §10).
    public var json: [UInt8] {
        var writer = JSONWriter(capacity: 256 + partitions.count * 160)
        writer.beginObject()
        writer.name("group")
        writer.string(group)
        writer.name("at")
        writer.string(RFC3339.utc(Instant(milliseconds: at.milliseconds)))
        writer.name("lag")
        writer.integer(total)
        writer.name("exact")
        writer.bool(isExact)
        writer.name("partitions")
        writer.beginArray()
        for partition in partitions { partition.write(to: &writer) }
        writer.endArray()
        writer.endObject()
        return writer.bytes
    }

    /// A table for people: one line a topic where all is well, one a partition where something waits.
    public var table: [String] {
        let width = partitions.map(\.topic.count).max() ?? 0
        var lines = ["group \(group) at \(RFC3339.utc(Instant(milliseconds: at.milliseconds)))"]
        for topic in Set(partitions.map(\.topic)).sorted() {
            let own = partitions.filter { $0.topic == topic }
            let quiet = own.filter { $0.lag == 0 && $0.reason.isEmpty }
            for (state, rows) in Dictionary(grouping: quiet, by: \.state).sorted(by: {
                $0.key.rawValue < $1.key.rawValue
            }) {
                lines.append(LagReport.line(topic, width, "\(rows.count) partitions", state.rawValue, "lag 0"))
            }
            for row in own where !(row.lag == 0 && row.reason.isEmpty) { lines.append(row.line(width)) }
        }
        let sum = total.map { (isExact ? "" : "at most ") + "\($0)" } ?? "not known"
        lines.append("lag altogether: \(sum)")
        return lines
    }

    fileprivate static func line(
        _ topic: String, _ width: Int, _ place: String, _ state: String, _ rest: String
    ) -> String {
        [padded(topic, width), padded(place, 14), padded(state, 10), rest].joined(separator: "  ")
    }

    private static func padded(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(0, width - text.count))
    }
}

extension LagReport.Partition {
    fileprivate func line(_ width: Int) -> String {
        var rest = lag.map { "lag \(isExact ? "" : "<= ")\($0)" } ?? "lag not known"
        if let lagSeconds, lagSeconds > 0 { rest += ", \(Int(lagSeconds.rounded(.up))) s" }
        if let position, let lastStableOffset { rest += ", at \(position) of \(lastStableOffset)" }
        if !reason.isEmpty { rest += "; \(reason)" }
        return LagReport.line(topic, width, "partition \(partition)", state.rawValue, rest)
    }

    fileprivate func write(to writer: inout JSONWriter) {
        writer.beginObject()
        writer.name("topic")
        writer.string(topic)
        writer.name("partition")
        writer.int(Int64(partition))
        writer.name("position")
        writer.integer(position)
        writer.name("lastStableOffset")
        writer.integer(lastStableOffset)
        writer.name("highWatermark")
        writer.integer(highWatermark)
        writer.name("lag")
        writer.integer(lag)
        writer.name("exact")
        writer.bool(isExact)
        writer.name("lagSeconds")
        writer.integer(lagSeconds.map { Int64($0.rounded()) })
        writer.name("state")
        writer.string(state.rawValue)
        writer.name("reason")
        if reason.isEmpty { writer.null() } else { writer.string(reason) }
        writer.endObject()
    }
}

extension JSONWriter {
    /// A number, or null where it is not known.
    mutating func integer(_ number: Int64?) {
        if let number { int(number) } else { null() }
    }
}
