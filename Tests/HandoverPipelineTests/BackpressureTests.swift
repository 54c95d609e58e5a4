import EventContracts
import Foundation
import HandoverPipeline
import LocalServers
import Testing

/// The memory that `Bounds` in the documentation promises, on a real process.
@Suite("local broker: PostgreSQL away under a burst", .serialized)
struct BackpressureTests {
    /// What a hub takes at most, in MiB.
    private static let cap = 256

    @Test func tenTimesTheLoadWhilePostgreSQLIsAwayStaysBelowTheCapAndIsDeliveredAfterwards() throws {
        let test = try TestHub(bed: TestBed.ownServers())
        let server = try #require(test.bed.ownPostgres)
        let crowd = Crowd(900, seed: 130)
        try test.register(crowd)
        let events = crowd.interleaved(seed: 130)
        let calm = events.count / 10
        let hub = try HubProcess(test)
        try hub.start()
        defer { hub.kill() }
        #expect(hub.wait(20) { hub.get("/readyz")?.status == 200 })
        // Ten slices at leisure, then nine times as much at once.
        for slice in 0..<10 {
            try test.publish(Array(events[(slice * calm / 10)..<((slice + 1) * calm / 10)]))
            Thread.sleep(forTimeInterval: 0.2)
        }
        let before = hub.mebibytes("VmHWM")
        try server.stop()
        try test.publish(Array(events[calm...]))
        #expect(hub.wait(20) { hub.saysItWaits(for: "postgres") })
        // Time to fetch what it will ever fetch.
        let began = Date()
        while Date().timeIntervalSince(began) < 4 { Thread.sleep(forTimeInterval: 0.2) }
        let away = hub.mebibytes("VmHWM")
        try server.restart()
        #expect(try hub.wait(90) { try test.isDone(events.count) }, "\(hub.output.suffix(2_000))")
        let peak = hub.mebibytes("VmHWM")
        print("backpressure: \(events.count) events; peak \(before) MiB before, \(away) away, \(peak) in the end")
        #expect(before > 0 && peak < BackpressureTests.cap)
        #expect(hub.stop().code == 0)
        #expect(try test.deliveryFaults() == [])
        try crowd.check(test)
    }
}
