import CLibpq

/// One session at PostgreSQL, owned by one thread. Every call blocks until the server has answered or a bound has
/// passed; the deinit closes the session (the server then rolls back what was open).
///
/// After a lost connection every call throws kind `connectionLost` until ``reconnect()`` has succeeded. After any
/// other error the connection is usable: outside ``transaction(_:_:)`` an open transaction that failed is rolled back
/// before the error is thrown; inside, when the closure ends.
public final class PostgresConnection {
    public let configuration: PostgresConfiguration
    var link: ServerLink?
    var cache = StatementCache()
    var scope = Scope.none
    /// Overrides the silence bound while a migration raises the server's own limits.
    var statementTimeout: Duration?

    /// What ``transaction(_:_:)`` is waiting for.
    enum Scope {
        case none
        /// BEGIN goes out with the first statement, in the same round trip.
        case announced(begin: SQL)
        case begun
        /// The closure's own pipeline has committed or rolled back; nothing may follow.
        case ended
        /// The closure's own commit failed: the closure must not end as if it had succeeded.
        case broken(PostgresError)
    }

    /// Connects. Throws ``PostgresError`` of kind `cannotConnect`, `authentication` or `configuration`.
    public init(_ configuration: PostgresConfiguration) throws(PostgresError) {
        self.configuration = configuration
        statementTimeout = configuration.statementTimeout
        link = try ServerLink(connectingTo: configuration)
    }

    /// Whether the session exists as far as is known; a dead server is only noticed when it is spoken to.
    public var isConnected: Bool { link.map { !$0.isLost } ?? false }

    /// Whether a transaction is open, failed ones included.
    public var isInTransaction: Bool { link.map { $0.transaction != .none } ?? false }

    /// The server's process for this session (`pg_stat_activity.pid`).
    public var backendProcessID: Int32? { link.map { PQbackendPID($0.conn) } }

    /// The server's version, such as 150020 for 15.20.
    public var serverVersion: Int32? { link.map { PQserverVersion($0.conn) } }

    /// Closes the session, if there is one, and opens a new one: no transaction, no advisory lock, no prepared
    /// statement survives. For the long-lived owner of a connection, after `connectionLost`.
    public func reconnect() throws(PostgresError) {
        close()
        link = try ServerLink(connectingTo: configuration)
    }

    /// Ends the session. What was not committed is rolled back by the server.
    public func close() {
        link = nil
        cache = StatementCache()
        scope = .none
    }

    /// Runs a statement and returns its rows.
    public func query(_ sql: SQL) throws(PostgresError) -> PostgresRows {
        let results = try run([PipelineStep(sql: sql, role: .work)])
        return results[0]
    }

    /// Runs a statement and returns how many rows it changed (or returned).
    @discardableResult
    public func execute(_ sql: SQL) throws(PostgresError) -> Int { try query(sql).affected }

    /// Rolls back the open transaction, if any. For a caller that opened it in a pipeline and gives up.
    public func rollback() throws(PostgresError) {
        guard isInTransaction else { return }
        _ = try run([.rollback])
    }

    /// Runs steps in one round trip. Whatever fails, the connection is in step with the server again or closed.
    func run(_ steps: [PipelineStep]) throws(PostgresError) -> [PostgresRows] {
        guard let link, !link.isLost else {
            close()
            throw .connectionClosed
        }
        switch scope {
        case .ended, .broken: throw .programming("a statement after the end of its transaction")
        case .none, .announced, .begun: break
        }
        var begin: [PipelineStep] = []
        if case .announced(let sql) = scope { begin = [PipelineStep(sql: sql, role: .begin)] }
        let all = begin + steps
        try checkLimits(all)
        let openBefore = link.transaction != .none
        var pipeline = PipelineRun(link: link, steps: all, silence: silence(statements: all.count))
        var failure: PostgresError?
        do {
            try pipeline.run(&cache)
            failure = pipeline.failure
        } catch {
            failure = error
            self.link = nil
        }
        if link.isLost { self.link = nil }
        guard var failure else {
            advanceScope(all)
            return Array(pipeline.results.dropFirst(begin.count))
        }
        if failure.outcome == .notCommitted {
            failure.outcome = PipelineStep.outcome(
                of: all, answered: pipeline.results.count, connectionIsLost: self.link == nil, openBefore: openBefore)
        }
        afterFailure(failure, begun: pipeline.results.count >= begin.count)
        throw failure
    }

    private func advanceScope(_ steps: [PipelineStep]) {
        guard isInScope else { return }
        let ends = steps.contains { $0.role == .commit || $0.role == .rollback }
        scope = ends ? .ended : .begun
    }

    /// Leaves no failed transaction behind, except for the scope that is going to roll it back itself.
    private func afterFailure(_ failure: PostgresError, begun: Bool) {
        guard let link else { return close() }
        if case .announced = scope, begun { scope = .begun }
        if case .begun = scope, link.transaction == .none { scope = .broken(failure) }
        guard !isInScope, link.transaction == .failed else { return }
        var pipeline = PipelineRun(link: link, steps: [.rollback], silence: silence(statements: 1))
        do {
            try pipeline.run(&cache)
        } catch {
            close()
        }
        if pipeline.failure != nil { close() }
    }

    private func checkLimits(_ steps: [PipelineStep]) throws(PostgresError) {
        guard steps.count <= PostgresLimits.pipelineStatementsMax else {
            throw .programming(
                "\(steps.count) statements in one pipeline: the limit is \(PostgresLimits.pipelineStatementsMax)")
        }
        for step in steps {
            guard step.sql.arguments.count <= PostgresLimits.parametersMax else {
                throw .programming("more than \(PostgresLimits.parametersMax) parameters", statement: step.sql.label)
            }
        }
        guard steps.reduce(0, { $0 + $1.sql.arguments.bytes.count }) <= PostgresLimits.parameterBytesMax else {
            throw .programming("more than \(PostgresLimits.parameterBytesMax) bytes of parameters in one pipeline")
        }
    }

    /// Each statement may take its timeout before the first byte of its answer is seen.
    func silence(statements: Int) -> Duration? {
        statementTimeout.map { $0 * max(1, statements) + configuration.answerGrace }
    }
}

extension PipelineStep {
    static var rollback: PipelineStep { PipelineStep(sql: SQL.named("rollback", "rollback"), role: .rollback) }
    static var commit: PipelineStep { PipelineStep(sql: SQL.named("commit", "commit"), role: .commit) }
}
