import ExactlyOnceKafka
import Foundation
import Testing

@Suite("local broker: the order in which a session reads its partitions")
struct LocalBrokerTimeOrderTests {
    private let partitions = 4
    /// Lately: what is older than the retention is gone before it is read.
    private let start = Int64(Date().timeIntervalSince1970 * 1000) - 60_000

    /// Records in turn over the partitions, a millisecond apart.
    private func messages(_ topics: TestTopics, _ numbers: Range<Int>) -> [OutboundMessage] {
        numbers.map { number in
            OutboundMessage(
                topic: topics.inbound, partition: Int32(number % partitions), key: nil,
                value: Array("\(number)".utf8), timestampMilliseconds: start + Int64(number))
        }
    }

    /// A session over a backlog of so many records.
    private func session(over count: Int) throws -> (TestTopics, TestSession) {
        let topics = try TestTopics(partitions: partitions)
        try topics.send(messages(topics, 0..<count))
        return (topics, try topics.session().start())
    }

    private func number(_ record: KafkaRecord) throws -> Int {
        try #require(Int(String(decoding: record.value ?? [], as: UTF8.self)))
    }

    /// Offsets of every partition, in the order they came.
    private func offsets(_ records: [KafkaRecord]) -> [TopicPartition: [Int64]] {
        records.reduce(into: [:]) { $0[$1.source, default: []].append($1.offset) }
    }

    /// One poll of a few records, so that librdkafka and the session have more in hand than was delivered.
    private func few(_ hub: TestSession) throws -> [KafkaRecord] {
        let deadline = ContinuousClock.now + patience
        while ContinuousClock.now < deadline {
            let records = try hub.session.poll(max: 5, timeout: .milliseconds(200)).events.compactMap { event in
                if case .record(let record) = event { record } else { nil }
            }
            if !records.isEmpty { return records }
        }
        return []
    }

    @Test func aBacklogOfAllPartitionsComesInTheOrderOfItsTimes() throws {
        let (topics, hub) = try session(over: partitions)
        defer { hub.session.close() }
        // Every partition is being fetched from here on.
        #expect(try hub.poll(records: partitions))
        let count = 8_000
        try topics.send(messages(topics, partitions..<count))
        #expect(try hub.poll(records: count))
        var late = 0, latest = 0
        for record in hub.records {
            let number = try number(record)
            if number < latest - 100 { late += 1 }
            latest = max(latest, number)
        }
        // Partition by partition, some three quarters of them would be late.
        #expect(late < count / 8, "\(late)")
        for (_, offsets) in offsets(hub.records) { #expect(offsets == Array(0..<Int64(count / partitions))) }
    }

    @Test func whatIsInHandWhenAPartitionIsPausedComesOnceItIsResumed() throws {
        let count = 400
        let (topics, hub) = try session(over: count)
        defer { hub.session.close() }
        var records = try few(hub)
        let paused = [TopicPartition(topics.inbound, 1), TopicPartition(topics.inbound, 2)]
        try hub.session.pause(paused)
        let before = records.filter { paused.contains($0.source) }.count
        #expect(try hub.poll { $0.records.count + records.count - before >= count / 2 })
        #expect(hub.records.allSatisfy { !paused.contains($0.source) })
        try hub.session.resume(paused)
        #expect(try hub.poll { $0.records.count + records.count >= count })
        records += hub.records
        for (_, offsets) in offsets(records) { #expect(offsets == Array(0..<Int64(count / partitions))) }
    }

    @Test func aRewindForgetsWhatWasInHand() throws {
        let count = 400
        let (_, hub) = try session(over: count)
        defer { hub.session.close() }
        #expect(try !few(hub).isEmpty)
        hub.session.requestRewind()
        #expect(try hub.poll(records: count))
        for (_, offsets) in offsets(hub.records) { #expect(offsets == Array(0..<Int64(count / partitions))) }
    }
}
