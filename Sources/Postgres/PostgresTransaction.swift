/// How much of other transactions one sees (PostgreSQL documentation, chapter 13.2).
public enum PostgresIsolation: Sendable {
    case readCommitted, repeatableRead, serializable

    var begin: SQL {
        switch self {
        case .readCommitted: .named("begin", "begin isolation level read committed")
        case .repeatableRead: .named("begin", "begin isolation level repeatable read")
        case .serializable: .named("begin", "begin isolation level serializable")
        }
    }
}

/// Why a transaction did not end well. Begin, closure, commit and rollback are different facts.
public struct PostgresTransactionError: Error, CustomStringConvertible {
    /// Where it failed.
    public enum Phase: Hashable, Sendable {
        /// BEGIN was refused: the closure's work never reached the server.
        case begin
        /// The closure threw (a statement's error or its own).
        case closure
        /// COMMIT was refused or not answered; see `outcome`.
        case commit
    }

    public let phase: Phase
    /// The error of that phase.
    public let cause: any Error
    /// Set if the rollback after it failed too; the connection is then closed and the server rolls back by itself.
    public let rollbackFailure: PostgresError?
    /// `notCommitted`, or `unknown` when the connection went while COMMIT was under way.
    public let outcome: PostgresError.Outcome

    /// The cause, where PostgreSQL (not the closure's own code) is the reason.
    public var postgres: PostgresError? { cause as? PostgresError }

    /// What to do with the work: the cause's recovery; an error of the closure's own is `stop`.
    public var recovery: PostgresError.Recovery { postgres?.recovery ?? .stop }

    public var description: String {
        // An error of the closure's own may say anything: only its type is shown.
        let reason = postgres?.description ?? "\(type(of: cause)) was thrown"
        let after = rollbackFailure.map { "; rollback failed too: \($0)" } ?? ""
        return "transaction failed in its \(phase): \(reason)\(after)"
    }
}

extension PostgresConnection {
    /// Whether a closure-scoped transaction is under way.
    var isInScope: Bool {
        if case .none = scope { false } else { true }
    }

    /// Runs the closure inside a transaction: committed when it returns, rolled back when it throws.
    ///
    /// BEGIN travels with the closure's first statement or pipeline. The closure may end its last pipeline with
    /// `commit()` to save the commit's round trip; any statement after that throws. It receives this connection. A
    /// closure that sends nothing costs nothing.
    ///
    /// - Throws: ``PostgresTransactionError``. With `outcome == .unknown` the work may have been done: look before
    ///   doing it again.
    @discardableResult
    public func transaction<Result>(
        _ isolation: PostgresIsolation = .readCommitted, _ body: (PostgresConnection) throws -> Result
    ) throws(PostgresTransactionError) -> Result {
        guard !isInScope, !isInTransaction else {
            throw PostgresTransactionError(
                phase: .begin, cause: PostgresError.programming("a transaction is already open on this connection"),
                rollbackFailure: nil, outcome: .notCommitted)
        }
        scope = .announced(begin: isolation.begin)
        defer { scope = .none }
        let result: Result
        do {
            result = try body(self)
        } catch {
            throw abandoned(error)
        }
        do throws(PostgresError) {
            switch scope {
            case .announced, .ended: return result  // nothing was sent, or the last pipeline held the commit
            case .begun: _ = try run([.commit])
            case .broken(let failure): throw failure
            case .none: throw PostgresError.connectionClosed  // lost (or reconnected) inside the closure
            }
        } catch {
            throw PostgresTransactionError(
                phase: .commit, cause: error, rollbackFailure: nil, outcome: error.outcome)
        }
        return result
    }

    private func abandoned(_ error: any Error) -> PostgresTransactionError {
        let outcome = (error as? PostgresError)?.outcome ?? .notCommitted
        let phase: PostgresTransactionError.Phase
        if (error as? PostgresError)?.statement == "begin" {
            phase = .begin
        } else {
            phase = (error as? PostgresError)?.statement == "commit" || outcome == .unknown ? .commit : .closure
        }
        guard isInTransaction else {
            return PostgresTransactionError(phase: phase, cause: error, rollbackFailure: nil, outcome: outcome)
        }
        var failure: PostgresError?
        do {
            _ = try run([.rollback])
        } catch {
            failure = error
            close()
        }
        return PostgresTransactionError(phase: phase, cause: error, rollbackFailure: failure, outcome: outcome)
    }
}
