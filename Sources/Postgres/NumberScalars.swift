extension FixedWidthInteger {
    /// Appends the value in network byte order.
    @inlinable
    func appendBigEndian(to bytes: inout [UInt8]) {
        Swift.withUnsafeBytes(of: bigEndian) { bytes.append(contentsOf: $0) }
    }

    /// Reads exactly this width in network byte order.
    @inlinable
    static func bigEndian(_ bytes: UnsafeRawBufferPointer) -> Self? {
        guard bytes.count == MemoryLayout<Self>.size else { return nil }
        return Self(bigEndian: bytes.loadUnaligned(as: Self.self))
    }
}

/// Reads any integer column that is no wider than `Value`'s bound type.
private func integer<Value: FixedWidthInteger>(
    _ bytes: UnsafeRawBufferPointer, typeID: UInt32, as type: Value.Type
) -> Value? {
    switch typeID {
    case PostgresType.int8.id: Int64.bigEndian(bytes).flatMap { Value(exactly: $0) }
    case PostgresType.int4.id: Int32.bigEndian(bytes).flatMap { Value(exactly: $0) }
    case PostgresType.int2.id: Int16.bigEndian(bytes).flatMap { Value(exactly: $0) }
    default: nil
    }
}

extension Bool: PostgresScalar {
    public static var postgresType: PostgresType { .bool }

    @inlinable
    public func encode(into bytes: inout [UInt8]) { bytes.append(self ? 1 : 0) }

    public static func decode(_ bytes: UnsafeRawBufferPointer, typeID: UInt32) -> Bool? {
        guard typeID == PostgresType.bool.id, bytes.count == 1 else { return nil }
        return bytes[0] != 0
    }
}

extension Int16: PostgresScalar {
    public static var postgresType: PostgresType { .int2 }

    @inlinable
    public func encode(into bytes: inout [UInt8]) { appendBigEndian(to: &bytes) }

    public static func decode(_ bytes: UnsafeRawBufferPointer, typeID: UInt32) -> Int16? {
        typeID == PostgresType.int2.id ? bigEndian(bytes) : nil
    }
}

extension Int32: PostgresScalar {
    public static var postgresType: PostgresType { .int4 }

    @inlinable
    public func encode(into bytes: inout [UInt8]) { appendBigEndian(to: &bytes) }

    public static func decode(_ bytes: UnsafeRawBufferPointer, typeID: UInt32) -> Int32? {
        typeID == PostgresType.int8.id ? nil : integer(bytes, typeID: typeID, as: Int32.self)
    }
}

extension Int64: PostgresScalar {
    public static var postgresType: PostgresType { .int8 }

    @inlinable
    public func encode(into bytes: inout [UInt8]) { appendBigEndian(to: &bytes) }

    public static func decode(_ bytes: UnsafeRawBufferPointer, typeID: UInt32) -> Int64? {
        integer(bytes, typeID: typeID, as: Int64.self)
    }
}

/// `Int` is a bigint; a narrower integer column can be read as one too.
extension Int: PostgresScalar {
    public static var postgresType: PostgresType { .int8 }

    @inlinable
    public func encode(into bytes: inout [UInt8]) { Int64(self).appendBigEndian(to: &bytes) }

    public static func decode(_ bytes: UnsafeRawBufferPointer, typeID: UInt32) -> Int? {
        integer(bytes, typeID: typeID, as: Int.self)
    }
}

/// `Double` is a double precision; a real column can be read as one too. Not-a-number and infinities pass unchanged.
extension Double: PostgresScalar {
    public static var postgresType: PostgresType { .float8 }

    @inlinable
    public func encode(into bytes: inout [UInt8]) { bitPattern.appendBigEndian(to: &bytes) }

    public static func decode(_ bytes: UnsafeRawBufferPointer, typeID: UInt32) -> Double? {
        switch typeID {
        case PostgresType.float8.id: UInt64.bigEndian(bytes).map(Double.init(bitPattern:))
        case PostgresType.float4.id: UInt32.bigEndian(bytes).map { Double(Float(bitPattern: $0)) }
        default: nil
        }
    }
}
