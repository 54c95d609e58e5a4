import HandoverRules
public import Postgres

/// The audit: appends to the chain, and reads it.
///
/// An act and its entry are one transaction: what is not in the audit did not happen. The chain has one writer at a
/// time, for as long as two short statements and a commit take; acts of people are few. Reads by tokens are not: see
/// ``AccessChain``.
public enum AuditBook {
    /// Entries of one page of a list.
    public static let listMax = 500

    /// Appends an entry in the open transaction; call it last, for other writers wait until this transaction ends.
    @discardableResult
    public static func append(_ note: AuditNote, on session: PostgresConnection) throws -> AuditHead {
        try session.execute(AuditSQL.lock)
        let head = try head(on: session)
        let now: PostgresTimestamp = try session.query(AuditSQL.now).only()[0]
        let entry = AuditEntry.following(head, at: Instant(microseconds: now.microseconds), note)
        try session.execute(AuditSQL.insert(entry))
        return AuditHead(seq: entry.seq, hash: entry.hash, at: entry.at)
    }

    /// Appends an entry by itself: for acts that are no change of the ledger.
    @discardableResult
    public static func note(_ note: AuditNote, on connection: PostgresConnection) throws -> AuditHead {
        do {
            return try connection.transaction { try append(note, on: $0) }
        } catch {
            throw error.postgres ?? error.cause
        }
    }

    /// The end of the chain.
    public static func head(on connection: PostgresConnection) throws -> AuditHead {
        guard let row = try connection.query(AuditSQL.head).first else { return .empty }
        let at: PostgresTimestamp = try row[2]
        return AuditHead(seq: try row[0], hash: try row.bytes(1), at: Instant(microseconds: at.microseconds))
    }

    /// Entries, newest first.
    /// - Parameters:
    ///   - before: only entries below this number; nil: from the newest.
    ///   - limit: at most ``listMax``.
    public static func list(
        on connection: PostgresConnection, before seq: Int64? = nil, action: AuditAction? = nil, actor: String? = nil,
        limit: Int
    ) throws -> [AuditEntry] {
        try connection.query(
            AuditSQL.list(
                before: seq ?? .max, action: action?.rawValue, actor: actor, limit: min(limit, listMax))
        ).map(entry)
    }

    static func entry(_ row: PostgresRow) throws -> AuditEntry {
        let at: PostgresTimestamp = try row[1]
        return AuditEntry(
            seq: try row[0], at: Instant(microseconds: at.microseconds), actor: try row[2], action: try row[3],
            object: try row[4], detail: try row[5], prev: try row.bytes(6), hash: try row.bytes(7))
    }
}
