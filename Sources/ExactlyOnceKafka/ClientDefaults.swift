/// The librdkafka properties each kind of client starts from. A settings file may change those that are not
/// protected; what a client needs for its promise is put on top afterwards.
enum ClientDefaults {
    static func common(_ kind: ClientHandle.Kind) -> [String: String] {
        var settings = [
            // Small requests must not wait for each other's acknowledgement (librdkafka #4986).
            "socket.nagle.disable": "true",
            "log.connection.close": "false",
            "reconnect.backoff.max.ms": "2000",
            "message.max.bytes": "\(KafkaLimits.messageBytesMax)",
            "receive.message.max.bytes": "\(KafkaLimits.receiveBytesMax)",
            // Java clients are asked with the same keys: a missing topic is an error here, never a new topic.
            "allow.auto.create.topics": "false",
            "topic.metadata.propagation.max.ms": "\(KafkaLimits.topicPropagationMilliseconds)",
        ]
        guard kind == .consumer else { return settings }
        settings["fetch.max.bytes"] = "\(KafkaLimits.fetchBytesMax)"
        settings["max.partition.fetch.bytes"] = "\(KafkaLimits.fetchPartitionBytesMax)"
        settings["queued.min.messages"] = "\(KafkaLimits.queuedRecordsMin)"
        settings["queued.max.messages.kbytes"] = "\(KafkaLimits.queuedKibibytesMax)"
        settings["enable.auto.commit"] = "false"
        settings["enable.auto.offset.store"] = "false"
        settings["session.timeout.ms"] = "\(KafkaLimits.sessionTimeoutMilliseconds)"
        settings["heartbeat.interval.ms"] = "\(KafkaLimits.heartbeatMilliseconds)"
        settings["max.poll.interval.ms"] = "\(KafkaLimits.pollIntervalMaxMilliseconds)"
        return settings
    }

    static func producer() -> [String: String] {
        [
            "enable.idempotence": "true", "acks": "all",
            // Keys go to the partition where Java clients put them.
            "partitioner": "murmur2_random",
            "queue.buffering.max.messages": "\(KafkaLimits.queuedMessagesMax)",
            "queue.buffering.max.kbytes": "\(KafkaLimits.queuedOutboundKibibytesMax)",
            "linger.ms": "1",
        ]
    }
}
