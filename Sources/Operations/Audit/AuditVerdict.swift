public import Postgres

/// Whether the audit is as it was written.
public struct AuditVerdict: Sendable, Hashable {
    public struct Fault: Sendable, Hashable {
        public enum Kind: String, Sendable, Hashable, CaseIterable {
            /// An entry's content does not have its hash.
            case edited = "EDITED"
            /// Numbers are missing in between.
            case deleted = "DELETED"
            /// An entry does not follow the one before it: exchanged, slipped in or rewritten.
            case reordered = "REORDERED"
            /// The chain ends before, or passes beside, a head that was kept elsewhere.
            case truncated = "TRUNCATED"
            /// Rows of `access_audit` are not those that were chained.
            case accessChanged = "ACCESS_CHANGED"
        }

        public var kind: Kind
        /// The entry at which it shows.
        public var seq: Int64
        public var words: String
    }

    /// Entries read.
    public var entries = 0
    public var head = AuditHead.empty
    /// Rows of reads that fit their digests, and those that retention has ended.
    public var accesses = 0
    public var accessesRetired = 0
    /// In the order of the chain, at most ``faultsMax``.
    public var faults: [Fault] = []

    public var isIntact: Bool { faults.isEmpty }

    /// Beyond this many it is not looked further.
    public static let faultsMax = 100
    /// Days for which reads are kept at least: rows that are gone after fewer were removed by somebody.
    public static let accessDaysMin: Int64 = 180

    mutating func note(_ kind: Fault.Kind, _ seq: Int64, _ words: String) {
        if faults.count < AuditVerdict.faultsMax { faults.append(Fault(kind: kind, seq: seq, words: words)) }
    }
}

extension AuditBook {
    /// Entries read at one time.
    private static let pageMax = 1_000

    /// Goes through the whole chain, and through the reads that it covers. Costs as much as there is; stalls nobody.
    ///
    /// - Parameter anchor: a head that was kept elsewhere; without one, entries cut off at the end are not missed.
    public static func verify(on connection: PostgresConnection, anchor: AuditHead? = nil) throws -> AuditVerdict {
        // Beside writers: what was chained before the walk began is within it.
        let through: Int64 = try connection.query(AuditSQL.accessThrough).only()[0]
        var verdict = AuditVerdict()
        var last = AuditHead.empty, accessEnd: Int64 = 0, anchored = anchor == nil || anchor?.seq == 0
        while verdict.faults.count < AuditVerdict.faultsMax {
            let page = try connection.query(AuditSQL.forward(after: last.seq, limit: pageMax)).map(entry)
            for entry in page {
                judge(entry, after: last, &verdict)
                if let anchor, entry.seq == anchor.seq {
                    anchored = true
                    if entry.hash != anchor.hash {
                        verdict.note(.truncated, entry.seq, "the entry of this number is not the one that was anchored")
                    }
                }
                if entry.action == AuditAction.access.rawValue, let range = AccessChain.range(entry.object) {
                    try judgeAccesses(entry, after: accessEnd, through: range.last, connection, &verdict)
                    accessEnd = max(accessEnd, range.last)
                }
                last = AuditHead(seq: entry.seq, hash: entry.hash, at: entry.at)
            }
            verdict.entries += page.count
            if page.count < pageMax { break }
        }
        verdict.head = last
        if let anchor, !anchored {
            verdict.note(.truncated, last.seq, "the chain ends before entry \(anchor.seq), which was anchored")
        }
        if through > accessEnd,
            try !connection.query(AuditSQL.accesses(after: accessEnd, through: through, limit: 1)).isEmpty
        {
            verdict.note(.accessChanged, last.seq, "reads that were chained have no entry any more")
        }
        return verdict
    }

    private static func judge(_ entry: AuditEntry, after last: AuditHead, _ verdict: inout AuditVerdict) {
        if entry.seq != last.seq + 1 {
            verdict.note(.deleted, entry.seq, "entries \(last.seq + 1) to \(entry.seq - 1) are missing")
        } else if entry.prev != last.hash {
            verdict.note(.reordered, entry.seq, "does not follow entry \(last.seq)")
        }
        if entry.computedHash != entry.hash { verdict.note(.edited, entry.seq, "its content does not have its hash") }
    }

    private static func judgeAccesses(
        _ entry: AuditEntry, after start: Int64, through end: Int64, _ connection: PostgresConnection,
        _ verdict: inout AuditVerdict
    ) throws {
        guard start < end else { return verdict.note(.reordered, entry.seq, "its reads were chained before") }
        let rows = try connection.query(
            AuditSQL.accesses(after: start, through: end, limit: AccessChain.rowsMax + 1)
        ).map(AccessChain.Access.init)
        let noted = entry.details?["rows"].flatMap { Int($0) } ?? 0
        let now: PostgresTimestamp = try connection.query(AuditSQL.now).only()[0]
        let age = (now.microseconds - entry.at.microseconds) / 86_400_000_000
        if rows.isEmpty, age >= AuditVerdict.accessDaysMin {
            verdict.accessesRetired += noted
        } else if AccessChain.digest(rows) != entry.details?["digest"] {
            verdict.note(
                .accessChanged, entry.seq, "covers \(noted) reads; the \(rows.count) that are there are not those")
        } else {
            verdict.accesses += rows.count
        }
    }
}
