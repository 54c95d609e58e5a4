import ExactlyOnceKafka
import Foundation
import HandoverPipeline
import HandoverRules
import Postgres
import Testing

@Suite("local broker: records that kill, and records the ledger refuses", .serialized)
struct SuspicionTests {
    private enum TestFailure: Error { case noSuchPartition }

    private struct Place {
        var source: TopicPartition
        var offset: Int64
    }

    /// A hub with leases in the ledger and records waiting; on the partition returned, three starts are said to have
    /// come to nothing.
    private func suspected(_ seed: UInt64, clock: HubClock = .system) throws -> (TestHub, Crowd, Place) {
        print("suspicion test: seed \(seed)")
        let test = try TestHub(clock: clock)
        let crowd = Crowd(16, seed: seed)
        try test.register(crowd)
        let events = crowd.interleaved(seed: seed)
        try test.run(Array(events.prefix(60)), total: 60)
        let idle = try test.query("select coalesce(max(idle_starts), 0)::int8 from partition_lease")
        #expect(try idle.only()[0] as Int64 == 0, "an orderly stop is no failed start")
        try test.publish(Array(events.dropFirst(60)))
        let reader = try TopicReader(configuration: TestHub.kafka(test.bed))
        for row in try test.query("select topic, partition, recorded_through from partition_lease") {
            let source = TopicPartition(try row[0], try row[1]), last: Int64 = try row[2]
            let end = try reader.watermarks([source])[source]?.end ?? 0
            // The second of at least three records that wait.
            guard end >= last + 4 else { continue }
            try test.change(
                """
                update partition_lease set idle_starts = 3
                where topic = \(source.topic) and partition = \(source.partition)
                """)
            return (test, crowd, Place(source: source, offset: last + 2))
        }
        throw TestFailure.noSuchPartition
    }

    @Test(arguments: [HubClock.system, .events])
    func aRecordAttemptedAloneThreeTimesIsPoisonAndThePartitionGoesOn(clock: HubClock) throws {
        let (test, crowd, place) = try suspected(81, clock: clock)
        try test.change(
            """
            insert into attempt (topic, partition, "offset", attempts)
            values (\(place.source.topic), \(place.source.partition), \(place.offset), 3)
            """)
        try test.run([], total: crowd.eventCount)
        let refused = try test.query(#"select topic, partition, "offset", reason from rejected"#)
        let row = try #require(Array(refused).first)
        #expect(Array(refused).count == 1)
        #expect(TopicPartition(try row[0], try row[1]) == place.source)
        #expect(try row[2] as Int64 == place.offset)
        #expect(try row[3] as String == "POISON")
        #expect(try test.read(test.topics.rejected).map { $0.text("tg_reason") } == ["POISON"])
        #expect(test.log.count(of: "record taken alone") == 2, "the first, then the one that kills")
        #expect(try test.deliveryFaults() == [])
        // Trusted again: nothing is counted any more.
        let left = try test.query(
            "select (select count(*) from attempt)::int8, (select max(idle_starts) from partition_lease)::int8")
        #expect(try left.only()[0] as Int64 == 0)
        #expect(try left.only()[1] as Int64 == 0)
        let alone = test.log.count(of: "record taken alone")
        try test.run(Crowd(16, seed: 810).interleaved(seed: 810), total: 2 * crowd.eventCount)
        #expect(test.log.count(of: "record taken alone") == alone)
    }

    /// As after many crashes between the two commits: recorded, not sent, every partition under suspicion and every
    /// record taken alone as often as may be.
    @Test(arguments: [HubClock.system, .events])
    func whatIsRecordedGoesOutHoweverOftenTheProcessDiedWithIt(clock: HubClock) throws {
        print("suspicion test: seed 84")
        let test = try TestHub(clock: clock)
        let crowd = Crowd(24, seed: 84)
        try test.register(crowd)
        try test.run(crowd.interleaved(seed: 84), total: crowd.eventCount)
        let first = try test.seen().map { ($0.record.text("ce_id"), $0.record.value ?? []) }
        try test.change("update partition_lease set published_through = -1, idle_starts = 3")
        try test.change(
            """
            insert into attempt (topic, partition, "offset", attempts)
            select topic, partition, "offset", 3 from event
            """)
        test.group = "again"
        try test.run([], total: crowd.eventCount)
        #expect(try test.query("select 1 from rejected").isEmpty)
        let all = try test.seen().map { ($0.record.text("ce_id"), $0.record.value ?? []) }
        #expect(!first.isEmpty && all.count == 2 * first.count)
        let bodies = Dictionary(grouping: all, by: \.0).mapValues { $0.map(\.1) }
        for (id, body) in first { #expect(bodies[id] == [body, body], "\(id)") }
    }

    @Test func waitingForPostgreSQLIsNoAttempt() throws {
        let (test, crowd, _) = try suspected(82)
        let blocker = try PostgresConnection(PostgresConfiguration(url: test.databaseURL))
        _ = try blocker.query("begin")
        _ = try blocker.query("lock table event in exclusive mode")
        try test.start()
        defer { test.stop() }
        let waited = HubWait.until(40) { test.log.count(of: "waiting part=postgres") > 0 }
        #expect(waited, "\(test.log.lines)")
        // None yet when the first batch holds other partitions only; never more than one.
        let tries = try test.query("select coalesce(max(attempts), 0)::int8 from attempt")
        let most: Int64 = try tries.only()[0]
        #expect(most <= 1)
        _ = try blocker.query("rollback")
        let done = try HubWait.until(30) { try test.isDone(crowd.eventCount) }
        #expect(done)
        #expect(try test.query("select 1 from rejected").isEmpty)
        #expect(test.log.count(of: "attempt=1") > 0)
        #expect(test.log.count(of: "attempt=2") == 0)
    }

    @Test(arguments: [HubClock.system, .events])
    func whatTheLedgerRefusesIsRejectedAloneAndAllOthersAreRecorded(clock: HubClock) throws {
        let test = try TestHub(clock: clock)
        let crowd = Crowd(24, seed: 83)
        try test.register(crowd)
        let person = crowd.people[5]
        try test.change(
            """
            alter table event add constraint refused check (subject <> \(unsafeRaw: "'\(person.noms.text)'") )
            """)
        try test.run(crowd.interleaved(seed: 83), total: crowd.eventCount)
        let refused = try test.query("select reason, count(*)::int8 from rejected group by reason")
        let row = try #require(Array(refused).first)
        #expect(Array(refused).count == 1)
        #expect(try row[0] as String == "CONSTRAINT")
        #expect(try row[1] as Int64 == Int64(person.events.count))
        #expect(try test.deliveryFaults() == [])
        let outOfOrder = try test.query(
            """
            select count(*)::int8 from message m
            join message p on p.stream_id = m.stream_id and p.version = m.version - 1 where p.seq > m.seq
            """)
        #expect(try outOfOrder.only()[0] as Int64 == 0)
        for letter in try test.read(test.topics.rejected) {
            #expect(!letter.text("tg_detail").contains(person.noms.text))
        }
    }
}
