import Foundation
import Postgres

/// An instance name belongs to one running process: a session advisory lock in PostgreSQL, held as long as the
/// connection lives. After a kill the server frees it as soon as it notices, so a restart waits a moment.
final class InstanceLock: @unchecked Sendable {
    private let connection: PostgresConnection
    private let lock = NSLock()
    private let key: Int64
    private let instance: String

    /// - Throws: ``HubFailure``: 69 when the server cannot be reached, 78 when the name is taken or the schema is not
    ///   this program's.
    init(_ settings: HubSettings) throws {
        instance = settings.instance
        do {
            connection = try PostgresConnection(settings.postgres)
            try InstanceLock.checkSchema(connection)
            key = try connection.query(LedgerSQL.instanceLockKey(settings.instance)).only()[0]
            let deadline = Date(timeIntervalSinceNow: 5)
            while try !connection.tryAdvisoryLock(key) {
                guard Date() < deadline else {
                    throw HubFailure(
                        .settings,
                        "hub.instance: a process named '\(settings.instance)' is running; give this one another name")
                }
                Thread.sleep(forTimeInterval: 0.1)
            }
        } catch let error as PostgresError {
            throw HubFailure(
                error.recovery == .retry ? .unavailable : .settings, "postgres.url: \(error.message) (\(error.code))")
        }
    }

    private static func checkSchema(_ connection: PostgresConnection) throws {
        let schema = try Migrator(LedgerMigrations.all).status(on: connection)
        guard !schema.isCurrent else { return }
        let remedy =
            schema.isNewerThanProgram
            ? "the database was migrated by a newer program; run that one" : "run `throughgate migrate` first"
        throw HubFailure(.settings, "postgres.url: the schema is not this program's; \(remedy)")
    }

    /// Takes the lock again when the connection was lost; false while the server is away.
    ///
    /// - Throws: ``HubFailure`` when another process took the name meanwhile.
    func renew() throws -> Bool {
        lock.lock()
        defer { lock.unlock() }
        if connection.isConnected, (try? connection.query("select 1")) != nil { return true }
        guard (try? connection.reconnect()) != nil else { return false }
        guard let taken = try? connection.tryAdvisoryLock(key) else { return false }
        guard taken else {
            throw HubFailure(.settings, "hub.instance: another process took the name '\(instance)'")
        }
        return true
    }
}
