/// What went wrong at PostgreSQL, without any value that was sent, stored or read.
///
/// A server's own message, detail and context can quote values (a duplicate key, a string that is no number), so
/// none of them is kept. The text is made of the SQLSTATE, its condition name, names of tables, columns and
/// constraints, and the label of our own statement.
public struct PostgresError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The SQLSTATE (five characters, PostgreSQL's appendix A) or one of this module's own codes in capitals:
    /// `CANNOT_CONNECT`, `CONNECTION_LOST`, `CONNECTION_CLOSED`, `CONFIGURATION`, `POOL_WAIT`, `DECODING`,
    /// `PROGRAMMING`, `COMMIT_ROLLED_BACK`, `COPY_ROW`, `MIGRATION_CHANGED`, `MIGRATION_UNKNOWN`,
    /// `MIGRATION_OUT_OF_ORDER`, `MIGRATION_TRANSACTION`, `SCHEMA_NEWER`.
    public let code: String
    /// The same as a case to decide by.
    public let kind: Kind
    /// What happened, where, and the remedy where it is known.
    public let message: String
    /// The label of the statement, see ``SQL/labelled(_:)``.
    public let statement: String?
    /// What is known about the transaction that the statement belonged to.
    public internal(set) var outcome = Outcome.notCommitted
    /// Set by ``PostgresConnection/copyIn(table:columns:rows:encode:)``: the row that was refused, from 1.
    public internal(set) var row: Int?

    /// What an error is about, as far as a decision can depend on it.
    public enum Kind: Hashable, Sendable {
        /// No server, or one that takes no connections now (starting, stopping, full, read-only after a failover).
        case cannotConnect
        /// There was a connection and it is gone (also when the server ended it: 57P01, 25P03 …).
        case connectionLost
        /// The server does not accept who we say we are.
        case authentication
        /// The role may not do this.
        case permission
        /// A constraint refused a row; the name is the constraint's (for NOT NULL the column's).
        case constraint(name: String)
        /// A value the server cannot take (SQLSTATE class 22): out of range, not a number, a zero byte in text.
        case invalidValue
        /// Two transactions were in each other's way; the same again can succeed.
        case serializationOrDeadlock
        /// A statement, a lock or a free connection took longer than its limit.
        case timeout
        /// Memory, disk or another limit of the server is exhausted.
        case resources
        /// A table, column, function, schema or database is missing.
        case undefinedObject
        /// A statement or its use is wrong: only a change of the program helps.
        case programming
        /// A prepared statement no longer fits the schema; it is prepared again on the next call.
        case statementInvalidated
        /// The transaction had already failed; whatever was asked of it was not done.
        case transactionAborted
        /// A column does not have the type it is read as.
        case decoding
        /// A setting cannot be used.
        case configuration
        /// The schema of the database and the migrations of this program do not agree.
        case migration
        /// Anything else, internal errors of the server included.
        case other
    }

    /// What to do with the work in hand.
    public enum Recovery: Hashable, Sendable {
        /// Wait, reconnect where needed, and do the same again.
        case retry
        /// This piece of work cannot succeed as it is (a row is refused); other work can go on.
        case abort
        /// Nothing more can succeed until a person has looked.
        case stop
    }

    /// Whether the work of the failed call took effect.
    public enum Outcome: Hashable, Sendable {
        /// Nothing of the transaction took effect.
        case notCommitted
        /// The connection went while a commit was under way: it may or may not have taken effect.
        case unknown
        /// A commit earlier in the same pipeline took effect; what followed it did not.
        case committed
    }

    /// Retry, abort or stop; what is not known means stop.
    public var recovery: Recovery {
        switch kind {
        case .cannotConnect, .connectionLost, .serializationOrDeadlock, .timeout, .resources, .statementInvalidated:
            .retry
        case .constraint, .invalidValue, .transactionAborted: .abort
        case .authentication, .permission, .undefinedObject, .programming, .decoding, .configuration, .migration,
            .other:
            .stop
        }
    }

    public var description: String {
        let place = statement.map { " in \($0)" } ?? ""
        let doubt = outcome == .unknown ? " (outcome unknown)" : ""
        return "\(code)\(place): \(message)\(doubt)"
    }

    package init(
        code: String, kind: Kind, message: String, statement: String? = nil, outcome: Outcome = .notCommitted,
        row: Int? = nil
    ) {
        self.code = code
        self.kind = kind
        self.message = message
        self.statement = statement
        self.outcome = outcome
        self.row = row
    }
}

extension PostgresError {
    static func configuration(_ message: String) -> PostgresError {
        PostgresError(code: "CONFIGURATION", kind: .configuration, message: message)
    }

    static func programming(_ message: String, statement: String? = nil) -> PostgresError {
        PostgresError(code: "PROGRAMMING", kind: .programming, message: message, statement: statement)
    }

    static func connectionLost(_ message: String, statement: String? = nil) -> PostgresError {
        PostgresError(code: "CONNECTION_LOST", kind: .connectionLost, message: message, statement: statement)
    }

    static let connectionClosed = PostgresError(
        code: "CONNECTION_CLOSED", kind: .connectionLost,
        message: "the connection was lost or closed earlier; call reconnect() before using it again")
}
