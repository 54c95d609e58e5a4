internal import CLibrdkafka

/// Reads the committed offsets of any group without joining it: for `lag` while the hub is stopped.
public final class GroupOffsets: @unchecked Sendable {
    private let handle: ClientHandle

    public init(
        configuration: KafkaConfiguration, group: String, clientName: String = "throughgate-lag", log: KafkaLog? = nil
    ) throws {
        let sink = CallbackSink()
        sink.log = log
        handle = try ClientHandle(
            .consumer, configuration,
            own: [
                "group.id": group, "client.id": clientName, "enable.auto.commit": "false",
                "isolation.level": "read_committed",
            ], sink: sink)
    }

    /// The committed offset of each partition, nil where there is none. Waits for open transactions to end,
    /// ``KafkaLimits/queryMilliseconds`` at most, or less.
    public func committed(
        _ partitions: [TopicPartition], atMost duration: Duration = .milliseconds(KafkaLimits.queryMilliseconds)
    ) throws -> [TopicPartition: Int64?] {
        try OffsetQueries.committed(partitions, on: handle, atMost: duration)
    }
}
