/// PostgreSQL's binary form of a one-dimensional array: dimensions, a flag for nulls, the element's type id, length
/// and lower bound, then each element with its length (-1 is null). (`src/backend/utils/adt/arrayfuncs.c`,
/// `array_recv`.)
@usableFromInline
enum ArrayFormat {
    @inlinable
    static func encode<Value: PostgresScalar>(_ values: [Value], into bytes: inout [UInt8]) {
        header(count: values.count, hasNulls: false, element: Value.postgresType, into: &bytes)
        for value in values { append(value, to: &bytes) }
    }

    @inlinable
    static func encode<Value: PostgresScalar>(_ values: [Value?], into bytes: inout [UInt8]) {
        let hasNulls = values.contains { $0 == nil }
        header(count: values.count, hasNulls: hasNulls, element: Value.postgresType, into: &bytes)
        for value in values {
            if let value { append(value, to: &bytes) } else { Int32(-1).appendBigEndian(to: &bytes) }
        }
    }

    @usableFromInline
    static func header(count: Int, hasNulls: Bool, element: PostgresType, into bytes: inout [UInt8]) {
        Int32(count == 0 ? 0 : 1).appendBigEndian(to: &bytes)
        Int32(hasNulls ? 1 : 0).appendBigEndian(to: &bytes)
        element.id.appendBigEndian(to: &bytes)
        guard count > 0 else { return }
        Int32(count).appendBigEndian(to: &bytes)
        Int32(1).appendBigEndian(to: &bytes)
    }

    /// Appends the value with its length in front.
    @inlinable
    static func append<Value: PostgresScalar>(_ value: Value, to bytes: inout [UInt8]) {
        let start = bytes.count
        Int32(0).appendBigEndian(to: &bytes)
        value.encode(into: &bytes)
        let length = UInt32(truncatingIfNeeded: bytes.count - start - 4)
        for position in 0..<4 { bytes[start + position] = UInt8(truncatingIfNeeded: length >> (24 - 8 * position)) }
    }

    /// The elements, or `nil` if the column is not a one-dimensional array of this type or is cut short.
    static func decode<Value: PostgresScalar>(
        _ field: PostgresField, element: Value.Type
    ) throws(PostgresError) -> [Value?]? {
        guard let bytes = field.bytes else {
            throw field.mismatch(Value.postgresType.name + "[]", found: "null")
        }
        guard var reader = Reader(bytes), PostgresType.elementType(ofArray: field.typeID) == reader.element else {
            return nil
        }
        var values: [Value?] = []
        values.reserveCapacity(reader.count)
        for _ in 0..<reader.count {
            guard let next = reader.next() else { return nil }
            guard let content = next.content else {
                values.append(nil)
                continue
            }
            guard let value = Value.decode(content, typeID: reader.element) else { return nil }
            values.append(value)
        }
        return values
    }

    private struct Reader {
        let element: UInt32
        let count: Int
        private let bytes: UnsafeRawBufferPointer
        private var offset: Int

        init?(_ bytes: UnsafeRawBufferPointer) {
            guard bytes.count >= 12 else { return nil }
            func word(_ offset: Int) -> UInt32 {
                UInt32(bigEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self))
            }
            let dimensions = word(0)
            element = word(8)
            guard dimensions <= 1, dimensions == 0 || bytes.count >= 20 else { return nil }
            count = dimensions == 0 ? 0 : Int(word(12))
            // Each element takes at least its length word, so a damaged count cannot ask for absurd memory.
            guard count <= bytes.count / 4 else { return nil }
            self.bytes = bytes
            offset = 20
        }

        mutating func next() -> (content: UnsafeRawBufferPointer?, Void)? {
            guard offset + 4 <= bytes.count else { return nil }
            let length = Int(Int32(bigEndian: bytes.loadUnaligned(fromByteOffset: offset, as: Int32.self)))
            offset += 4
            guard length >= 0 else { return (nil, ()) }
            guard offset + length <= bytes.count else { return nil }
            defer { offset += length }
            return (UnsafeRawBufferPointer(rebasing: bytes[offset..<offset + length]), ())
        }
    }
}
