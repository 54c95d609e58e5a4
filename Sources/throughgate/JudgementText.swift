import EventContracts

/// What `publish --json` prints.
enum JudgementText {
    /// `{"line": 3, "verdict": "BAD", "reason": "FIELD_INVALID", "field": "data.prisonId", "rule": "…"}`, or
    /// `{"line": 1, "verdict": "GOOD", "topic": …}`; nil for a blank line. Never a value of the event.
    static func json(_ line: PublishedLine) -> [UInt8]? {
        var writer = JSONWriter(capacity: 160)
        writer.beginObject()
        writer.name("line")
        writer.int(Int64(line.number))
        writer.name("verdict")
        switch line.outcome {
        case .blank: return nil
        case .record(let record):
            writer.string("GOOD")
            writer.member("topic", record.topic)
        case .problem(let rejection):
            writer.string("BAD")
            writer.member("reason", rejection.reason.rawValue)
            writer.member("field", rejection.field)
            writer.member("rule", rejection.rule)
        }
        writer.endObject()
        return writer.bytes
    }

    /// `{"published": 7, "topics": {"prison.kit-events": 7}}`.
    static func json(kept: [String: Int]) -> [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.name("published")
        writer.int(Int64(kept.values.reduce(0, +)))
        writer.name("topics")
        writer.beginObject()
        for (topic, count) in kept.sorted(by: { $0.key < $1.key }) {
            writer.name(topic)
            writer.int(Int64(count))
        }
        writer.endObject()
        writer.endObject()
        return writer.bytes
    }
}

extension Rejection {
    /// The place that the detail names, `data.prisonId`.
    fileprivate var field: String { String(detail.prefix { $0 != ":" }) }
    /// The rule that was broken there.
    fileprivate var rule: String { String(detail.drop { $0 != ":" }.dropFirst().drop { $0 == " " }) }
}

extension JSONWriter {
    fileprivate mutating func member(_ name: String, _ text: String) {
        self.name(name)
        string(text)
    }
}
