import Postgres

/// Every SQL text of the audit.
enum AuditSQL {
    /// One writer at a time, until the end of its transaction; taken last, just before the commit.
    static let lock: SQL = .named(
        "audit.lock", "select pg_advisory_xact_lock(hashtextextended('throughgate-audit', 0))")

    static let head: SQL = .named("audit.head", "select seq, hash, at from audit_entry order by seq desc limit 1")

    /// PostgreSQL's clock, so that all writers have one.
    static let now: SQL = .named("audit.now", "select clock_timestamp()")

    static func insert(_ e: AuditEntry) -> SQL {
        .named(
            "audit.insert.entry",
            """
            insert into audit_entry (seq, at, actor, action, object, detail, prev_hash, hash)
            values (\(e.seq), \(e.at.timestamp), \(e.actor), \(e.action), \(e.object), \(e.detail), \(e.prev),
                \(e.hash))
            """)
    }

    private static let columns = "seq, at, actor, action, object, detail, prev_hash, hash"

    static func list(before seq: Int64, action: String?, actor: String?, limit: Int) -> SQL {
        .named(
            "audit.list",
            """
            select \(unsafeRaw: columns) from audit_entry
            where seq < \(seq) and (\(action)::text is null or action = \(action))
                and (\(actor)::text is null or actor = \(actor))
            order by seq desc limit \(limit)
            """)
    }

    static func forward(after seq: Int64, limit: Int) -> SQL {
        .named(
            "audit.forward",
            "select \(unsafeRaw: columns) from audit_entry where seq > \(seq) order by seq limit \(limit)")
    }

    // MARK: Reads by tokens

    static let accessLock: SQL = .named(
        "audit.access.lock", "select pg_try_advisory_xact_lock(hashtextextended('throughgate-audit-access', 0))")

    /// Every number that was drawn so far. Whoever drew one had a transaction id before.
    static let accessLast: SQL = .named(
        "audit.access.last",
        "select coalesce(pg_sequence_last_value(pg_get_serial_sequence('access_audit', 'seq')::regclass), 0)")

    /// How far it is chained, the bound, and whether everything up to the bound has ended.
    static let accessState: SQL = .named(
        "audit.access.state",
        """
        select chained_through, bound_seq, pg_snapshot_xmin(pg_current_snapshot()) >= bound_xid from audit_state
        """)

    static func accessBound(_ last: Int64) -> SQL {
        .named(
            "audit.access.bound", "update audit_state set bound_seq = \(last), bound_xid = pg_current_xact_id()")
    }

    static func accessChained(_ through: Int64) -> SQL {
        .named("audit.access.chained", "update audit_state set chained_through = \(through)")
    }

    static let accessThrough: SQL = .named("audit.access.through", "select chained_through from audit_state")

    static func accesses(after seq: Int64, through last: Int64, limit: Int) -> SQL {
        .named(
            "audit.accesses",
            """
            select seq, at, token_id, action, first_item, last_item, items from access_audit
            where seq > \(seq) and seq <= \(last) order by seq limit \(limit)
            """)
    }
}
