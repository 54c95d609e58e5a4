import Crypto

/// What one recipient is told of one spell: the body without its envelope (version, times, dq, wordings).
struct HandoverContent {
    var fields: [BodyValue.Field] = []
    var messages: [KeyMessage]
    var actions: [ActionCode]
    /// In which words are also given, beside English.
    var language: WordingLanguage?
    /// The product held, where all kits held are of one: a message can have words of its own for it.
    var product: KitProduct?

    /// SHA-256 of what counts as content (domain.md §7.3): not version, supersedes, sentAt, due times, dq or wordings;
    /// RELEASED and CORRECTION alike.
    func digest(_ priority: Priority, released: Bool) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(1024)
        bytes.append(UInt8(priority.rawValue))
        bytes.append(released ? 1 : 0)
        for field in fields { HandoverContent.append(field, to: &bytes) }
        return bytes.withUnsafeBytes { raw in
            var hash = SHA256()
            hash.update(bufferPointer: raw)
            return hash.finalize().withUnsafeBytes { [UInt8]($0) }
        }
    }

    private static func append(_ field: BodyValue.Field, to bytes: inout [UInt8]) {
        bytes.append(contentsOf: field.name.utf8)
        bytes.append(0)
        append(field.value, to: &bytes)
    }

    private static func append(_ value: BodyValue, to bytes: inout [UInt8]) {
        switch value {
        case .text(let text):
            bytes.append(1)
            bytes.append(contentsOf: text.utf8)
        case .int(let n):
            bytes.append(2)
            withUnsafeBytes(of: Int64(n).littleEndian) { bytes.append(contentsOf: $0) }
        case .bool(let flag): bytes.append(flag ? 4 : 3)
        case .list(let values):
            bytes.append(5)
            for value in values { append(value, to: &bytes) }
        case .object(let fields):
            bytes.append(6)
            for field in fields { append(field, to: &bytes) }
        }
        bytes.append(0)
    }
}
