import FoundationEssentials
import HandoverRules

/// Bytes of the compact form: numbers as LEB128 varints (7 bits a byte, low first), signed ones zigzagged, texts by
/// their place in the code lists where they have one.
struct CompactWriter {
    private(set) var bytes: [UInt8] = []
    private var ids: [UUID] = []

    init(capacity: Int) { bytes.reserveCapacity(capacity) }

    mutating func byte(_ byte: UInt8) { bytes.append(byte) }

    mutating func varint(_ number: UInt64) {
        var rest = number
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(truncatingIfNeeded: rest))
    }

    mutating func count(_ count: Int) { varint(UInt64(truncatingIfNeeded: count)) }

    mutating func signed(_ number: Int64) { varint(UInt64(bitPattern: number << 1 ^ number >> 63)) }

    mutating func flag(_ flag: Bool) { byte(flag ? 1 : 0) }

    /// As a distance from another instant, in whole seconds where it is one: two or three bytes mostly.
    mutating func instant(_ instant: Instant, from other: Instant = .distantPast) {
        let distance = instant.microseconds &- other.microseconds
        if distance % 1_000_000 == 0 {
            signed((distance / 1_000_000) << 1)
        } else {
            signed((distance << 1) | 1)
        }
    }

    mutating func text(_ text: String) {
        if let place = CodeTable.shared.place(of: text) {
            varint(UInt64(place) << 1)
            return
        }
        var text = text
        text.withUTF8 { utf8 in
            varint(UInt64(utf8.count) << 1 | 1)
            bytes.append(contentsOf: utf8)
        }
    }

    mutating func id(_ id: UUID) { withUnsafeBytes(of: id.uuid) { bytes.append(contentsOf: $0) } }

    /// An id that may have come before through this method: its place then, one byte.
    mutating func repeatedID(_ id: UUID) {
        if let place = ids.firstIndex(of: id) { return count(place + 1) }
        ids.append(id)
        count(0)
        self.id(id)
    }

    mutating func blob(_ blob: [UInt8]) {
        count(blob.count)
        bytes.append(contentsOf: blob)
    }
}

/// Payload fields in the order of their declaration, without names.
struct CompactFieldWriter: FieldVisitor {
    var writer: CompactWriter

    mutating func required<V: FieldValue>(_ name: StaticString, _ value: inout V) throws(FieldProblem) {
        write(value)
    }

    mutating func optional<V: FieldValue>(_ name: StaticString, _ value: inout V?) throws(FieldProblem) {
        writer.flag(value != nil)
        if let value { write(value) }
    }

    mutating func set<V: FieldValue & Comparable>(_ name: StaticString, _ values: inout [V]) throws(FieldProblem) {
        writer.count(values.count)
        for value in values { write(value) }
    }

    mutating func group<G: FieldGroup>(_ name: StaticString, _ value: inout G?) throws(FieldProblem) {
        writer.flag(value != nil)
        guard var group = value else { return }
        try group.visit(&self)
    }

    private mutating func write<V: FieldValue>(_ value: V) {
        if V.self == Instant.self, let instant = value as? Instant { return writer.instant(instant) }
        if V.self == LocalDate.self, let date = value as? LocalDate { return writer.signed(Int64(date.daysSince1970)) }
        switch value.primitive {
        case .text(let text): writer.text(text)
        case .int(let number): writer.signed(number)
        case .bool(let flag): writer.flag(flag)
        }
    }
}
