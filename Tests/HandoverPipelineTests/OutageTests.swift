import ExactlyOnceKafka
import Foundation
import HandoverPipeline
import HandoverRules
import LocalServers
import Testing

@Suite("local broker: servers that go away under load", .serialized)
struct OutageTests {
    /// Publishes a crowd in slices, does something in the middle, and checks that everything arrives once.
    private func ride(seed: UInt64, _ outage: (TestHub, HubProcess, () throws -> Void) throws -> Void) throws {
        print("outage test: seed \(seed)")
        let test = try TestHub(bed: TestBed.ownServers())
        let crowd = Crowd(200, seed: seed)
        try test.register(crowd)
        var rest = crowd.interleaved(seed: seed)[...]
        let hub = try HubProcess(test)
        try hub.start()
        let ready = hub.wait(15) { hub.get("/readyz")?.status == 200 }
        #expect(ready)
        try test.publish(Array(rest.prefix(400)))
        rest = rest.dropFirst(400)
        try outage(test, hub) {
            try test.publish(Array(rest.prefix(400)))
            rest = rest.dropFirst(400)
        }
        try test.publish(Array(rest))
        let done = try hub.wait(60) { try test.isDone(crowd.people.reduce(0) { $0 + $1.events.count }) }
        #expect(done, "seed \(seed): \(hub.output.suffix(3_000))")
        #expect(hub.stop().code == 0)
        #expect(try test.deliveryFaults() == [], "seed \(seed)")
        try crowd.check(test)
    }

    @Test func whilePostgreSQLIsAwayTheHubWaitsSaysSoAndGoesOn() throws {
        try ride(seed: 41) { test, hub, publish in
            let server = try #require(test.bed.ownPostgres)
            try server.stop()
            try publish()
            let waits = hub.wait(15) { hub.saysItWaits(for: "postgres") }
            #expect(waits)
            let before = Date()
            // The server stays away for 20 seconds, as long as a restart of a real one may take.
            while Date().timeIntervalSince(before) < 20 { Thread.sleep(forTimeInterval: 0.2) }
            #expect(hub.isRunning)
            try server.restart()
            let ready = hub.wait(30) { hub.get("/readyz")?.status == 200 }
            #expect(ready)
            let lines = hub.output.split(separator: "\n").filter { $0.contains("part=postgres") }
            #expect(lines.count <= 6, "one line per change of state, not per attempt: \(lines.count)")
        }
    }

    @Test func whileTheBrokerIsAwayTheHubWaitsSaysSoAndGoesOn() throws {
        try ride(seed: 42) { test, hub, publish in
            let broker = try #require(test.bed.ownBroker)
            try broker.stop()
            let waits = hub.wait(30) { hub.saysItWaits(for: "kafka") }
            #expect(waits)
            #expect(hub.isRunning)
            try broker.restart()
            try publish()
            let ready = hub.wait(60) { hub.get("/readyz")?.status == 200 }
            #expect(ready)
        }
    }
}
