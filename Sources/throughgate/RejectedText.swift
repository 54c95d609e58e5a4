import EventContracts
import Foundation
import HandoverRules
import Operations

/// Rejected records as text and JSON.
enum RejectedText {
    static func line(_ record: LedgerView.Rejected) -> String {
        "\(place(record))  \(record.state)  \(record.reason)  \(record.detail)  (first seen \(time(record.firstSeen)))"
    }

    static func lines(_ record: LedgerView.Rejected) -> [String] {
        [
            "place: \(place(record))", "state: \(record.state)", "reason: \(record.reason)",
            "detail: \(record.detail)", "record time: \(time(record.recordTime))",
            "first seen: \(time(record.firstSeen))", "attempts: \(record.attempts)",
            "key: \(size(record.keyBytes))", "value: \(size(record.valueBytes))",
        ]
    }

    static func json(_ records: [LedgerView.Rejected]) -> [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.name("rejected")
        writer.beginArray()
        for record in records {
            writer.beginObject()
            write(record, to: &writer)
            writer.endObject()
        }
        writer.endArray()
        writer.endObject()
        return writer.bytes
    }

    static func json(_ record: LedgerView.Rejected, content: (key: [UInt8]?, value: [UInt8]?)?) -> [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        write(record, to: &writer)
        if let content {
            write("key", content.key, to: &writer)
            write("value", content.value, to: &writer)
        }
        writer.endObject()
        return writer.bytes
    }

    private static func write(_ record: LedgerView.Rejected, to writer: inout JSONWriter) {
        let texts = [
            ("place", place(record)), ("topic", record.topic), ("state", record.state), ("reason", record.reason),
            ("detail", record.detail), ("recordTime", time(record.recordTime)), ("firstSeen", time(record.firstSeen)),
        ]
        for (name, text) in texts {
            writer.name(name)
            writer.string(text)
        }
        let numbers: [(String, Int64?)] = [
            ("partition", Int64(record.partition)), ("offset", record.offset), ("attempts", Int64(record.attempts)),
            ("keyBytes", record.keyBytes.map(Int64.init)), ("valueBytes", record.valueBytes.map(Int64.init)),
        ]
        for (name, number) in numbers {
            writer.name(name)
            if let number { writer.int(number) } else { writer.null() }
        }
    }

    /// Text where the bytes are UTF-8, base 64 where they are not.
    private static func write(_ name: String, _ bytes: [UInt8]?, to writer: inout JSONWriter) {
        if let bytes, let text = String(validating: bytes, as: UTF8.self) {
            writer.name(name)
            writer.string(text)
        } else if let bytes {
            writer.name(name + "Base64")
            writer.string(Data(bytes).base64EncodedString())
        } else {
            writer.name(name)
            writer.null()
        }
    }

    private static func place(_ record: LedgerView.Rejected) -> String { record.place.description }

    private static func time(_ instant: HandoverRules.Instant) -> String {
        RFC3339.utc(HandoverRules.Instant(milliseconds: instant.milliseconds))
    }

    private static func size(_ bytes: Int32?) -> String { bytes.map { "\($0) bytes" } ?? "null" }
}

extension RejectedText {
    static func line(_ group: DeadLetters.Group) -> String {
        "\(group.count)  \(group.reason)  \(group.topic)  of known people: \(group.known)  (oldest "
            + "\(RFC3339.utc(group.oldest)))"
    }

    static func json(_ groups: [DeadLetters.Group]) -> [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.name("groups")
        writer.beginArray()
        for group in groups {
            writer.beginObject()
            for (name, text) in [
                ("reason", group.reason), ("topic", group.topic), ("oldest", RFC3339.utc(group.oldest)),
                ("newest", RFC3339.utc(group.newest)),
            ] {
                writer.name(name)
                writer.string(text)
            }
            writer.name("count")
            writer.int(Int64(group.count))
            writer.name("known")
            writer.int(Int64(group.known))
            writer.endObject()
        }
        writer.endArray()
        writer.endObject()
        return writer.bytes
    }

    static func line(_ item: Redrive.Item, wasSent: Bool) -> String {
        "\(item.record.place)  \(item.record.reason)  " + (wasSent ? "sent again" : item.verdict.words)
    }

    /// `{"done", "items": [{"place", "reason", "redrives", "ready", "words", "sent"}]}`.
    static func json(_ plan: Redrive, sent: [SourcePosition], wasDone: Bool) -> [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.name("done")
        writer.bool(wasDone)
        writer.name("items")
        writer.beginArray()
        for item in plan.items {
            writer.beginObject()
            for (name, text) in [
                ("place", item.record.place.description), ("reason", item.record.reason), ("words", item.verdict.words),
            ] {
                writer.name(name)
                writer.string(text)
            }
            writer.name("redrives")
            writer.int(Int64(item.redrives))
            writer.name("ready")
            writer.bool(item.verdict == .ready)
            writer.name("sent")
            writer.bool(sent.contains(item.record.place))
            writer.endObject()
        }
        writer.endArray()
        writer.endObject()
        return writer.bytes
    }
}
