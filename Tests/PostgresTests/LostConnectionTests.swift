import Foundation
import LocalServers
import Postgres
import Synchronization
import Testing

@Suite("PostgreSQL: lost connections and the pool")
struct LostConnectionTests {
    private func end(_ pid: Int32?, _ configuration: PostgresConfiguration) throws {
        let killer = try PostgresConnection(configuration)
        try killer.execute("select pg_terminate_backend(\(pid))")
        let gone = try eventually { try killer.query("select 1 from pg_stat_activity where pid = \(pid)").isEmpty }
        #expect(gone)
    }

    @Test func `a session ended in the middle of a statement is lost, and reconnect brings it back`() throws {
        let connection = try TestServer.connection()
        let configuration = connection.configuration
        let pid = connection.backendProcessID
        let killer = Worker {
            guard let killer = try? PostgresConnection(configuration) else { return }
            let sleeping: () throws -> Bool = {
                try killer.query(
                    "select 1 from pg_stat_activity where pid = \(pid) and wait_event = 'PgSleep'"
                ).count == 1
            }
            guard (try? eventually(sleeping)) == true else { return }
            _ = try? killer.execute("select pg_terminate_backend(\(pid))")
        }
        let error = failure { _ = try connection.query(.named("sleep", "select pg_sleep(12)")) }
        #expect(killer.join())
        #expect(error?.kind == .connectionLost && error?.code == "57P01" && error?.recovery == .retry)
        #expect(error?.statement == "sleep" && error?.outcome == .unknown)
        #expect(!connection.isConnected)
        #expect(failure { try connection.execute("select 1") }?.code == "CONNECTION_CLOSED")
        try connection.reconnect()
        #expect(try connection.query("select \(1)").only()[0] as Int == 1)
    }

    @Test func `a session ended between two statements is a lost connection`() throws {
        let connection = try TestServer.connection()
        try end(connection.backendProcessID, connection.configuration)
        #expect(failure { try connection.execute("select 1") }?.kind == .connectionLost)
        #expect(failure { try connection.unsafeScript("select 1", labelled: "s") }?.kind == .connectionLost)
    }

    @Test func `the pool throws a broken connection away and opens another`() throws {
        let pool = PostgresPool(try TestServer.configuration(), connectionsMax: 2)
        let configuration = try TestServer.configuration()
        let first = try pool.withConnection { $0.backendProcessID }
        #expect(try pool.withConnection { $0.backendProcessID } == first)
        try end(first, configuration)
        #expect(failure { try pool.withConnection { _ = try $0.execute("select 1") } }?.kind == .connectionLost)
        #expect(try pool.withConnection { try $0.query("select 1").count } == 1)
        #expect(try pool.withConnection { $0.backendProcessID } != first)
    }

    @Test func `the pool rolls back what was left open`() throws {
        let pool = PostgresPool(try TestServer.configuration(), connectionsMax: 1)
        try pool.withConnection { try $0.execute("create table mark (number int)") }
        try pool.withConnection { connection in
            try connection.pipeline { batch in
                batch.begin()
                batch.execute("insert into mark values (1)")
            }
        }
        #expect(try pool.withConnection { try $0.query("select * from mark").count } == 0)
    }

    @Test func `the pool never opens more than its connections, and waiting has a bound`() throws {
        let pool = PostgresPool(try TestServer.configuration(), connectionsMax: 1, wait: .milliseconds(50))
        let error = failure {
            try pool.withConnection { _ in _ = try pool.withConnection { $0.isConnected } }
        }
        #expect(error?.code == "POOL_WAIT" && error?.kind == .timeout)

        let shared = PostgresPool(try TestServer.configuration(), connectionsMax: 2)
        let seen = Mutex<Set<Int32>>([])
        let workers = (0..<6).map { _ in
            Worker {
                for _ in 0..<20 {
                    let pid = try? shared.withConnection { connection in
                        _ = try connection.query("select 1")
                        return connection.backendProcessID
                    }
                    if let pid { seen.withLock { _ = $0.insert(pid) } }
                }
            }
        }
        for worker in workers { #expect(worker.join()) }
        #expect((1...2).contains(seen.withLock { $0.count }))
    }

    @Test func `a server standing still is given up, a killed one is lost, a restarted one serves again`() throws {
        let folder = try ServerFolder.fresh("postgres-outage")
        defer { folder.discard() }
        let server = try PrivatePostgres.start(in: folder.url)
        defer { server.kill() }
        var configuration = try PostgresConfiguration(url: server.url)
        configuration.statementTimeout = .milliseconds(200)
        configuration.answerGrace = .milliseconds(200)
        configuration.connectTimeout = .milliseconds(500)
        let connection = try PostgresConnection(configuration)
        server.pause()
        let silent = failure { try connection.execute("select 1") }
        let mute = failure { _ = try PostgresConnection(configuration) }
        server.resume()
        #expect(silent?.kind == .connectionLost && silent?.outcome == .unknown)
        #expect(mute?.kind == .cannotConnect && mute?.message.contains("no answer in time") == true)
        try connection.reconnect()
        #expect(try connection.query("select 1").count == 1)
        server.kill()
        #expect(failure { try connection.execute("select 1") }?.kind == .connectionLost)
        let refused = failure { try connection.reconnect() }
        #expect(refused?.kind == .cannotConnect && refused?.recovery == .retry)
        #expect(refused?.message.contains("connection refused") == true)
        try server.restart()
        configuration.connectTimeout = .seconds(5)
        #expect(try PostgresConnection(configuration).query("select 1").count == 1)
        try connection.reconnect()
    }
}
