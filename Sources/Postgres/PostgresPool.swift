import Dispatch
import Synchronization

/// A few connections shared by threads. Connections are opened when needed, kept, and replaced when broken.
public final class PostgresPool: Sendable {
    private let configuration: PostgresConfiguration
    private let wait: Duration
    private let places: DispatchSemaphore
    private let idle = Mutex<[IdleConnection]>([])

    /// A connection between two borrowers. `@unchecked Sendable`: it is in the list or with one thread, never both.
    private struct IdleConnection: @unchecked Sendable {
        let connection: PostgresConnection
    }

    /// - Parameters:
    ///   - connectionsMax: how many connections there may be at one time, at least 1.
    ///   - wait: how long a borrower waits for a free one.
    public init(
        _ configuration: PostgresConfiguration, connectionsMax: Int = PostgresLimits.poolConnectionsMax,
        wait: Duration = PostgresLimits.poolWait
    ) {
        self.configuration = configuration
        self.wait = wait
        places = DispatchSemaphore(value: max(1, connectionsMax))
    }

    /// Lends a connection to the closure; it must not leave it. Blocks the thread, so not for async code's threads.
    ///
    /// A transaction left open is rolled back on return, a broken connection is thrown away. An idle connection that
    /// died meanwhile (the server was restarted) is noticed by the statement that meets it: that call throws
    /// `connectionLost`, and the next one gets a new connection; nothing is repeated behind the caller's back.
    ///
    /// - Throws: the closure's error, or ``PostgresError``: `cannotConnect`, or `timeout` (code `POOL_WAIT`) when no
    ///   connection became free in time.
    @discardableResult
    public func withConnection<Result>(_ body: (PostgresConnection) throws -> Result) throws -> Result {
        guard places.wait(timeout: .now() + .milliseconds(Int(wait.wholeMilliseconds))) == .success else {
            throw PostgresError(
                code: "POOL_WAIT", kind: .timeout,
                message: "no connection became free within \(wait); too many at once, or one is stuck")
        }
        defer { places.signal() }
        let connection = try idle.withLock { $0.popLast() }?.connection ?? PostgresConnection(configuration)
        defer { keep(connection) }
        return try body(connection)
    }

    /// Closes the connections that nobody is using.
    public func closeIdle() {
        let closing = idle.withLock { list in
            defer { list = [] }
            return list
        }
        for place in closing { place.connection.close() }
    }

    private func keep(_ connection: PostgresConnection) {
        if connection.isInTransaction {
            do { try connection.rollback() } catch { connection.close() }
        }
        guard connection.isConnected else {
            // What broke one session (a restart, a failover) has most likely broken the others too.
            closeIdle()
            return
        }
        let place = IdleConnection(connection: connection)
        idle.withLock { $0.append(place) }
    }
}
