import CLibpq

/// A column of a table that ``PostgresConnection/copyIn(table:columns:rows:encode:)`` fills.
struct CopyColumn {
    let name: String
    let typeID: UInt32
}

/// One row on its way into a table: append one value for each column, in order.
public struct PostgresCopyRow {
    let columns: [CopyColumn]
    var bytes: [UInt8] = []
    fileprivate(set) var appended = 0
    fileprivate(set) var fault: String?

    init(columns: [CopyColumn]) { self.columns = columns }

    /// Appends a value; its type must be the column's own (`Int32` for integer, `Int` for bigint).
    public mutating func append<Value: PostgresScalar>(_ value: Value?) {
        guard expects(Value.postgresType.id, Value.postgresType.name) else { return }
        if let value { ArrayFormat.append(value, to: &bytes) } else { Int32(-1).appendBigEndian(to: &bytes) }
    }

    /// Appends an array.
    public mutating func append<Value: PostgresScalar>(_ values: [Value]) {
        guard expects(Value.postgresType.arrayID, Value.postgresType.name + "[]") else { return }
        var content: [UInt8] = []
        ArrayFormat.encode(values, into: &content)
        ArrayFormat.append(content, to: &bytes)
    }

    mutating func start() {
        Int16(truncatingIfNeeded: columns.count).appendBigEndian(to: &bytes)
        appended = 0
    }

    private mutating func expects(_ type: UInt32, _ name: String) -> Bool {
        guard fault == nil else { return false }
        guard appended < columns.count else {
            fault = "has more values than the \(columns.count) columns"
            return false
        }
        let column = columns[appended]
        appended += 1
        let texts = [PostgresType.text.id, PostgresType.varchar.id, PostgresType.bpchar.id, PostgresType.json.id]
        guard column.typeID == type || (type == PostgresType.text.id && texts.contains(column.typeID)) else {
            fault = "gives \(name) to column \(column.name) of type \(PostgresType.name(of: column.typeID))"
            return false
        }
        return true
    }
}

extension PostgresConnection {
    /// Streams rows into a table in binary COPY: the cheapest way to load a register. All or nothing; inside a
    /// transaction it belongs to that. Memory holds a chunk of rows, not the sequence.
    ///
    /// - Parameters:
    ///   - table: the table's name, `schema.table` or `table`, without quotes.
    ///   - columns: names of the columns, in the order in which `encode` appends.
    ///   - encode: appends the values of one row.
    /// - Returns: how many rows were loaded.
    /// - Throws: ``PostgresError``, with `row` (from 1) where one row is to blame; or the error of the sequence or
    ///   the closure.
    @discardableResult
    public func copyIn<Rows: Sequence>(
        table: String, columns: [String], rows: Rows, encode: (Rows.Element, inout PostgresCopyRow) throws -> Void
    ) throws -> Int {
        let quotedTable = table.split(separator: ".", omittingEmptySubsequences: false).map { Self.quoted(String($0)) }
            .joined(separator: ".")
        let kinds = try copyColumns(quotedTable, columns)
        let names = columns.map(Self.quoted).joined(separator: ", ")
        let link = try idleLink()
        var copy = CopyRun(link: link, silence: silence(statements: 1))
        var thrown: (any Error)?
        var failure: PostgresError?
        do throws(PostgresError) {
            try copy.start("copy \(quotedTable) (\(names)) from stdin with (format binary)")
            do {
                try copy.send(rows, PostgresCopyRow(columns: kinds), encode)
            } catch {
                thrown = error
            }
            try copy.finish(abandoned: thrown != nil)
        } catch {
            failure = error
            if link.isLost || error.kind == .connectionLost { self.link = nil }
        }
        // The copy was abandoned because of `thrown`: what the server says about that is only the echo.
        if let thrown, self.link != nil {
            try? settle(failure)
            throw thrown
        }
        try settle(failure)
        return copy.count
    }

    private func copyColumns(_ table: String, _ columns: [String]) throws(PostgresError) -> [CopyColumn] {
        let found = try query(
            .named(
                "copy.columns",
                """
                select a.attname::text, coalesce(nullif(t.typbasetype, 0), t.oid)::int8
                from pg_attribute a join pg_type t on t.oid = a.atttypid
                where a.attrelid = to_regclass(\(table)) and a.attnum > 0 and not a.attisdropped
                """))
        guard !found.isEmpty else {
            throw PostgresError(
                code: "42P01", kind: .undefinedObject, message: "undefined_table, table \(table)", statement: "copy")
        }
        var types: [String: UInt32] = [:]
        for row in found { types[try row.text(0)] = UInt32(truncatingIfNeeded: try row[1] as Int64) }
        var all: [CopyColumn] = []
        for name in columns {
            guard let type = types[name] else {
                throw PostgresError(
                    code: "42703", kind: .undefinedObject, message: "undefined_column, table \(table), column \(name)",
                    statement: "copy")
            }
            all.append(CopyColumn(name: name, typeID: type))
        }
        return all
    }

    private static func quoted(_ name: String) -> String {
        "\"" + name.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"") + "\""
    }
}
