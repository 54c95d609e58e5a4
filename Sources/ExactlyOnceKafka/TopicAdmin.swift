internal import CLibrdkafka

/// A topic to be created.
public struct TopicPlan: Sendable, Equatable {
    public let name: String
    public let partitions: Int
    /// -1: the cluster's own default.
    public let replicationFactor: Int
    /// Topic settings such as `max.message.bytes`.
    public let settings: [String: String]

    public init(name: String, partitions: Int, replicationFactor: Int = -1, settings: [String: String] = [:]) {
        self.name = name
        self.partitions = partitions
        self.replicationFactor = replicationFactor
        self.settings = settings
    }
}

/// What became of one topic in an administrative call.
public enum TopicResult: Sendable, Equatable {
    case done
    /// It was as asked for already (created before, or gone before).
    case unchanged
    case failed(KafkaError)
}

/// Looks at and changes topics and groups. Every call is bounded by ``KafkaLimits/queryMilliseconds``.
/// Changes nothing about what was delivered, except ``delete(_:)``, which ends a topic with all it holds.
public final class TopicAdmin: @unchecked Sendable {
    let handle: ClientHandle

    public init(
        configuration: KafkaConfiguration, clientName: String = "throughgate-admin", log: KafkaLog? = nil
    ) throws {
        let sink = CallbackSink()
        sink.log = log
        handle = try ClientHandle(.producer, configuration, own: ["client.id": clientName], sink: sink)
    }

    /// Every topic of the cluster, by name.
    public func topics() throws -> [TopicDescription] {
        try Metadata.read(handle).topics.sorted { $0.name < $1.name }
    }

    public func brokers() throws -> [BrokerDescription] {
        try Metadata.read(handle).brokers.sorted { $0.id < $1.id }
    }

    public func clusterID() throws -> String { try OffsetQueries.clusterID(on: handle) }

    /// Creates what does not exist; what exists is `unchanged`, whatever its settings.
    public func create(_ plans: [TopicPlan]) throws -> [String: TopicResult] {
        guard !plans.isEmpty else { return [:] }
        var requests: [OpaquePointer?] = []
        defer { for request in requests { rd_kafka_NewTopic_destroy(request) } }
        for plan in plans {
            var text = [CChar](repeating: 0, count: 512)
            guard
                let request = rd_kafka_NewTopic_new(
                    plan.name, Int32(clamping: plan.partitions), Int32(clamping: plan.replicationFactor), &text,
                    text.count)
            else {
                throw KafkaError(
                    code: "_INVALID_ARG", place: "create topic \(plan.name)", message: ClientHandle.text(text))
            }
            requests.append(request)
            for (key, value) in plan.settings.sorted(by: { $0.key < $1.key }) {
                rd_kafka_NewTopic_set_config(request, key, value)
            }
        }
        return try ask("create topics") { options, queue in
            rd_kafka_CreateTopics(handle.pointer, &requests, requests.count, options, queue)
        } read: { event in
            var count = 0
            let result = rd_kafka_event_CreateTopics_result(event)
            return TopicAdmin.results(
                rd_kafka_CreateTopics_result_topics(result, &count), count, "TOPIC_ALREADY_EXISTS")
        }
    }

    /// Raises the number of partitions to `total`. Keys move to other partitions: order across the change is lost.
    public func createPartitions(_ topic: String, total: Int) throws -> TopicResult {
        var text = [CChar](repeating: 0, count: 512)
        guard let request = rd_kafka_NewPartitions_new(topic, total, &text, text.count) else {
            throw KafkaError(code: "_INVALID_ARG", place: "create partitions", message: ClientHandle.text(text))
        }
        defer { rd_kafka_NewPartitions_destroy(request) }
        var requests: [OpaquePointer?] = [request]
        let results = try ask("create partitions") { options, queue in
            rd_kafka_CreatePartitions(handle.pointer, &requests, 1, options, queue)
        } read: { event in
            var count = 0
            let result = rd_kafka_event_CreatePartitions_result(event)
            return TopicAdmin.results(rd_kafka_CreatePartitions_result_topics(result, &count), count, "")
        }
        return results[topic] ?? .failed(KafkaError(RD_KAFKA_RESP_ERR__FAIL, at: "create partitions"))
    }

    /// Deletes topics with everything in them.
    public func delete(_ topics: [String]) throws -> [String: TopicResult] {
        guard !topics.isEmpty else { return [:] }
        var requests: [OpaquePointer?] = topics.map { rd_kafka_DeleteTopic_new($0) }
        defer { for request in requests { rd_kafka_DeleteTopic_destroy(request) } }
        return try ask("delete topics") { options, queue in
            rd_kafka_DeleteTopics(handle.pointer, &requests, requests.count, options, queue)
        } read: { event in
            var count = 0
            let result = rd_kafka_event_DeleteTopics_result(event)
            return TopicAdmin.results(
                rd_kafka_DeleteTopics_result_topics(result, &count), count, "UNKNOWN_TOPIC_OR_PART")
        }
    }

    private static func results(
        _ list: UnsafeMutablePointer<OpaquePointer?>?, _ count: Int, _ unchangedCode: String
    ) -> [String: TopicResult] {
        (0..<count).reduce(into: [:]) { results, index in
            guard let entry = list?[index] else { return }
            let name = String(cString: rd_kafka_topic_result_name(entry))
            let code = rd_kafka_topic_result_error(entry)
            let error = KafkaError(code, at: "topic \(name)")
            results[name] =
                code == RD_KAFKA_RESP_ERR_NO_ERROR ? .done : error.code == unchangedCode ? .unchanged : .failed(error)
        }
    }
}

extension TopicAdmin {
    /// One administrative request: made, waited for, read, freed.
    func ask<Answer>(
        _ place: String, _ request: (_ options: OpaquePointer?, _ queue: OpaquePointer) -> Void,
        read: (OpaquePointer) throws -> Answer
    ) throws -> Answer {
        guard let queue = rd_kafka_queue_new(handle.pointer) else {
            throw KafkaError(RD_KAFKA_RESP_ERR__FAIL, at: place)
        }
        defer { rd_kafka_queue_destroy(queue) }
        let options = rd_kafka_AdminOptions_new(handle.pointer, RD_KAFKA_ADMIN_OP_ANY)
        defer { rd_kafka_AdminOptions_destroy(options) }
        let timeout = Int32(KafkaLimits.queryMilliseconds)
        rd_kafka_AdminOptions_set_request_timeout(options, timeout, nil, 0)
        request(options, queue)
        guard let event = rd_kafka_queue_poll(queue, timeout + 1_000) else {
            throw KafkaError(RD_KAFKA_RESP_ERR__TIMED_OUT, at: place)
        }
        defer { rd_kafka_event_destroy(event) }
        let code = rd_kafka_event_error(event)
        guard code == RD_KAFKA_RESP_ERR_NO_ERROR else { throw KafkaError(code, at: place) }
        return try read(event)
    }
}
