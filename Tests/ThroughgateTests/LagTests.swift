import ExactlyOnceKafka
import Foundation
import HandoverRules
import LocalServers
import Operations
import Testing

@Suite("local broker: lag", .serialized)
struct LagTests {
    @Test("what nobody committed is counted exactly, aged by its first record, and a missing topic is said")
    func uncommitted() throws {
        let named = ProcessInfo.processInfo.environment["THROUGHGATE_TEST_KAFKA"]
        let folder = try ServerFolder.fresh("lag-tests")
        let broker = named == nil ? try LocalBroker.start(in: folder.url) : nil
        defer {
            try? broker?.stop()
            folder.discard()
        }
        let kafka = try KafkaConfiguration(
            bootstrapServers: try #require(named ?? broker?.bootstrapServers),
            // The local broker answers a fetch with all it has.
            properties: ["receive.message.max.bytes": "1000000000"])
        let topic = "lag-\(UUID().uuidString)"
        _ = try TopicAdmin(configuration: kafka).create([TopicPlan(name: topic, partitions: 2)])
        let producer = try EventProducer(configuration: kafka, clientName: "lag-tests")
        let now = Int64(Date().timeIntervalSince1970 * 1000)
        let sent = producer.send(
            [90_000, 60_000, 30_000].map { age in
                OutboundMessage(
                    topic: topic, partition: 1, key: nil, value: [1], timestampMilliseconds: now - age)
            })
        producer.close()
        #expect(sent.allSatisfy { if case .kept = $0 { true } else { false } })
        let probe = try LagProbe(
            configuration: kafka, group: "lag-\(UUID().uuidString)", topics: [topic, topic + "-none"])
        let report = LagAssembly().report(try probe.measure(.count), at: Instant(milliseconds: now))
        #expect(report.partitions.count == 3)
        let waiting = try #require(report.partitions.first { $0.topic == topic && $0.partition == 1 })
        #expect(waiting.lag == 3 && waiting.isExact && waiting.position == 0 && waiting.lastStableOffset == 3)
        #expect(waiting.lagSeconds == 90)
        let quiet = try #require(report.partitions.first { $0.topic == topic && $0.partition == 0 })
        #expect(quiet.lag == 0 && quiet.lagSeconds == 0)
        let missing = try #require(report.partitions.first { $0.topic != topic })
        #expect(missing.lag == nil && missing.state == .unknown && missing.reason.contains("topics apply"))
    }
}
