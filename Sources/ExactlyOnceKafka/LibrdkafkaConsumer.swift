internal import CLibrdkafka

/// librdkafka's consumer behind ``ConsumerCalls``.
final class LibrdkafkaConsumer: ConsumerCalls, @unchecked Sendable {
    private let handle: ClientHandle
    private let queue: OpaquePointer?
    private let news: ConsumerNews
    // Only the polling thread touches it.
    private var reader = RecordReader()

    init(
        _ configuration: KafkaConfiguration, _ settings: SessionSettings, news: ConsumerNews, log: KafkaLog?
    ) throws {
        let sink = CallbackSink()
        sink.log = log
        sink.brokersFailed = news.brokersFailed
        let owner = Owner()
        sink.rebalanced = { code, list in owner.consumer?.rebalanced(code, list) }
        handle = try ClientHandle(
            .consumer, configuration, own: LibrdkafkaConsumer.properties(settings), sink: sink)
        queue = rd_kafka_queue_get_consumer(handle.pointer)
        self.news = news
        owner.consumer = self
    }

    deinit { if let queue { rd_kafka_queue_destroy(queue) } }

    func subscribe(_ topics: [String]) throws {
        let partitions = topics.map { TopicPartition($0, RD_KAFKA_PARTITION_UA) }
        try check(PartitionList.with(partitions) { rd_kafka_subscribe(handle.pointer, $0) }, at: "subscribe")
    }

    func poll(milliseconds: Int32) -> Polled? {
        guard let message = rd_kafka_consumer_poll(handle.pointer, milliseconds) else { return nil }
        defer { rd_kafka_message_destroy(message) }
        switch message.pointee.err {
        case RD_KAFKA_RESP_ERR_NO_ERROR: return .record(reader.record(message))
        case RD_KAFKA_RESP_ERR__PARTITION_EOF:
            return .endOfPartition(reader.place(of: message.pointee), offset: message.pointee.offset)
        default: return .failed(KafkaError(message.pointee.err, at: "poll"))
        }
    }

    func interrupt() { if let queue { rd_kafka_queue_yield(queue) } }

    func assign(_ partitions: [TopicPartition]) {
        if partitions.isEmpty {
            rd_kafka_assign(handle.pointer, nil)
        } else {
            PartitionList.with(partitions) { _ = rd_kafka_assign(handle.pointer, $0) }
        }
    }

    func membership(of group: String) -> (any GroupMembership)? { LibrdkafkaMembership(of: handle, group: group) }

    func seek(_ positions: [TopicPartition: Int64], milliseconds: Int32) -> [String] {
        PartitionList.with(positions.map { ($0.key, $0.value) }) { list in
            let error = rd_kafka_seek_partitions(handle.pointer, list, milliseconds)
            if let error = KafkaError(consuming: error, at: "seek") { return ["\(error)"] }
            return PartitionList.read(list).filter { $0.2 != RD_KAFKA_RESP_ERR_NO_ERROR }
                .map { "\($0.0) to \($0.1): \(KafkaError($0.2, at: "seek"))" }
        }
    }

    func pause(_ partitions: Set<TopicPartition>) throws {
        try check(PartitionList.with(partitions) { rd_kafka_pause_partitions(handle.pointer, $0) }, at: "pause")
    }

    func resume(_ partitions: Set<TopicPartition>) throws {
        try check(PartitionList.with(partitions) { rd_kafka_resume_partitions(handle.pointer, $0) }, at: "resume")
    }

    func committed(_ partitions: [TopicPartition], atMost duration: Duration) throws -> [TopicPartition: Int64?] {
        try OffsetQueries.committed(partitions, on: handle, atMost: duration)
    }

    func watermarks(_ partitions: [TopicPartition]) throws -> [TopicPartition: Watermarks] {
        try OffsetQueries.watermarks(partitions, on: handle).reduce(into: [:]) { result, entry in
            let (place, reach) = entry
            var low: Int64 = 0
            var high: Int64 = 0
            let code = rd_kafka_get_watermark_offsets(handle.pointer, place.topic, place.partition, &low, &high)
            let known = code == RD_KAFKA_RESP_ERR_NO_ERROR && high >= reach.end
            result[place] = Watermarks(low: reach.low, lastStable: reach.end, high: known ? high : nil)
        }
    }

    func clusterID() throws -> String { try OffsetQueries.clusterID(on: handle) }

    func isAnswered(milliseconds: Int32) -> Bool {
        var metadata: UnsafePointer<rd_kafka_metadata>?
        guard rd_kafka_metadata(handle.pointer, 0, nil, &metadata, milliseconds) == RD_KAFKA_RESP_ERR_NO_ERROR
        else { return false }
        rd_kafka_metadata_destroy(metadata)
        return true
    }

    func fatalError(at place: String) -> KafkaError? { handle.fatalError(at: place) }

    private func rebalanced(_ code: rd_kafka_resp_err_t, _ list: PartitionListPointer?) {
        guard let list else { return }
        reader.forget()
        let partitions = PartitionList.read(list).map(\.0)
        news.rebalanced(code == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS ? .assigned(partitions) : .revoked(partitions))
        // Ends the wait of this poll, so that what happened is told at once.
        rd_kafka_yield(handle.pointer)
    }

    private func check(_ code: rd_kafka_resp_err_t, at place: String) throws {
        guard code == RD_KAFKA_RESP_ERR_NO_ERROR else { throw KafkaError(code, at: place) }
    }

    /// The callback exists before the consumer does.
    private final class Owner { weak var consumer: LibrdkafkaConsumer? }

    private static func properties(_ settings: SessionSettings) -> [String: String] {
        [
            "group.id": settings.group, "group.instance.id": settings.instance, "client.id": settings.clientID,
            "enable.auto.commit": "false", "enable.auto.offset.store": "false", "isolation.level": "read_committed",
            "auto.offset.reset": "earliest", "enable.partition.eof": "true",
            "partition.assignment.strategy": "range",
        ]
    }
}
