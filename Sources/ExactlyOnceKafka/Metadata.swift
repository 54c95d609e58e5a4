internal import CLibrdkafka

/// One topic as the cluster describes it.
public struct TopicDescription: Sendable, Equatable {
    public let name: String
    public let partitions: Int
    /// Replicas of the first partition.
    public let replicationFactor: Int
    /// Why the topic cannot be used, when it cannot.
    public let error: KafkaError?
}

/// One broker as the cluster names it.
public struct BrokerDescription: Sendable, Equatable {
    public let id: Int32
    public let host: String
    public let port: Int
}

/// The cluster's own account of brokers and topics.
struct Metadata {
    let brokers: [BrokerDescription]
    let topics: [TopicDescription]

    /// All topics, or one.
    static func read(_ handle: ClientHandle, topic name: String? = nil) throws -> Metadata {
        var topic: OpaquePointer?
        if let name {
            topic = rd_kafka_topic_new(handle.pointer, name, nil)
            if topic == nil { throw KafkaError(rd_kafka_last_error(), at: "metadata") }
        }
        defer { if let topic { rd_kafka_topic_destroy(topic) } }
        var answer: UnsafePointer<rd_kafka_metadata>?
        let code = rd_kafka_metadata(
            handle.pointer, name == nil ? 1 : 0, topic, &answer, Int32(KafkaLimits.queryMilliseconds))
        guard code == RD_KAFKA_RESP_ERR_NO_ERROR, let answer else {
            throw handle.told(KafkaError(code, at: "metadata"))
        }
        defer { rd_kafka_metadata_destroy(answer) }
        return Metadata(answer.pointee)
    }

    private init(_ answer: rd_kafka_metadata) {
        brokers = (0..<Int(answer.broker_cnt)).map { index in
            let broker = answer.brokers[index]
            return BrokerDescription(id: broker.id, host: String(cString: broker.host), port: Int(broker.port))
        }
        topics = (0..<Int(answer.topic_cnt)).map { index in
            let topic = answer.topics[index]
            let failed = topic.err != RD_KAFKA_RESP_ERR_NO_ERROR
            return TopicDescription(
                name: String(cString: topic.topic), partitions: Int(topic.partition_cnt),
                replicationFactor: topic.partition_cnt > 0 ? Int(topic.partitions[0].replica_cnt) : 0,
                error: failed ? KafkaError(topic.err, at: "topic \(String(cString: topic.topic))") : nil)
        }
    }
}
