import Foundation
import LocalServers
import Postgres
import Synchronization

/// The PostgreSQL that the tests share: the superuser database named by `THROUGHGATE_TEST_POSTGRES`, or else a private
/// server that ends with the test process (its files go when the next run sweeps). Each test works in a schema of its
/// own.
enum TestServer {
    private static let privateServer = Result { () throws -> PrivatePostgres in
        try PrivatePostgres.start(in: ServerFolder.fresh("postgres-tests").url)
    }

    static func url() throws -> String {
        if let named = ProcessInfo.processInfo.environment["THROUGHGATE_TEST_POSTGRES"] { return named }
        return try privateServer.get().superuserURL
    }

    /// A new, empty schema, as a configuration whose search path it is.
    static func configuration() throws -> PostgresConfiguration {
        let schema = "t" + UUID().uuidString.lowercased().filter { $0 != "-" }
        let owner = try PostgresConnection(PostgresConfiguration(url: url()))
        try owner.execute("create schema \(unsafeRaw: schema)")
        let separator = try url().contains("?") ? "&" : "?"
        return try PostgresConfiguration(url: url() + "\(separator)options=-c%20search_path%3D\(schema)")
    }

    static func connection() throws -> PostgresConnection { try PostgresConnection(configuration()) }
}

/// Polls until the condition holds or ten seconds have passed.
func eventually(_ condition: () throws -> Bool) rethrows -> Bool {
    let deadline = ContinuousClock.now + .seconds(10)
    while ContinuousClock.now < deadline {
        if try condition() { return true }
        Thread.sleep(forTimeInterval: 0.01)
    }
    return false
}

/// The error of a call that must fail.
func failure(_ body: () throws -> Void) -> PostgresError? {
    do {
        try body()
        return nil
    } catch let error as PostgresTransactionError {
        return error.postgres
    } catch {
        return error as? PostgresError
    }
}
