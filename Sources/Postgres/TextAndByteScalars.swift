#if canImport(FoundationEssentials)
    public import FoundationEssentials
#else
    public import Foundation
#endif

/// `String` is text. Columns of type varchar, char, name, json and jsonb can be read as one too (an enum column:
/// select it `::text`).
extension String: PostgresScalar {
    public static var postgresType: PostgresType { .text }

    @inlinable
    public func encode(into bytes: inout [UInt8]) { bytes.append(contentsOf: utf8) }

    public static func decode(_ bytes: UnsafeRawBufferPointer, typeID: UInt32) -> String? {
        switch typeID {
        case PostgresType.text.id, PostgresType.varchar.id, PostgresType.bpchar.id, PostgresType.nameType.id,
            PostgresType.json.id:
            String(decoding: bytes, as: UTF8.self)
        case PostgresType.jsonb.id where bytes.first == 1:
            String(decoding: bytes.dropFirst(), as: UTF8.self)
        default: nil
        }
    }
}

/// `[UInt8]` is bytea.
extension Array: PostgresScalar where Element == UInt8 {
    public static var postgresType: PostgresType { .bytea }

    @inlinable
    public func encode(into bytes: inout [UInt8]) { bytes.append(contentsOf: self) }

    public static func decode(_ bytes: UnsafeRawBufferPointer, typeID: UInt32) -> [UInt8]? {
        typeID == PostgresType.bytea.id ? [UInt8](bytes) : nil
    }
}

extension Array: PostgresArrayElement where Element == UInt8 {}

extension UInt8: PostgresArrayElement {
    /// Not an array of numbers: the bytes of a bytea column.
    public static func readArray(_ field: PostgresField) throws(PostgresError) -> [UInt8] {
        guard let bytes = field.bytes else { throw field.mismatch("bytea", found: "null") }
        guard let value = [UInt8].decode(bytes, typeID: field.typeID) else { throw field.mismatch("bytea") }
        return value
    }
}

extension UUID: PostgresScalar {
    public static var postgresType: PostgresType { .uuid }

    @inlinable
    public func encode(into bytes: inout [UInt8]) {
        withUnsafeBytes(of: uuid) { bytes.append(contentsOf: $0) }
    }

    public static func decode(_ bytes: UnsafeRawBufferPointer, typeID: UInt32) -> UUID? {
        guard typeID == PostgresType.uuid.id, bytes.count == 16 else { return nil }
        return UUID(uuid: bytes.loadUnaligned(as: uuid_t.self))
    }
}
