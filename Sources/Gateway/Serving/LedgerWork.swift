import NIOPosix
import Postgres
import Synchronization

/// Runs what waits for PostgreSQL on a few threads of its own, never on an event loop's. What would wait too long is
/// refused at once.
final class LedgerWork: Sendable {
    fileprivate let threads: NIOThreadPool
    private let pool: PostgresPool
    private let waiting = Atomic(0)
    private let waitingMax: Int

    init(
        _ configuration: PostgresConfiguration, waitingMax: Int = GatewayLimits.ledgerWaitingMax,
        threads count: Int = GatewayLimits.ledgerThreads
    ) {
        self.waitingMax = waitingMax
        threads = NIOThreadPool(numberOfThreads: count)
        pool = PostgresPool(configuration, connectionsMax: count)
        threads.start()
    }

    /// - Throws: ``Problem/busy`` when too many wait already; otherwise what the closure throws.
    func run<Result: Sendable>(
        _ body: @escaping @Sendable (PostgresConnection) throws -> Result
    ) async throws -> Result {
        let before = waiting.wrappingAdd(1, ordering: .relaxed).oldValue
        defer { waiting.wrappingSubtract(1, ordering: .relaxed) }
        guard before < waitingMax else { throw Problem.busy }
        return try await threads.runIfActive { [pool] in
            do {
                return try pool.withConnection(body)
            } catch let error as PostgresError where error.kind == .connectionLost {
                // An idle connection that died meanwhile is noticed by the statement that meets it. Reads, and writes
                // that may be done twice.
                return try pool.withConnection(body)
            }
        }
    }

    func stop() {
        threads.shutdownGracefully { _ in }
        pool.closeIdle()
    }
}

extension LedgerWork {
    /// Runs what takes long without PostgreSQL on the same threads.
    func apart<Result: Sendable>(_ body: @escaping @Sendable () throws -> Result) async throws -> Result {
        try await threads.runIfActive(body)
    }
}
