internal import CLibrdkafka

/// Questions about offsets, asked on any consumer handle. Blocking, bounded.
enum OffsetQueries {
    /// - Throws: when any partition has no answer.
    static func committed(
        _ partitions: [TopicPartition], on consumer: ClientHandle, atMost duration: Duration
    ) throws -> [TopicPartition: Int64?] {
        guard !partitions.isEmpty else { return [:] }
        return try PartitionList.with(partitions) { list in
            let code = rd_kafka_committed(consumer.pointer, list, duration.milliseconds)
            guard code == RD_KAFKA_RESP_ERR_NO_ERROR else { throw KafkaError(code, at: "committed offsets") }
            return try answers(list, at: "committed offsets").mapValues { $0 >= 0 ? $0 : nil }
        }
    }

    /// Low and end of each partition, the end as this handle's isolation level sees it. Two requests a leader,
    /// whatever the number of partitions.
    static func watermarks(
        _ partitions: [TopicPartition], on consumer: ClientHandle
    ) throws -> [TopicPartition: (low: Int64, end: Int64)] {
        guard !partitions.isEmpty else { return [:] }
        let low = try reach(partitions, Int64(RD_KAFKA_OFFSET_BEGINNING), consumer)
        let end = try reach(partitions, Int64(RD_KAFKA_OFFSET_END), consumer)
        return low.reduce(into: [:]) { result, entry in
            result[entry.key] = (entry.value, end[entry.key] ?? entry.value)
        }
    }

    static func clusterID(on client: ClientHandle) throws -> String {
        guard let text = rd_kafka_clusterid(client.pointer, Int32(KafkaLimits.queryMilliseconds)) else {
            throw KafkaError(RD_KAFKA_RESP_ERR__TIMED_OUT, at: "cluster id")
        }
        defer { rd_kafka_mem_free(client.pointer, text) }
        return String(cString: text)
    }

    /// ListOffsets takes the same two negative numbers as a time that librdkafka uses for beginning and end.
    private static func reach(
        _ partitions: [TopicPartition], _ time: Int64, _ consumer: ClientHandle
    ) throws -> [TopicPartition: Int64] {
        try PartitionList.with(partitions.map { ($0, time) }) { list in
            let code = rd_kafka_offsets_for_times(consumer.pointer, list, Int32(KafkaLimits.queryMilliseconds))
            guard code == RD_KAFKA_RESP_ERR_NO_ERROR else { throw KafkaError(code, at: "watermarks") }
            return try answers(list, at: "watermarks")
        }
    }

    private static func answers(_ list: PartitionListPointer, at place: String) throws -> [TopicPartition: Int64] {
        try PartitionList.read(list).reduce(into: [:]) { result, entry in
            guard entry.2 == RD_KAFKA_RESP_ERR_NO_ERROR else {
                throw KafkaError(entry.2, at: "\(place) of \(entry.0)")
            }
            result[entry.0] = entry.1
        }
    }
}
