import Foundation
import HandoverPipeline
import HandoverRules
import Postgres
import Testing

@Suite("local broker: leases", .serialized)
struct LeaseTests {
    @Test(arguments: [HubClock.system, .events])
    func aHubWhoseLeasesAreTakenRecordsNothingUntilTheOtherIsGoneAndNothingIsLostOrRepeated(clock: HubClock) throws {
        let test = try TestHub(clock: clock)
        let crowd = Crowd(24, seed: 91)
        try test.register(crowd)
        let events = crowd.interleaved(seed: 91)
        try test.publish(Array(events.prefix(80)))
        try test.start()
        defer { test.stop() }
        #expect(try HubWait.until(20) { try test.isDone(80) })
        // Another instance holds everything under a higher epoch; its name is locked, as a running one's is.
        let other = try PostgresConnection(PostgresConfiguration(url: test.databaseURL))
        _ = try other.query("select pg_advisory_lock(hashtextextended('throughgate-instance:two', 0))")
        _ = try other.query(
            """
            update partition_lease
            set generation = generation + 1000, start_count = start_count + 1, instance = 'two'
            """)
        // Partitions that nobody had touched are nobody's: those it may take.
        let others: SQL = """
            select count(*)::int8 from event e join partition_lease l using (topic, partition) where l.instance = 'two'
            """
        let before: Int64 = try test.query(others).only()[0]
        try test.publish(Array(events.dropFirst(80)))
        #expect(HubWait.until(20) { test.log.count(of: "lease held elsewhere") == 1 })
        let stays =
            !(try HubWait.until(2) {
                try test.query(others).only()[0] as Int64 > before
            })
        #expect(stays, "it recorded under a lease that is not its own")
        _ = try other.query("select pg_advisory_unlock_all()")
        #expect(try HubWait.until(30) { try test.isDone(crowd.eventCount) }, "\(test.log.lines)")
        #expect(try test.deliveryFaults() == [])
        try crowd.check(test)
    }
}
