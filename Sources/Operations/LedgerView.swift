public import HandoverRules
public import Postgres

/// What operators read of the ledger. Only reads; every column that could hold a person is asked for by name.
public enum LedgerView {
    /// A rejected record without its content.
    public struct Rejected: Sendable, Hashable {
        public var topic: String
        public var partition: Int32
        public var offset: Int64
        public var reason: String
        /// Field and rule.
        public var detail: String
        public var recordTime: Instant
        public var firstSeen: Instant
        public var attempts: Int32
        public var state: String
        /// Bytes of key and value; nil for a null.
        public var keyBytes: Int32?
        public var valueBytes: Int32?
    }

    static func rejectedOpen(_ connection: PostgresConnection) throws -> Int {
        try connection.query(.named("view.rejectedOpen", "select count(*) from rejected where state = 'OPEN'")).only()[
            0]
    }

    static func timersDue(_ connection: PostgresConnection, now: Instant) throws -> Int {
        try connection.query(
            .named("view.timersDue", "select count(*) from timer where due_at <= \(now.timestamp)")
        ).only()[0]
    }

    /// Rejected records, newest first.
    /// - Parameters:
    ///   - state: `OPEN` and its like; nil for all.
    ///   - reason: a `tg_reason`; nil for all.
    public static func rejected(
        on connection: PostgresConnection, state: String?, reason: String?, limit: Int
    ) throws -> [Rejected] {
        try connection.query(
            """
            select topic, partition, "offset", reason, detail, record_time, first_seen, attempts, state,
                octet_length(key), octet_length(value)
            from rejected
            where (\(state)::text is null or state = \(state)) and (\(reason)::text is null or reason = \(reason))
            order by first_seen desc, topic, partition, "offset" desc limit \(limit)
            """
        ).map(rejected)
    }

    /// One rejected record by its place; nil where there is none.
    public static func rejected(
        on connection: PostgresConnection, topic: String, partition: Int32, offset: Int64
    ) throws -> Rejected? {
        try connection.query(
            """
            select topic, partition, "offset", reason, detail, record_time, first_seen, attempts, state,
                octet_length(key), octet_length(value)
            from rejected where topic = \(topic) and partition = \(partition) and "offset" = \(offset)
            """
        ).first.map(rejected)
    }

    /// Key and value of a rejected record, which can hold a person's data: for an operator who asked for them.
    public static func bodyOfRejected(
        on connection: PostgresConnection, topic: String, partition: Int32, offset: Int64
    ) throws -> (key: [UInt8]?, value: [UInt8]?)? {
        try connection.query(
            """
            select key, value from rejected
            where topic = \(topic) and partition = \(partition) and "offset" = \(offset)
            """
        ).first.map { (try $0[0] as [UInt8]?, try $0[1] as [UInt8]?) }
    }

    static func rejected(_ row: PostgresRow) throws -> Rejected {
        let recorded: PostgresTimestamp = try row[5]
        let seen: PostgresTimestamp = try row[6]
        return Rejected(
            topic: try row[0], partition: try row[1], offset: try row[2], reason: try row[3], detail: try row[4],
            recordTime: Instant(microseconds: recorded.microseconds),
            firstSeen: Instant(microseconds: seen.microseconds),
            attempts: try row[7], state: try row[8], keyBytes: try row[9], valueBytes: try row[10])
    }
}

extension LedgerView.Rejected {
    /// Names it to people, programs and the audit.
    public var place: SourcePosition { SourcePosition(topic: topic, partition: partition, offset: offset) }
}
