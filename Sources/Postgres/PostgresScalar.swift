/// A value that can be bound to a statement and read from a column, alone, optional or in an array.
///
/// Everything travels in PostgreSQL's binary format. A type of your own conforms through its raw value:
/// `extension SpellID: PostgresScalar {}` where `SpellID` is `RawRepresentable` by `UUID`.
public protocol PostgresScalar: PostgresReadable, PostgresArrayElement {
    /// The type the value is bound as.
    static var postgresType: PostgresType { get }
    /// Appends the binary form.
    func encode(into bytes: inout [UInt8])
    /// Reads the binary form of a column of this type id, or `nil` if the type or the content does not fit.
    static func decode(_ bytes: UnsafeRawBufferPointer, typeID: UInt32) -> Self?
}

/// What ``PostgresRow/subscript(_:)`` can read: scalars, optionals and arrays.
public protocol PostgresReadable {
    /// Reads one field; throws ``PostgresError`` of kind `decoding`.
    static func read(_ field: PostgresField) throws(PostgresError) -> Self
}

/// What an array read from a column can hold: scalars and optional scalars. (`UInt8` is here because `[UInt8]` is
/// bytea, not an array.)
public protocol PostgresArrayElement {
    /// Reads a whole array; throws ``PostgresError`` of kind `decoding`.
    static func readArray(_ field: PostgresField) throws(PostgresError) -> [Self]
}

extension PostgresScalar {
    public static func read(_ field: PostgresField) throws(PostgresError) -> Self {
        guard let bytes = field.bytes else { throw field.mismatch(postgresType.name, found: "null") }
        guard let value = decode(bytes, typeID: field.typeID) else { throw field.mismatch(postgresType.name) }
        return value
    }

    public static func readArray(_ field: PostgresField) throws(PostgresError) -> [Self] {
        guard let elements = try ArrayFormat.decode(field, element: Self.self) else {
            throw field.mismatch(postgresType.name + "[]")
        }
        var values: [Self] = []
        values.reserveCapacity(elements.count)
        for element in elements {
            guard let element else { throw field.mismatch(postgresType.name + "[]", found: "an array with a null") }
            values.append(element)
        }
        return values
    }
}

extension Optional: PostgresReadable where Wrapped: PostgresReadable {
    public static func read(_ field: PostgresField) throws(PostgresError) -> Wrapped? {
        field.bytes == nil ? nil : try Wrapped.read(field)
    }
}

extension Optional: PostgresArrayElement where Wrapped: PostgresScalar {
    public static func readArray(_ field: PostgresField) throws(PostgresError) -> [Wrapped?] {
        guard let elements = try ArrayFormat.decode(field, element: Wrapped.self) else {
            throw field.mismatch(Wrapped.postgresType.name + "[]")
        }
        return elements
    }
}

extension Array: PostgresReadable where Element: PostgresArrayElement {
    public static func read(_ field: PostgresField) throws(PostgresError) -> [Element] {
        try Element.readArray(field)
    }
}

extension PostgresScalar where Self: RawRepresentable, RawValue: PostgresScalar {
    public static var postgresType: PostgresType { RawValue.postgresType }

    public func encode(into bytes: inout [UInt8]) { rawValue.encode(into: &bytes) }

    public static func decode(_ bytes: UnsafeRawBufferPointer, typeID: UInt32) -> Self? {
        RawValue.decode(bytes, typeID: typeID).flatMap(Self.init(rawValue:))
    }
}
