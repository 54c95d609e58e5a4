import ExactlyOnceKafka
import Testing

@Suite("mock: a cluster that is away")
struct MockClusterTests {
    @Test func aClusterThatIsNotThereIsUnavailableWithinTheDeadline() throws {
        var deadlines = SessionDeadlines()
        deadlines.start = .milliseconds(700)
        let session = ExactlyOnceSession(
            configuration: try KafkaConfiguration(bootstrapServers: "127.0.0.1:1"),
            settings: SessionSettings(
                group: "g", instance: "i", transactionalID: "t", topics: ["in"], deadlines: deadlines))
        let began = ContinuousClock.now
        let error = #expect(throws: KafkaError.self) { try session.start() }
        #expect(error?.isUnavailable == true)
        #expect(error?.recovery == .retry)
        #expect(ContinuousClock.now - began < .seconds(5))
    }

    @Test func allBrokersDownIsKnownAndSoIsTheirReturn() throws {
        let cluster = try MockCluster()
        try cluster.createTopic("in", partitions: 1)
        let hub = try TestSession(
            ExactlyOnceSession(
                configuration: try KafkaConfiguration(bootstrapServers: cluster.bootstrapServers),
                settings: SessionSettings(group: "g", instance: "i", transactionalID: "t", topics: ["in"]))
        ).start()
        defer { hub.session.close() }
        #expect(try hub.poll { !$0.events.isEmpty })
        cluster.brokerDown()
        #expect(try hub.poll { $0.session.brokerState != .reachable })
        cluster.brokerUp()
        #expect(try hub.poll { $0.session.brokerState == .reachable })
    }
}
