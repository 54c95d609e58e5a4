import Foundation
import Postgres

/// What each statement cost the server, by its own count: where PostgreSQL's time goes.
enum StatementCosts {
    /// The server must have been started with these.
    static let settings = ["shared_preload_libraries": "pg_stat_statements", "pg_stat_statements.max": "1000"]

    private static let rowsMax = 30
    private static let textMax = 60

    /// Begins to count.
    static func begin(_ world: DemoWorld) throws {
        let connection = try superuser(world)
        try connection.execute("create extension if not exists pg_stat_statements")
        _ = try connection.query("select pg_stat_statements_reset()")
        _ = try connection.query("select pg_stat_reset_shared('wal')")
    }

    /// The dearest statements, each with microseconds, rows and bytes of log an event.
    static func lines(_ world: DemoWorld, events: Int) throws -> [String] {
        let rows = try superuser(world).query(
            """
            select query, calls, total_exec_time, rows, wal_bytes::int8 from pg_stat_statements
            order by total_exec_time desc limit \(Int64(rowsMax))
            """)
        var lines = ["  statement, µs an event, calls, rows an event, bytes of WAL an event"]
        for row in rows {
            let text = try row.text(0).split(whereSeparator: \.isWhitespace).joined(separator: " ")
            let micros = (try row[2] as Double) * 1000 / Double(events)
            let each = Double(try row[3] as Int64) / Double(events)
            let wal = Double(try row[4] as Int64) / Double(events)
            lines.append(
                String(format: "  %7.1f %6d %6.2f %7.0f  ", micros, try row[1] as Int64, each, wal)
                    + text.prefix(textMax))
        }
        return lines
    }

    private static func superuser(_ world: DemoWorld) throws -> PostgresConnection {
        try PostgresConnection(PostgresConfiguration(url: world.postgres.superuserURL))
    }
}
