import ExactlyOnceKafka
import Testing

/// An error at one request of a transaction, and what becomes of it. Kafka's numbers: 15 COORDINATOR_NOT_AVAILABLE,
/// 22 ILLEGAL_GENERATION, 25 UNKNOWN_MEMBER_ID, 27 REBALANCE_IN_PROGRESS, 29 TOPIC_AUTHORIZATION_FAILED,
/// 30 GROUP_AUTHORIZATION_FAILED, 45 OUT_OF_ORDER_SEQUENCE_NUMBER, 47 INVALID_PRODUCER_EPOCH, 48 INVALID_TXN_STATE,
/// 53 TRANSACTIONAL_ID_AUTHORIZATION_FAILED, 56 KAFKA_STORAGE_ERROR, 90 PRODUCER_FENCED.
struct InjectedError: Sendable, CustomTestStringConvertible {
    enum Expected: Sendable { case committed, aborted, unwritable, stopped }

    let request: MockCluster.Request
    let number: Int
    let expected: Expected

    var testDescription: String { "\(number) at \(request): \(expected)" }
}

private let injections: [InjectedError] = [
    .init(request: .addPartitionsToTransaction, number: 47, expected: .stopped),
    .init(request: .endTransaction, number: 47, expected: .stopped),
    .init(request: .endTransaction, number: 90, expected: .stopped),
    .init(request: .addOffsetsToTransaction, number: 90, expected: .stopped),
    .init(request: .transactionOffsetCommit, number: 90, expected: .stopped),
    .init(request: .addPartitionsToTransaction, number: 53, expected: .stopped),
    .init(request: .transactionOffsetCommit, number: 22, expected: .aborted),
    .init(request: .transactionOffsetCommit, number: 25, expected: .aborted),
    .init(request: .transactionOffsetCommit, number: 27, expected: .aborted),
    .init(request: .transactionOffsetCommit, number: 30, expected: .aborted),
    .init(request: .endTransaction, number: 56, expected: .aborted),
    .init(request: .addPartitionsToTransaction, number: 48, expected: .aborted),
    .init(request: .produce, number: 45, expected: .aborted),
    .init(request: .produce, number: 29, expected: .unwritable),
    .init(request: .endTransaction, number: 15, expected: .committed),
    .init(request: .addPartitionsToTransaction, number: 15, expected: .committed),
]

@Suite("mock: errors injected into a transaction")
struct MockClusterTests {
    @Test(arguments: injections) func everyInjectedErrorEndsAsTheTableSays(_ row: InjectedError) throws {
        let cluster = try MockCluster()
        try cluster.createTopic("in", partitions: 1)
        try cluster.createTopic("out", partitions: 1)
        let configuration = try KafkaConfiguration(bootstrapServers: cluster.bootstrapServers)
        let producer = try EventProducer(configuration: configuration, clientName: "events")
        #expect(producer.send([OutboundMessage(topic: "in", key: nil, value: [1])]).count == 1)
        producer.close()
        let hub = try TestSession(
            ExactlyOnceSession(
                configuration: configuration,
                settings: SessionSettings(group: "g", instance: "i", transactionalID: "t", topics: ["in"]))
        ).start()
        defer { hub.session.close() }
        #expect(try hub.poll(records: 1))
        cluster.fail(row.request, with: [row.number])
        #expect(outcome(of: hub) == row.expected)
    }

    private func outcome(of hub: TestSession) -> InjectedError.Expected? {
        do {
            return switch try hub.publish(to: "out") {
            case .committed: .committed
            case .aborted: .aborted
            case .unwritable: .unwritable
            case .superseded: nil
            }
        } catch {
            return (error as? KafkaError)?.recovery == .stop ? .stopped : nil
        }
    }

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
