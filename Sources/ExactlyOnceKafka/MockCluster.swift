internal import CLibrdkafka

/// librdkafka's own mock cluster, for tests only: real TCP on localhost, errors on request.
///
/// Proves calls and error paths, never exactly-once: aborted records reach its readers and its transactions are
/// not real (kafka-facts.md).
public final class MockCluster: @unchecked Sendable {
    /// The requests errors can be asked for, by Kafka's API key.
    public enum Request: Int16, Sendable, CaseIterable {
        case produce = 0
        case fetch = 1
        case metadata = 3
        case findCoordinator = 10
        case initProducerID = 22
        case addPartitionsToTransaction = 24
        case addOffsetsToTransaction = 25
        case endTransaction = 26
        case transactionOffsetCommit = 28
    }

    private let host: ClientHandle
    private let cluster: OpaquePointer
    private let hostSink: CallbackSink

    /// - Parameter brokers: 1 to 10.
    public init(brokers: Int = 1) throws {
        let sink = CallbackSink()
        let configuration = try KafkaConfiguration(bootstrapServers: "127.0.0.1:1")
        host = try ClientHandle(.producer, configuration, own: ["client.id": "mock-host"], sink: sink)
        hostSink = sink
        guard let cluster = rd_kafka_mock_cluster_new(host.pointer, Int32(min(max(brokers, 1), 10))) else {
            throw KafkaError(code: "_FAIL", place: "mock cluster", message: "it could not be started")
        }
        self.cluster = cluster
    }

    deinit { rd_kafka_mock_cluster_destroy(cluster) }

    public var bootstrapServers: String { String(cString: rd_kafka_mock_cluster_bootstraps(cluster)) }

    public func createTopic(_ name: String, partitions: Int) throws {
        let code = rd_kafka_mock_topic_create(cluster, name, Int32(partitions), 1)
        guard code == RD_KAFKA_RESP_ERR_NO_ERROR else { throw KafkaError(code, at: "mock topic") }
    }

    /// The next requests of this kind fail with these errors, one each, by Kafka's number (`0`: this one succeeds).
    public func fail(_ request: Request, with errors: [Int]) {
        let codes = errors.map { rd_kafka_resp_err_t(rawValue: Int32($0)) }
        rd_kafka_mock_push_request_errors_array(cluster, request.rawValue, codes.count, codes)
    }

    /// Forgets the errors still waiting for this kind of request.
    public func clearFailures(of request: Request) {
        rd_kafka_mock_clear_request_errors(cluster, request.rawValue)
    }

    public func brokerDown(_ broker: Int32 = 1) { rd_kafka_mock_broker_set_down(cluster, broker) }

    public func brokerUp(_ broker: Int32 = 1) { rd_kafka_mock_broker_set_up(cluster, broker) }

    /// Every answer of this broker takes this much longer.
    public func slow(_ broker: Int32 = 1, by duration: Duration) {
        rd_kafka_mock_broker_set_rtt(cluster, broker, duration.milliseconds)
    }
}
