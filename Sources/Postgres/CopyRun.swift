import CLibpq

/// One binary COPY: opens it, streams chunks while reading what the server says, and closes it.
struct CopyRun {
    let link: ServerLink
    let silence: Duration?
    /// Rows handed over so far; after ``finish(abandoned:)`` the rows loaded.
    private(set) var count = 0

    init(link: ServerLink, silence: Duration?) {
        self.link = link
        self.silence = silence
    }

    mutating func start(_ statement: String) throws(PostgresError) {
        guard PQsendQuery(link.conn, statement) == 1 else { throw .connectionLost("sending failed") }
        guard let result = try link.nextResult(silence: silence) else { throw .connectionLost("no answer to COPY") }
        defer { PQclear(result) }
        guard PQresultStatus(result) == PGRES_COPY_IN else {
            let error = ServerReport.error(result, statement: "copy")
            try drain()
            throw error
        }
    }

    /// The file format of PostgreSQL's documentation of COPY: signature, flags, no extension; then the rows.
    mutating func send<Rows: Sequence>(
        _ rows: Rows, _ emptyRow: PostgresCopyRow, _ encode: (Rows.Element, inout PostgresCopyRow) throws -> Void
    ) throws {
        var row = emptyRow
        row.bytes = Array("PGCOPY\n".utf8) + [0xFF, 0x0D, 0x0A, 0x00] + [UInt8](repeating: 0, count: 8)
        for element in rows {
            count += 1
            row.start()
            try encode(element, &row)
            guard row.fault == nil, row.appended == row.columns.count else {
                let fault = row.fault ?? "has \(row.appended) values for \(row.columns.count) columns"
                throw PostgresError(
                    code: "COPY_ROW", kind: .programming, message: "row \(count) \(fault)", statement: "copy",
                    row: count)
            }
            guard row.bytes.count <= PostgresLimits.parameterBytesMax else {
                throw PostgresError(
                    code: "COPY_ROW", kind: .programming,
                    message: "row \(count) has more than \(PostgresLimits.parameterBytesMax) bytes", statement: "copy",
                    row: count)
            }
            if row.bytes.count >= PostgresLimits.copyChunkBytes {
                guard try put(row.bytes) else { return }
                row.bytes.removeAll(keepingCapacity: true)
            }
        }
        Int16(-1).appendBigEndian(to: &row.bytes)
        _ = try put(row.bytes)
    }

    /// Hands a chunk over; `false` if the server has already refused the copy (``finish(abandoned:)`` tells why).
    private func put(_ bytes: [UInt8]) throws(PostgresError) -> Bool {
        let sent = bytes.withUnsafeBytes {
            PQputCopyData(link.conn, $0.bindMemory(to: CChar.self).baseAddress, Int32($0.count))
        }
        guard sent == 1 else { return false }
        try link.flush(silence: silence)
        return true
    }

    /// Ends the copy and reads its outcome.
    mutating func finish(abandoned: Bool) throws(PostgresError) {
        _ = PQputCopyEnd(link.conn, abandoned ? "abandoned by the client" : nil)
        try drain()
    }

    private mutating func drain() throws(PostgresError) {
        var failure: PostgresError?
        while let result = try link.nextResult(silence: silence) {
            defer { PQclear(result) }
            if PQresultStatus(result) == PGRES_COMMAND_OK {
                count = PQcmdTuples(result).flatMap { Int(String(cString: $0)) } ?? count
            } else {
                failure = failure ?? ServerReport.error(result, statement: "copy")
            }
            if link.isLost { break }
        }
        if let failure { throw failure }
    }
}
