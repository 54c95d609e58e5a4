import Postgres
import Synchronization
import Testing

@Suite("PostgreSQL: migrations")
struct MigratorTests {
    let connection: PostgresConnection
    let first = Migration(number: 1, name: "event", sql: "create table event (id int); create index on event (id);")
    let second = Migration(number: 2, name: "person", sql: "create table person (id int);")

    init() throws { connection = try TestServer.connection() }

    private func tables() throws -> [String] {
        try connection.query(
            """
            select relname from pg_class where relnamespace = current_schema()::regnamespace and relkind = 'r'
            order by 1
            """
        ).map { try $0.text(0) }
    }

    @Test func `migrations are applied once, in order, and recorded`() throws {
        let migrator = try Migrator([second, first])
        #expect(try migrator.status(on: connection).pending == [first, second])
        #expect(try tables() == [])
        #expect(try migrator.apply(on: connection) == [first, second])
        #expect(try migrator.apply(on: connection) == [])
        let status = try migrator.status(on: connection)
        #expect(status.isCurrent && status.applied.map(\.name) == ["event", "person"])
        #expect(status.applied[0].at.microseconds > 1_700_000_000_000_000)
        #expect(try tables() == ["event", "person", "schema_migration"])
    }

    @Test func `a migration that fails leaves nothing of itself and what came before it`() throws {
        let bad = Migration(number: 2, name: "bad", sql: "create table half (id int);\ninsert into half values ('x');")
        let error = failure { _ = try Migrator([first, bad]).apply(on: connection) }
        #expect(error?.statement == "migration 2 bad" && error?.message.contains("(line 2)") == true)
        #expect(try tables() == ["event", "schema_migration"])
        #expect(try Migrator([first, second]).apply(on: connection) == [second])
    }

    @Test func `a text changed after it was applied is named, and nothing is done`() throws {
        _ = try Migrator([first]).apply(on: connection)
        let changed = Migration(number: 1, name: "event", sql: first.sql + " ")
        let migrator = try Migrator([changed, second])
        #expect(try migrator.status(on: connection).changed == [changed])
        let error = failure { _ = try migrator.apply(on: connection) }
        #expect(error?.code == "MIGRATION_CHANGED" && error?.kind == .migration)
        #expect(error?.message.contains("migration 1 event") == true)
        #expect(try tables() == ["event", "schema_migration"])
    }

    @Test func `a database newer than the program is recognised`() throws {
        _ = try Migrator([first, second]).apply(on: connection)
        let older = try Migrator([first])
        let status = try older.status(on: connection)
        #expect(status.isNewerThanProgram && status.unknown == [2] && !status.isCurrent)
        #expect(failure { _ = try older.apply(on: connection) }?.code == "SCHEMA_NEWER")
    }

    @Test func `a number below what is applied, twice the same, or below one is refused`() throws {
        _ = try Migrator([second]).apply(on: connection)
        let error = failure { _ = try Migrator([first, second]).apply(on: connection) }
        #expect(error?.code == "MIGRATION_OUT_OF_ORDER")
        #expect(failure { _ = try Migrator([first, first]) }?.kind == .programming)
        #expect(failure { _ = try Migrator([Migration(number: 0, name: "x", sql: "")]) }?.kind == .programming)
    }

    @Test func `a migration that ends its own transaction is refused`() throws {
        let commit = Migration(number: 1, name: "commits", sql: "create table loose (id int); commit;")
        #expect(failure { _ = try Migrator([commit]).apply(on: connection) }?.code == "MIGRATION_TRANSACTION")
        #expect(!connection.isInTransaction)
        #expect(try connection.query("select 1").count == 1)
    }

    @Test func `several programs migrating at once apply each migration once`() throws {
        let all = (1...8).map { Migration(number: $0, name: "m\($0)", sql: "create table m\($0) (id int)") }
        let configuration = connection.configuration
        let applied = Mutex<[Int]>([])
        let failures = Mutex<[String]>([])
        let workers = (0..<4).map { _ in
            Worker {
                do {
                    let own = try Migrator(all).apply(on: PostgresConnection(configuration))
                    applied.withLock { $0 += own.map(\.number) }
                } catch {
                    failures.withLock { $0.append("\(error)") }
                }
            }
        }
        for worker in workers { #expect(worker.join()) }
        #expect(failures.withLock { $0 } == [])
        #expect(applied.withLock { $0.sorted() } == Array(1...8))
    }
}
