import Crypto
public import Postgres

/// Chains the reads and uses of tokens (`access_audit`). A door appends a row of them with the read itself, without a
/// lock; every few seconds one hub chains one entry for all rows that have settled since: how many reads and items by
/// token, and a SHA-256 over every column of every row. So a feed of hundreds of reads a second makes one entry, and a
/// row that is changed, removed or slipped in afterwards no longer fits its digest.
///
/// A crash leaves whole steps. Until its range is chained (at most ``everySeconds`` and the longest transaction under
/// way) a row is as safe as any other row of the ledger.
public enum AccessChain {
    /// Rows of one entry.
    public static let rowsMax = 2_000
    /// How often the keeper looks.
    public static let everySeconds = 5

    /// One transaction. Returns how many rows it chained; 0 while another hub works or nothing has settled.
    public static func step(on connection: PostgresConnection, instance: String) throws -> Int {
        do {
            return try connection.transaction { session in
                guard try session.query(AuditSQL.accessLock).only()[0] else { return 0 }
                // Before anything is written: see FeedKeeper.
                let last: Int64 = try session.query(AuditSQL.accessLast).only()[0]
                let state = try session.query(AuditSQL.accessState).only()
                let through: Int64 = try state[0], bound: Int64 = try state[1]
                var count = 0
                if try state[2], bound > through {
                    count = try chain(after: through, through: bound, instance, session)
                }
                if last > bound, count < rowsMax, try state[2] { try session.execute(AuditSQL.accessBound(last)) }
                return count
            }
        } catch {
            throw error.postgres ?? error.cause
        }
    }

    private static func chain(
        after through: Int64, through bound: Int64, _ instance: String, _ session: PostgresConnection
    ) throws -> Int {
        let rows = try session.query(AuditSQL.accesses(after: through, through: bound, limit: rowsMax)).map(Access.init)
        let end = rows.count == rowsMax ? rows.last?.seq ?? bound : bound
        try session.execute(AuditSQL.accessChained(end))
        guard !rows.isEmpty else { return 0 }
        var detail = Dictionary(grouping: rows) { "\($0.token) \($0.action)" }.mapValues { rows in
            "\(rows.count) reads, \(rows.reduce(0) { $0 + Int($1.items) }) items"
        }
        detail["rows"] = String(rows.count)
        detail["digest"] = digest(rows)
        try AuditBook.append(
            AuditNote(
                actor: "hub:\(instance)", action: .access, object: "access \(through + 1)-\(end)", detail: detail),
            on: session)
        return rows.count
    }

    static func digest(_ rows: [Access]) -> String {
        var hash = SHA256()
        for row in rows { hash.update(data: Array(row.line.utf8)) }
        return AuditHead.hex(Array(hash.finalize()))
    }

    /// `access 1-250` of an entry.
    static func range(_ object: String) -> (first: Int64, last: Int64)? {
        guard object.hasPrefix("access ") else { return nil }
        let parts = object.dropFirst("access ".count).split(separator: "-")
        guard parts.count == 2, let first = Int64(parts[0]), let last = Int64(parts[1]), first <= last else {
            return nil
        }
        return (first, last)
    }

    /// A row of `access_audit`.
    struct Access {
        var seq: Int64
        var at: PostgresTimestamp
        var token: String
        var action: String
        var first: Int64?
        var last: Int64?
        var items: Int32

        init(_ row: PostgresRow) throws {
            seq = try row[0]
            at = try row[1]
            token = try row[2]
            action = try row[3]
            first = try row[4]
            last = try row[5]
            items = try row[6]
        }

        /// Unambiguous: token ids and actions have no spaces, and end before the next field.
        var line: String {
            "\(seq) \(at.microseconds) \(token.utf8.count):\(token) \(action.utf8.count):\(action) "
                + "\(first.map(String.init) ?? "-") \(last.map(String.init) ?? "-") \(items)\n"
        }
    }
}
