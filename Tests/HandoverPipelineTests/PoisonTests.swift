import EventContracts
import ExactlyOnceKafka
import FaultTrials
import Foundation
import HandoverPipeline
import LocalServers
import Postgres
import Testing

/// A record that kills the process whenever it is recorded, under a supervisor that starts the hub again: a trigger
/// stops the recording of that one event where it is, and the test sends SIGKILL.
@Suite("local broker: a record that kills the process", .serialized)
struct PoisonTests {
    @Test func itIsRejectedAfterThreeAttemptsAloneAndEverybodyElseIsServed() throws {
        let test = try TestHub(bed: TestBed.ownServers())
        let crowd = Crowd(40, seed: 140)
        try test.register(crowd)
        let events = crowd.interleaved(seed: 140)
        let poison = crowd.people[3].events[2]
        let trap = try PoisonTrap(poison.id, superuser(of: test))
        let hub = try HubProcess(test)
        try hub.start()
        defer { hub.kill() }
        #expect(hub.wait(20) { hub.get("/readyz")?.status == 200 })
        var kills = 0
        var restarts: [Double] = []
        try test.publish(events)
        while try test.query("select 1 from rejected where reason = 'POISON'").isEmpty, kills < 12 {
            guard let backend = try caught(trap, hub) else { continue }
            hub.kill()
            kills += 1
            try trap.release(backend)
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

    /// The backend that records the event now; nil when none does for a second.
    private func caught(_ trap: PoisonTrap, _ hub: HubProcess) throws -> Int32? {
        var backend: Int32?
        _ = try hub.wait(1) {
            backend = try trap.caught()
            return backend != nil
        }
        return backend
    }

    private func superuser(of test: TestHub) throws -> PostgresConnection {
        let server = try #require(test.bed.ownPostgres)
        let name = test.databaseURL.split(separator: "/").last ?? ""
        return try PostgresConnection(PostgresConfiguration(url: server.superuserURL(database: String(name))))
    }
}
