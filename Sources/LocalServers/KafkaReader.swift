/// A bounds-checked cursor over the Kafka protocol's primitive types. Every read past the end gives nil, so a message
/// that is not what it seems is never misread into memory that is not its own.
struct KafkaReader {
    private let bytes: UnsafeRawBufferPointer
    private(set) var position = 0

    init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

    mutating func int8() -> Int8? { integer() }
    mutating func int16() -> Int16? { integer() }
    mutating func int32() -> Int32? { integer() }

    mutating func skip(_ count: Int) -> Bool {
        guard count >= 0, count <= bytes.count - position else { return false }
        position += count
        return true
    }

    /// Base-128 number of the flexible versions, at most 32 bits.
    mutating func varint() -> Int? {
        var value = 0
        for shift in stride(from: 0, to: 35, by: 7) {
            guard let byte: UInt8 = integer() else { return nil }
            value |= Int(byte & 0x7f) << shift
            if byte & 0x80 == 0 { return value }
        }
        return nil
    }

    /// A length: of an array, string or byte block; -1 for null.
    mutating func length(compact: Bool) -> Int? {
        if compact { return varint().map { $0 - 1 } }
        return int32().map(Int.init)
    }

    /// Skips a (nullable) string.
    mutating func skipString(compact: Bool) -> Bool {
        let count = compact ? varint().map { $0 - 1 } : int16().map(Int.init)
        return count.map { skip(max(0, $0)) } ?? false
    }

    /// Skips the tagged fields of the flexible versions; does nothing for the others.
    mutating func skipTags(flexible: Bool) -> Bool {
        guard flexible else { return true }
        guard let count = varint() else { return false }
        for _ in 0..<count {
            guard varint() != nil, let size = varint(), skip(size) else { return false }
        }
        return true
    }

    private mutating func integer<T: FixedWidthInteger>() -> T? {
        let size = MemoryLayout<T>.size
        guard size <= bytes.count - position else { return nil }
        defer { position += size }
        return T(bigEndian: bytes.loadUnaligned(fromByteOffset: position, as: T.self))
    }
}
