internal import CLibrdkafka

extension TopicAdmin {
    /// What any group has committed of these partitions, nil where nothing; asked of its coordinator without joining,
    /// so that nothing of it moves. Needs Describe on the group.
    ///
    /// - Throws: `KafkaError`, `GROUP_AUTHORIZATION_FAILED` without the right.
    public func committed(
        of group: String, _ partitions: [TopicPartition]
    ) throws -> [TopicPartition: Int64?] {
        guard !partitions.isEmpty else { return [:] }
        let place = "offsets of group \(group)"
        return try PartitionList.with(partitions) { list in
            var request = rd_kafka_ListConsumerGroupOffsets_new(group, list)
            defer { rd_kafka_ListConsumerGroupOffsets_destroy(request) }
            return try ask(place) { options, queue in
                rd_kafka_ListConsumerGroupOffsets(handle.pointer, &request, 1, options, queue)
            } read: { event in
                var count = 0
                let result = rd_kafka_event_ListConsumerGroupOffsets_result(event)
                guard let answer = rd_kafka_ListConsumerGroupOffsets_result_groups(result, &count)?[0], count == 1
                else {
                    throw KafkaError(RD_KAFKA_RESP_ERR__FAIL, at: place)
                }
                if let error = rd_kafka_group_result_error(answer) {
                    throw KafkaError(rd_kafka_error_code(error), at: place)
                }
                guard let found = rd_kafka_group_result_partitions(answer) else { return [:] }
                return PartitionList.read(UnsafeMutablePointer(mutating: found)).reduce(into: [:]) { offsets, entry in
                    offsets[entry.0] = .some(entry.2 == RD_KAFKA_RESP_ERR_NO_ERROR && entry.1 >= 0 ? entry.1 : nil)
                }
            }
        }
    }
}
