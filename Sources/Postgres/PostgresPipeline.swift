/// Statements queued for one network round trip, see ``PostgresConnection/pipeline(_:)``.
public final class PostgresPipeline {
    private(set) var steps: [PipelineStep] = []
    private var deliveries: [(PostgresRows) -> Void] = []

    init() {}

    /// Queues a statement whose rows are wanted.
    @discardableResult
    public func query(_ sql: SQL) -> PostgresPending<PostgresRows> { queue(sql, .work) { $0 } }

    /// Queues a statement of which only the number of rows is wanted.
    @discardableResult
    public func execute(_ sql: SQL) -> PostgresPending<Int> { queue(sql, .work) { $0.affected } }

    /// Queues BEGIN. Not inside ``PostgresConnection/transaction(_:_:)``, which sends its own.
    public func begin(_ isolation: PostgresIsolation = .readCommitted) {
        queue(isolation.begin, .begin) { _ in }
    }

    /// Queues COMMIT. The pipeline returns only if it took effect; otherwise the error's `outcome` tells.
    public func commit() { queue(PipelineStep.commit.sql, .commit) { _ in } }

    @discardableResult
    private func queue<Value>(
        _ sql: SQL, _ role: PipelineStep.Role, _ read: @escaping (PostgresRows) -> Value
    ) -> PostgresPending<Value> {
        let pending = PostgresPending<Value>(label: sql.label)
        steps.append(PipelineStep(sql: sql, role: role))
        deliveries.append { pending.value = read($0) }
        return pending
    }

    func deliver(_ results: [PostgresRows]) {
        for (deliver, rows) in zip(deliveries, results) { deliver(rows) }
    }
}

/// The result of a queued statement, there once the pipeline has returned.
public final class PostgresPending<Value> {
    fileprivate(set) var value: Value?
    private let label: String?

    init(label: String?) { self.label = label }

    /// The result. Throws kind `programming` while the pipeline has not run, or if it failed.
    public func get() throws(PostgresError) -> Value {
        guard let value else {
            throw .programming("the result is read before its pipeline has succeeded", statement: label)
        }
        return value
    }
}

extension PostgresConnection {
    /// Queues statements and runs them in **one** round trip:
    ///
    ///     let (lease, known) = try connection.pipeline { batch in
    ///         batch.begin()
    ///         let lease = batch.query(leaseCheck)
    ///         let known = batch.query(insertEvents)
    ///         return (lease, known)
    ///     }
    ///
    /// Nothing is sent before the closure returns, and nothing if it throws. BEGIN and COMMIT can be queued like any
    /// statement, together or in different pipelines; without them the pipeline is one transaction of its own. The
    /// first failing statement ends it: the server skips the rest, the error is thrown, and an open transaction is
    /// rolled back (inside ``transaction(_:_:)`` when the closure ends). Parameters and results may be megabytes.
    ///
    /// - Throws: ``PostgresError``, whose `outcome` tells whether a queued commit took effect; or the closure's error.
    @discardableResult
    public func pipeline<Result>(_ queue: (PostgresPipeline) throws -> Result) throws -> Result {
        let pipeline = PostgresPipeline()
        let result = try queue(pipeline)
        guard !pipeline.steps.isEmpty else { return result }
        if isInScope, pipeline.steps.contains(where: { $0.role == .begin }) {
            throw PostgresError.programming("begin() inside transaction { }, which begins by itself")
        }
        pipeline.deliver(try run(pipeline.steps))
        return result
    }
}
