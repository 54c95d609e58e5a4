import Crypto
public import HandoverRules

/// What an event says, in 32 bytes: SHA-256 over type, subject, occurredAt, the correction that it is and the decoded
/// known fields (contract.md §5, ID_CONFLICT). recordedtime, sequence, traceparent, unknown fields and JSON
/// layout do not count.
///
/// Fields are taken by name and only where present, so that an optional field added later leaves the digest of
/// older events as it is.
public struct ContentDigest: Hashable, Sendable {
    /// 32 bytes.
    public let bytes: [UInt8]

    /// The digest of an event. `recordedBy` is a known field that the event itself does not keep.
    public init(of event: Event, recordedBy: StaffReference? = nil) {
        self.init(of: event, EventAddress(of: event), recordedBy: recordedBy, reason: nil)
    }

    /// The subject counts as the source wrote it, `reason` where an amendment gives one.
    init(of event: Event, _ address: EventAddress, recordedBy: StaffReference?, reason: FreeText?) {
        var writer = DigestWriter()
        writer.text(event.payload.type.rawValue)
        writer.text(address.text)
        writer.number(event.occurredAt.microseconds)
        if let correction = event.correction { writer.correction(correction, reason) }
        if let booking = event.booking {
            writer.text("bookingId")
            writer.number(booking.value)
        }
        if let recordedBy {
            writer.text("recordedBy")
            writer.text(recordedBy.text)
        }
        // A check across fields can only fail on an event that no decoder made; what was visited still counts.
        try? event.payload.show(&writer)
        bytes = SHA256.hash(data: writer.bytes).withUnsafeBytes { [UInt8]($0) }
    }
}

/// Writes fields as name and value, each with its length, so that no two contents share their bytes.
struct DigestWriter: FieldVisitor {
    private(set) var bytes: [UInt8] = []

    init() { bytes.reserveCapacity(256) }

    mutating func text(_ text: String) {
        var text = text
        text.withUTF8 { utf8 in
            length(utf8.count)
            bytes.append(contentsOf: utf8)
        }
    }

    mutating func correction(_ correction: Correction, _ reason: FreeText?) {
        text("correction")
        text(correction.kind.rawValue)
        text(UUIDText.write(correction.of))
        text(correction.keepsTime ? "keepsTime" : "")
        if let reason { text(reason.text) }
    }

    private mutating func length(_ length: Int) {
        var rest = length
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(truncatingIfNeeded: rest))
    }

    mutating func number(_ number: Int64) {
        withUnsafeBytes(of: number.littleEndian) { bytes.append(contentsOf: $0) }
    }

    mutating func required<V: FieldValue>(_ name: StaticString, _ value: inout V) throws(FieldProblem) {
        label(name, UInt8(ascii: "v"))
        write(value)
    }

    mutating func optional<V: FieldValue>(_ name: StaticString, _ value: inout V?) throws(FieldProblem) {
        guard let value else { return }
        label(name, UInt8(ascii: "v"))
        write(value)
    }

    mutating func set<V: FieldValue & Comparable>(_ name: StaticString, _ values: inout [V]) throws(FieldProblem) {
        guard !values.isEmpty else { return }
        label(name, UInt8(ascii: "s"))
        let set = values.asSet()
        length(set.count)
        for value in set { write(value) }
    }

    mutating func group<G: FieldGroup>(_ name: StaticString, _ value: inout G?) throws(FieldProblem) {
        guard var group = value else { return }
        label(name, UInt8(ascii: "{"))
        try group.visit(&self)
        bytes.append(UInt8(ascii: "}"))
    }

    private mutating func label(_ name: StaticString, _ kind: UInt8) {
        bytes.append(kind)
        length(name.utf8CodeUnitCount)
        name.withUTF8Buffer { bytes.append(contentsOf: $0) }
    }

    private mutating func write<V: FieldValue>(_ value: V) {
        if V.self == Instant.self, let instant = value as? Instant {
            bytes.append(UInt8(ascii: "@"))
            return number(instant.microseconds)
        }
        if V.self == LocalDate.self, let date = value as? LocalDate {
            bytes.append(UInt8(ascii: "d"))
            return number(Int64(date.daysSince1970))
        }
        switch value.primitive {
        case .text(let text):
            bytes.append(UInt8(ascii: "t"))
            self.text(text)
        case .int(let number):
            bytes.append(UInt8(ascii: "i"))
            self.number(number)
        case .bool(let flag):
            bytes.append(flag ? UInt8(ascii: "1") : UInt8(ascii: "0"))
        }
    }
}
