import EventContracts
import ExactlyOnceKafka

/// A handover as people read it: who, when, how urgent, what to do and what to say, in the words it carries.
struct HandoverText {
    private let record: KafkaRecord
    private let body: JSONValue?

    init(_ record: KafkaRecord) {
        self.record = record
        body = record.value.flatMap { try? JSONReader.read($0).root }
    }

    /// One JSON object: place and headers beside the body as it came.
    var json: [UInt8] {
        var writer = JSONWriter(capacity: 512 + (record.value?.count ?? 0))
        writer.beginObject()
        writer.name("topic")
        writer.string(record.topic)
        writer.name("partition")
        writer.int(Int64(record.partition))
        writer.name("offset")
        writer.int(record.offset)
        for (name, source) in [("id", "ce_id"), ("type", "ce_type"), ("time", "ce_time")] {
            writer.name(name)
            if let text = header(source) { writer.string(text) } else { writer.null() }
        }
        writer.name("data")
        if let body { writer.copy(body) } else { writer.null() }
        writer.endObject()
        return writer.bytes
    }

    /// Some lines, the last one empty.
    var lines: [String] {
        guard let body else { return ["\(record.source)@\(record.offset): \(closed)", ""] }
        let kind = [body["kind"]?.string, body["priority"]?.string].compactMap(\.self).joined(separator: " ")
        var lines = ["\(kind)  \(header("ce_id") ?? "")  sent \(body["sentAt"]?.string ?? "")"]
        if let reason = body["reason"]?.string { lines.append("  stop: \(reason)") }
        append("person", body["person"], to: &lines)
        append("release", body["release"], to: &lines)
        append("naloxone", body["thn"], to: &lines)
        if let due = body["ackDueAt"]?.string { lines.append("  acknowledge by \(due)") }
        append("do", codes: body["actions"], to: &lines)
        append("say", codes: body["keyMessages"], to: &lines)
        return lines + [""]
    }

    /// Why there is nothing to show.
    private var closed: String {
        header("content-type") == SealedBody.mediaType ? "sealed; open it with --decrypt" : "no JSON"
    }

    private func append(_ title: String, _ object: JSONValue?, to lines: inout [String]) {
        guard case .object(let members)? = object?.content, !members.isEmpty else { return }
        let parts = members.compactMap { member in HandoverText.plain(member.value).map { "\(member.name) \($0)" } }
        lines.append("  \(title): " + parts.joined(separator: ", "))
    }

    private func append(_ title: String, codes: JSONValue?, to lines: inout [String]) {
        guard case .array(let codes)? = codes?.content else { return }
        var words: [String: String] = [:]
        if case .object(let members)? = body?["say"]?.content {
            for member in members { words[member.name] = member.value.string }
        }
        for code in codes.compactMap(\.string) {
            lines.append("  \(title): " + (words[code].map { "\($0) (\(code))" } ?? code))
        }
    }

    private func header(_ name: String) -> String? { record.header(name).map { String(decoding: $0, as: UTF8.self) } }

    private static func plain(_ value: JSONValue) -> String? {
        switch value.content {
        case .null: nil
        case .bool(let flag): flag ? "yes" : "no"
        case .int(let number): String(number)
        case .double(let number): String(number)
        case .string(let text): text
        case .array(let values): "[" + values.compactMap(plain).joined(separator: "; ") + "]"
        case .object(let members):
            members.compactMap { member in plain(member.value).map { "\(member.name) \($0)" } }.joined(separator: " ")
        }
    }
}

extension JSONWriter {
    /// Writes a value that was read, member by member.
    mutating func copy(_ value: JSONValue) {
        switch value.content {
        case .null: null()
        case .bool(let flag): bool(flag)
        case .int(let number): int(number)
        case .double(let number): string(String(number))
        case .string(let text): string(text)
        case .array(let values):
            beginArray()
            for value in values { copy(value) }
            endArray()
        case .object(let members):
            beginObject()
            for member in members {
                name(member.name)
                copy(member.value)
            }
            endObject()
        }
    }
}
