import EventContracts
import ExactlyOnceKafka
import Foundation
import HandoverPipeline
import LocalServers
import Postgres
import Testing

/// A record that kills the process whenever it is recorded, under a supervisor that starts the hub again: a trigger
/// stops the recording of that one event where it is, and the test sends SIGKILL.
@Suite("local broker: a record that kills the process", .serialized)
struct PoisonTests {
    private static let lockKey = 47_114_711

    @Test func itIsRejectedAfterThreeAttemptsAloneAndEverybodyElseIsServed() throws {
        let test = try TestHub(bed: TestBed.ownServers())
        let superuser = try PostgresConnection(
            PostgresConfiguration(url: try #require(test.bed.ownPostgres).superuserURL))
        let crowd = Crowd(40, seed: 140)
        try test.register(crowd)
        let events = crowd.interleaved(seed: 140)
        let poison = crowd.people[3].events[2]
        try setTrap(test, poison.id)
        let hub = try HubProcess(test)
        try hub.start()
        defer { hub.kill() }
        #expect(hub.wait(20) { hub.get("/readyz")?.status == 200 })
        var kills = 0
        var restarts: [Double] = []
        try test.publish(events)
        while try test.query("select 1 from rejected where reason = 'POISON'").isEmpty, kills < 12 {
            guard let backend = try caught(superuser, hub) else { continue }
            hub.kill()
            kills += 1
            _ = try superuser.query("select pg_terminate_backend(\(backend))")
            let began = Date()
            try hub.start()
            #expect(hub.wait(20) { hub.get("/readyz")?.status == 200 })
            restarts.append(Date().timeIntervalSince(began))
        }
        #expect(try hub.wait(60) { try test.isDone(events.count) }, "\(hub.output.suffix(2_000))")
        print("poison: \(kills) kills; ready again after \(restarts.max() ?? 0) s at most")
        // Three starts without progress bring it under suspicion, three attempts alone refuse it.
        #expect(kills == HubLimits.idleStartsMax + HubLimits.attemptsMax)
        #expect(Array(try test.query("select 1 from rejected")).count == 1)
        #expect(try test.read(test.topics.rejected).map { $0.text("tg_reason") } == ["POISON"])
        #expect(try test.deliveryFaults() == [])
        let recorded: Int64 = try test.query(
            "select count(*) from event where type <> 'hub.timer.fired'"
        ).only()[0]
        #expect(recorded == Int64(events.count - 1), "everything but the one")
    }

    /// Recording this event waits under a lock that the test can see.
    private func setTrap(_ test: TestHub, _ event: UUID) throws {
        let server = try #require(test.bed.ownPostgres)
        let name = test.databaseURL.split(separator: "/").last ?? ""
        let cut = server.superuserURL.lastIndex(of: "/") ?? server.superuserURL.endIndex
        let connection = try PostgresConnection(
            PostgresConfiguration(url: server.superuserURL[..<cut] + "/" + String(name)))
        try connection.execute(
            """
            create function spring() returns trigger language plpgsql as $$
            begin
                perform pg_advisory_xact_lock(\(unsafeRaw: "\(PoisonTests.lockKey)"));
                perform pg_sleep(60);
                return new;
            end $$
            """)
        try connection.execute(
            """
            create trigger trap before insert on event for each row
            when (new.event_id = \(unsafeRaw: "'\(event.uuidString)'::uuid")) execute function spring()
            """)
    }

    /// The backend that records the event now; nil when all is done instead.
    private func caught(_ superuser: PostgresConnection, _ hub: HubProcess) throws -> Int32? {
        var backend: Int32?
        _ = try hub.wait(1) {
            backend = try Array(
                superuser.query(
                    """
                    select pid from pg_locks
                    where locktype = 'advisory' and objid = \(unsafeRaw: "\(PoisonTests.lockKey)") and granted limit 1
                    """
                )
            ).first.map { try $0[0] }
            return backend != nil
        }
        return backend
    }
}
