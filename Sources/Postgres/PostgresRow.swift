/// One row: `let id: UUID = try row[0]`, `try row[1] as Int64?`, `try row[2] as [String]`.
public struct PostgresRow {
    let rows: PostgresRows
    let index: Int32

    /// Reads a column, counted from 0.
    ///
    /// - Throws: ``PostgresError`` of kind `decoding`, naming the column and its type, if the column does not exist,
    ///   has another type, or is null where a value is asked for.
    public subscript<Value: PostgresReadable>(_ column: Int) -> Value {
        get throws(PostgresError) { try Value.read(field(column)) }
    }

    /// The text of a column.
    public func text(_ column: Int) throws(PostgresError) -> String { try self[column] }

    /// The bytes of a bytea column.
    public func bytes(_ column: Int) throws(PostgresError) -> [UInt8] { try self[column] }

    /// Whether a column is null.
    public func isNull(_ column: Int) throws(PostgresError) -> Bool { try field(column).bytes == nil }

    /// Lends a column's bytes as they came (binary form), without copying; `nil` is null. The buffer must not leave
    /// the closure.
    public func withBytes<Result>(
        _ column: Int, _ body: (UnsafeRawBufferPointer?) throws -> Result
    ) throws -> Result {
        let bytes = try field(column).bytes
        return try withExtendedLifetime(rows) { try body(bytes) }
    }

    private func field(_ column: Int) throws(PostgresError) -> PostgresField {
        guard column >= 0, column < Int(rows.columnCount) else {
            throw PostgresError(
                code: "DECODING", kind: .decoding, message: "there is no column \(column), only \(rows.columnCount)",
                statement: rows.statement)
        }
        return PostgresField(rows: rows, row: index, column: Int32(truncatingIfNeeded: column))
    }
}

/// One field on its way to a value. Seen by conformances of ``PostgresReadable`` only.
public struct PostgresField {
    let rows: PostgresRows
    let row: Int32
    let column: Int32

    var typeID: UInt32 { rows.typeID(ofColumn: column) }
    var bytes: UnsafeRawBufferPointer? { rows.bytes(row, column) }

    /// The error for a field that is not what it is read as. Names column and types, never the content.
    func mismatch(_ wanted: String, found: String? = nil) -> PostgresError {
        let name = rows.name(ofColumn: column).prefix(PostgresLimits.nameCharactersMax)
        let found = found ?? PostgresType.name(of: typeID)
        return PostgresError(
            code: "DECODING", kind: .decoding,
            message: "column \(column) (\(name)) cannot be read as \(wanted): it holds \(found)",
            statement: rows.statement)
    }
}
