import FoundationEssentials
import HandoverRules

/// UUIDs as text. Read without Foundation's parser, which wants a String and takes braces and blanks.
enum UUIDText {
    static let rule: FieldRule = .invalid("must be a UUID")

    /// Lower case, as RFC 9562 writes them.
    static func write(_ id: UUID) -> String { id.lowercaseText }

    /// A label that is a UUID, else nil.
    static func read(_ label: Label) -> UUID? {
        label.text.utf8.count == 36 ? read(Array(label.text.utf8)) : nil
    }

    /// Reads 8-4-4-4-12 hexadecimal digits of either case, nothing else.
    static func read(_ text: [UInt8]) -> UUID? {
        guard text.count == 36 else { return nil }
        return withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 16) { out in
            var at = 0, filled = 0
            while at < 36 {
                if at == 8 || at == 13 || at == 18 || at == 23 {
                    guard text[at] == UInt8(ascii: "-") else { return nil }
                    at += 1
                }
                guard let high = JSONEscapes.hex(text[at]), let low = JSONEscapes.hex(text[at + 1]) else { return nil }
                out[filled] = UInt8(truncatingIfNeeded: high << 4 | low)
                filled += 1
                at += 2
            }
            return UUID(bytes: UnsafeRawBufferPointer(out))
        }
    }
}

extension UUID {
    /// From 16 bytes, which the caller has counted.
    init(bytes: UnsafeRawBufferPointer) {
        var id: uuid_t = (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)
        withUnsafeMutableBytes(of: &id) { $0.copyBytes(from: bytes.prefix(16)) }
        self.init(uuid: id)
    }

    /// Its 16 bytes in order.
    var octets: [UInt8] { withUnsafeBytes(of: uuid) { Array($0) } }
}
