import FoundationEssentials
import HandoverRules

/// The bytes were not written by this version's ``CompactWriter``.
struct NotCompact: Error {}

/// Reads what ``CompactWriter`` wrote. Any bytes whatever end in a value or in ``NotCompact``; nothing is read beyond
/// the end, and no count allocates more than the bytes behind it could hold.
struct CompactReader {
    private let bytes: UnsafeBufferPointer<UInt8>
    private var at = 0
    private var ids: [UUID] = []

    init(_ bytes: UnsafeBufferPointer<UInt8>) { self.bytes = bytes }

    var isAtEnd: Bool { at == bytes.count }

    mutating func byte() throws(NotCompact) -> UInt8 {
        guard at < bytes.count else { throw NotCompact() }
        defer { at += 1 }
        return bytes[at]
    }

    mutating func varint() throws(NotCompact) -> UInt64 {
        var number: UInt64 = 0
        var shift: UInt64 = 0
        while true {
            let byte = try byte()
            guard shift < 63 || byte < 2 else { throw NotCompact() }
            number |= UInt64(byte & 0x7F) << shift
            if byte < 0x80 { return number }
            shift += 7
            guard shift < 64 else { throw NotCompact() }
        }
    }

    /// A number of things to come, each of at least one byte.
    mutating func count() throws(NotCompact) -> Int {
        let count = try varint()
        guard count <= UInt64(bytes.count - at) else { throw NotCompact() }
        return Int(count)
    }

    mutating func signed() throws(NotCompact) -> Int64 {
        let number = try varint()
        return Int64(bitPattern: number >> 1) ^ -Int64(bitPattern: number & 1)
    }

    mutating func int32() throws(NotCompact) -> Int32 {
        guard let number = Int32(exactly: try signed()) else { throw NotCompact() }
        return number
    }

    mutating func flag() throws(NotCompact) -> Bool {
        switch try byte() {
        case 0: false
        case 1: true
        default: throw NotCompact()
        }
    }

    mutating func instant(from other: Instant = .distantPast) throws(NotCompact) -> Instant {
        let number = try signed()
        let (distance, tooFar) = (number >> 1).multipliedReportingOverflow(by: number & 1 == 1 ? 1 : 1_000_000)
        let (micros, tooLate) = other.microseconds.addingReportingOverflow(distance)
        guard !tooFar, !tooLate, CompactReader.years.contains(micros) else { throw NotCompact() }
        return Instant(microseconds: micros)
    }

    mutating func text() throws(NotCompact) -> String {
        let tag = try varint()
        if tag & 1 == 0 {
            guard let text = CodeTable.shared.text(at: tag >> 1) else { throw NotCompact() }
            return text
        }
        let utf8 = try slice(tag >> 1)
        guard let text = String(validating: utf8, as: UTF8.self) else { throw NotCompact() }
        return text
    }

    mutating func id() throws(NotCompact) -> UUID { UUID(bytes: UnsafeRawBufferPointer(try slice(16))) }

    mutating func repeatedID() throws(NotCompact) -> UUID {
        let place = try varint()
        guard place > 0 else {
            let id = try id()
            ids.append(id)
            return id
        }
        guard place <= UInt64(ids.count) else { throw NotCompact() }
        return ids[Int(place) - 1]
    }

    mutating func blob() throws(NotCompact) -> [UInt8] { Array(try slice(try varint())) }

    private mutating func slice(_ count: UInt64) throws(NotCompact) -> UnsafeBufferPointer<UInt8> {
        guard count <= UInt64(bytes.count - at) else { throw NotCompact() }
        defer { at += Int(count) }
        return UnsafeBufferPointer(rebasing: bytes[at..<at + Int(count)])
    }

    /// Years 0 to 9999, what RFC 3339 can say: arithmetic on instants stays far from the ends of 64 bits.
    private static let years: ClosedRange<Int64> = -62_167_219_200_000_000...253_402_300_799_999_999
}

/// Payload fields in the order of their declaration, without names.
struct CompactFieldReader: FieldVisitor {
    var reader: CompactReader

    mutating func required<V: FieldValue>(_ name: StaticString, _ value: inout V) throws(FieldProblem) {
        do { value = try read(value) } catch { throw FieldProblem("\(name)", CompactFieldReader.broken) }
    }

    mutating func optional<V: FieldValue>(_ name: StaticString, _ value: inout V?) throws(FieldProblem) {
        do {
            value = try reader.flag() ? try read(V.blank) : nil
        } catch {
            throw FieldProblem("\(name)", CompactFieldReader.broken)
        }
    }

    mutating func set<V: FieldValue & Comparable>(_ name: StaticString, _ values: inout [V]) throws(FieldProblem) {
        values = []
        do {
            for _ in 0..<(try reader.count()) { values.append(try read(V.blank)) }
        } catch {
            throw FieldProblem("\(name)", CompactFieldReader.broken)
        }
    }

    mutating func group<G: FieldGroup>(_ name: StaticString, _ value: inout G?) throws(FieldProblem) {
        value = nil
        guard (try? reader.flag()) == true else { return }
        var group = G()
        try group.visit(&self)
        value = group
    }

    /// `blank` says which form the value has: a Bool is one byte, a number a varint, all else a text.
    private mutating func read<V: FieldValue>(_ blank: V) throws -> V {
        if V.self == Instant.self, let value = try reader.instant() as? V { return value }
        if V.self == LocalDate.self, let value = LocalDate(daysSince1970: try day()) as? V { return value }
        switch blank.primitive {
        case .text: return try V(primitive: .text(try reader.text()))
        case .int: return try V(primitive: .int(try reader.signed()))
        case .bool: return try V(primitive: .bool(try reader.flag()))
        }
    }

    /// A day of the years 0 to 9999.
    private mutating func day() throws(NotCompact) -> Int32 {
        let day = try reader.int32()
        guard (-719_528...2_932_896).contains(day) else { throw NotCompact() }
        return day
    }

    private static let broken: FieldRule = .invalid("is not in the compact form")
}
