import ExactlyOnceKafka
import Foundation
import HandoverPipeline
import HandoverRules
import Postgres
import Testing

@Suite("local broker: records that come again", .serialized)
struct RedeliveryTests {
    /// A hub that has recorded and published a crowd's stories, and has stopped in order.
    private func finished(_ people: Int, seed: UInt64, clock: HubClock = .system) throws -> (TestHub, Crowd) {
        print("redelivery test: seed \(seed)")
        let test = try TestHub(clock: clock)
        let crowd = Crowd(people, seed: seed)
        try test.register(crowd)
        try test.run(crowd.interleaved(seed: seed), total: crowd.eventCount)
        return (test, crowd)
    }

    @Test func whatWasRecordedAndNotPublishedGoesOutAsItWasDecidedWhateverTheRegistersSayNow() throws {
        let (test, crowd) = try finished(24, seed: 71)
        let first = try test.seen().map { ($0.record.text("ce_id"), $0.record.value ?? []) }
        // As after a crash between the two commits: recorded, and no offset committed.
        try test.change("update partition_lease set published_through = -1, idle_starts = 0")
        try test.change("update provider set nasal_stocked = not nasal_stocked")
        try test.change("update person set name = 'Canary Other', date_of_birth = '1970-01-01'")
        try test.change("update register_version set version = version + 1")
        test.group = "again"
        try test.run([], total: crowd.eventCount)
        let all = try test.seen().map { ($0.record.text("ce_id"), $0.record.value ?? []) }
        #expect(!first.isEmpty)
        #expect(all.count == 2 * first.count)
        let bodies = Dictionary(grouping: all, by: \.0).mapValues { $0.map(\.1) }
        for (id, body) in first { #expect(bodies[id] == [body, body], "\(id)") }
    }

    @Test(arguments: [HubClock.system, .events])
    func offsetsResetToTheBeginningPublishNothingASecondTime(clock: HubClock) throws {
        let (test, crowd) = try finished(24, seed: 72, clock: clock)
        let before = try test.seen().count
        test.group = "again"
        try test.run([], total: crowd.eventCount)
        #expect(try test.seen().count == before)
        #expect(try test.deliveryFaults() == [])
        // Timers that fired are events as well.
        let events: Int64 = try test.query("select count(*)::int8 from event").only()[0]
        #expect(test.outcomes["redelivered"] == Int(events))
        #expect(test.outcomes.count == 1)
    }

    @Test(arguments: [HubClock.system, .events])
    func aLedgerBehindKafkaStopsThatPartitionByNameAndTheOthersGoOn(clock: HubClock) throws {
        let (test, _) = try finished(24, seed: 73, clock: clock)
        let rows = try test.query(
            "select topic, partition, recorded_through from partition_lease order by recorded_through desc limit 1")
        let row = try #require(Array(rows).first)
        let source = TopicPartition(try row[0], try row[1]), last: Int64 = try row[2]
        #expect(last >= 2)
        try test.change(
            """
            update partition_lease set recorded_through = 0, published_through = -1
            where topic = \(source.topic) and partition = \(source.partition)
            """)
        let later = Crowd(24, seed: 730)
        try test.publish(later.interleaved(seed: 730))
        try test.start()
        defer { test.stop() }
        let others = try HubWait.until(30) { try test.isCommitted(except: source) }
        #expect(others, "\(test.log.lines)")
        #expect(test.hub?.status.snapshot.partitions[source]?.stopped == "LEDGER_BEHIND")
        #expect(test.log.count(of: "LEDGER_BEHIND \(source)") == 1)
        let beyond = try test.query(
            """
            select count(*)::int8 from event
            where topic = \(source.topic) and partition = \(source.partition) and "offset" > \(last)
            """)
        #expect(try beyond.only()[0] as Int64 == 0)
        #expect(try !test.isCommitted())
    }
}
