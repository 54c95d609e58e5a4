import Foundation
import HandoverPipeline
import LocalServers
import Postgres
import Synchronization

/// One PostgreSQL for all tests of this process; each test has a database of its own, migrated.
/// `THROUGHGATE_TEST_POSTGRES` names a real one instead.
enum TestDatabase {
    private static let server = Result { () throws -> (PrivatePostgres?, String) in
        if let named = ProcessInfo.processInfo.environment["THROUGHGATE_TEST_POSTGRES"] { return (nil, named) }
        let server = try PrivatePostgres.start(in: ServerFolder.fresh("program-tests").url)
        return (server, server.superuserURL)
    }

    /// A connection to a new database, and its URL.
    static func fresh() throws -> (PostgresConnection, url: String) {
        let name = "tg_" + UUID().uuidString.prefix(8).lowercased()
        let superuser = try server.get().1
        try PostgresConnection(PostgresConfiguration(url: superuser)).execute("create database \(unsafeRaw: name)")
        let cut = superuser.lastIndex(of: "/") ?? superuser.endIndex
        let url = superuser[..<cut] + "/" + name
        let connection = try PostgresConnection(PostgresConfiguration(url: String(url)))
        _ = try Migrator(LedgerMigrations.all).apply(on: connection)
        return (connection, String(url))
    }
}
