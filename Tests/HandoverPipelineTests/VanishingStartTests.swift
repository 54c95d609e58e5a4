import ExactlyOnceKafka
import Foundation
import HandoverPipeline
import LocalServers
import Logging
import Postgres
import Synchronization
import Testing

/// PostgreSQL goes away after the start has looked at it, and before the recorder has its connection.
@Suite("local broker: a server that vanishes while the hub starts")
struct VanishingStartTests {
    @Test(.timeLimit(.minutes(1))) func itEndsAsUnavailableNotAsADefect() throws {
        let bed = try TestBed.ownServers()
        let postgres = try #require(bed.ownPostgres)
        let test = try TestHub(bed: bed)
        let port = try #require(Int(bed.bootstrapServers.split(separator: ":").last ?? ""))
        let front = try Pacer(port: FreePort.next(), brokerPort: port)
        defer { front.stop() }
        // The start waits for its broker meanwhile.
        front.set(.silent)
        var settings = HubSettings(
            instance: "vanishing", topicPrefix: test.topics.prefix,
            kafka: try KafkaConfiguration(
                bootstrapServers: "127.0.0.1:\(front.port)",
                properties: ["receive.message.max.bytes": "1000000000"]),
            postgres: try PostgresConfiguration(url: test.databaseURL))
        settings.postgres.connectTimeout = .seconds(2)
        let log = LogKeeper()
        let hub = Hub(settings: settings, log: Logger(label: "test", factory: { _ in log.handler }))
        let ended = Mutex<(any Error)?>(nil)
        let done = DispatchSemaphore(value: 0)
        Thread.detachNewThread {
            do { try hub.run() } catch { ended.withLock { $0 = error } }
            done.signal()
        }
        let superuser = try PostgresConnection(PostgresConfiguration(url: postgres.superuserURL))
        let isLocked = try HubWait.until(20) {
            try !superuser.query("select 1 from pg_locks where locktype = 'advisory' and granted").isEmpty
        }
        #expect(isLocked)
        postgres.kill()
        front.set(.fair)
        #expect(done.wait(timeout: .now() + 40) == .success, "\(log.lines.suffix(10))")
        hub.stop()
        let failure = ended.withLock { $0 } as? HubFailure
        #expect(failure?.exitCode == 69, "\(String(describing: failure)): \(log.lines.suffix(10))")
    }
}
