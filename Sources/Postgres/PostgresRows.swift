import CLibpq

/// What one statement returned. It owns libpq's memory: rows and fields are read in place and decoded when asked.
///
/// Belongs to the thread of its connection, and stays readable when the connection is gone.
public final class PostgresRows: RandomAccessCollection {
    private let result: OpaquePointer
    let statement: String?
    let columnCount: Int32

    /// Takes over the result and frees it at the end.
    init(owning result: OpaquePointer, statement: String?) {
        self.result = result
        self.statement = statement
        columnCount = PQnfields(result)
        endIndex = Int(PQntuples(result))
    }

    deinit { PQclear(result) }

    public var startIndex: Int { 0 }
    public let endIndex: Int

    /// Rows inserted, updated, deleted or selected.
    public var affected: Int {
        PQcmdTuples(result).flatMap { Int(String(cString: $0)) } ?? 0
    }

    /// The names of the columns, in order.
    public var columns: [String] { (0..<columnCount).map(name(ofColumn:)) }

    public subscript(position: Int) -> PostgresRow {
        precondition(position >= 0 && position < endIndex, "row index out of range")
        return PostgresRow(rows: self, index: Int32(truncatingIfNeeded: position))
    }

    /// The only row; throws ``PostgresError`` (kind `decoding`) if there is none or more than one.
    public func only() throws(PostgresError) -> PostgresRow {
        guard count == 1 else {
            throw PostgresError(
                code: "DECODING", kind: .decoding, message: "expected one row, found \(count)", statement: statement)
        }
        return self[0]
    }

    /// The command's tag, such as `INSERT 0 1` or `ROLLBACK`.
    var tag: String { PQcmdStatus(result).map { String(cString: $0) } ?? "" }

    func name(ofColumn column: Int32) -> String { PQfname(result, column).map { String(cString: $0) } ?? "?" }

    func typeID(ofColumn column: Int32) -> UInt32 { PQftype(result, column) }

    func bytes(_ row: Int32, _ column: Int32) -> UnsafeRawBufferPointer? {
        guard PQgetisnull(result, row, column) == 0 else { return nil }
        let length = Int(PQgetlength(result, row, column))
        return UnsafeRawBufferPointer(start: PQgetvalue(result, row, column), count: length)
    }
}
