import HandoverPipeline
public import HandoverRules
public import Postgres

/// Which rejected records.
public struct DeadLetterFilter: Sendable, Hashable {
    /// What became of a rejected record.
    public enum State: String, Sendable, Hashable, CaseIterable {
        case open = "OPEN", redriven = "REDRIVEN", discarded = "DISCARDED"
    }

    /// nil: all.
    public var state: State?
    /// A `tg_reason`.
    public var reason: String?
    public var topic: String?
    /// Only those whose key is the number of somebody whom the hub knows.
    public var isKnown: Bool

    public init(state: State? = .open, reason: String? = nil, topic: String? = nil, isKnown: Bool = false) {
        self.state = state
        self.reason = reason
        self.topic = topic
        self.isKnown = isKnown
    }
}

/// The dead letters: what was not taken, and what people do about it. Commands and pages share this one model.
public enum DeadLetters {
    /// Records of one page.
    public static let pageMax = 500
    /// Letters of a reason that an operator gives.
    public static let reasonMax = 140

    /// Open records of one reason and topic.
    public struct Group: Sendable, Hashable {
        public var reason: String
        public var topic: String
        public var count: Int
        public var oldest: Instant
        public var newest: Instant
        /// Of them, those that belong to somebody whom the hub knows.
        public var known: Int
    }

    /// What is open, the largest group first.
    public static func groups(on connection: PostgresConnection) throws -> [Group] {
        try connection.query(DeadLetterSQL.groups).map { row in
            let oldest: PostgresTimestamp = try row[3], newest: PostgresTimestamp = try row[4]
            let count: Int64 = try row[2], known: Int64 = try row[5]
            return Group(
                reason: try row[0], topic: try row[1], count: Int(count),
                oldest: Instant(microseconds: oldest.microseconds), newest: Instant(microseconds: newest.microseconds),
                known: Int(known))
        }
    }

    /// Metadata, newest first, after a record of the page before.
    public static func list(
        _ filter: DeadLetterFilter, on connection: PostgresConnection, after: LedgerView.Rejected? = nil, limit: Int
    ) throws -> [LedgerView.Rejected] {
        try connection.query(DeadLetterSQL.list(filter, after: after, limit: min(limit, pageMax + 1)))
            .map(LedgerView.rejected)
    }

    /// Metadata of one; nil where there is none.
    public static func find(_ place: SourcePosition, on connection: PostgresConnection) throws -> LedgerView.Rejected? {
        try LedgerView.rejected(
            on: connection, topic: place.topic, partition: place.partition, offset: place.offset)
    }

    /// Breaks the glass: key and value, which can hold a person's data. The audit says who looked and why, in the same
    /// transaction; nil where there is no such record, and then nothing is noted.
    public static func body(
        of place: SourcePosition, by actor: String, because reason: String, on connection: PostgresConnection
    ) throws -> (key: [UInt8]?, value: [UInt8]?)? {
        do {
            return try connection.transaction { session in
                let content = try LedgerView.bodyOfRejected(
                    on: session, topic: place.topic, partition: place.partition, offset: place.offset)
                guard let content else { return nil }
                try AuditBook.append(
                    AuditNote(
                        actor: actor, action: .bodyView, object: "\(place)", detail: ["because": reason]), on: session)
                return content
            }
        } catch {
            throw error.postgres ?? error.cause
        }
    }

    /// Ends an open record without sending it again.
    /// - Returns: false where it is not open, or somebody else is at it.
    public static func discard(
        _ place: SourcePosition, by actor: String, because reason: String, on connection: PostgresConnection
    ) throws -> Bool {
        do {
            return try connection.transaction { session in
                guard let row = try session.query(DeadLetterSQL.take(place)).first else { return false }
                let code = try row.text(0)
                try settle(place, .discarded, on: session)
                try AuditBook.append(
                    AuditNote(
                        actor: actor, action: .discard, object: "\(place)",
                        detail: ["because": reason, "reason": code]), on: session)
                return true
            }
        } catch {
            throw error.postgres ?? error.cause
        }
    }

    /// The one place where a rejected record stops being open; whatever follows from that is done here, in the same
    /// transaction.
    static func settle(
        _ place: SourcePosition, _ state: DeadLetterFilter.State, on session: PostgresConnection
    ) throws {
        try session.execute(DeadLetterSQL.settle(place, state.rawValue))
        try RejectionEnds.note(
            topic: place.topic, partition: place.partition, offset: place.offset, isSentAgain: state == .redriven,
            on: session)
    }
}
