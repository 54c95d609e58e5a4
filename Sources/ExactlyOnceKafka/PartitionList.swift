internal import CLibrdkafka

typealias PartitionListPointer = UnsafeMutablePointer<rd_kafka_topic_partition_list_t>

/// librdkafka's list of partitions, owned for the length of a closure.
enum PartitionList {
    /// No offset: the group's committed one counts.
    static let noOffset = Int64(RD_KAFKA_OFFSET_INVALID)

    static func with<Result>(
        _ partitions: [(TopicPartition, Int64)], _ body: (PartitionListPointer) throws -> Result
    ) rethrows -> Result {
        // Allocation failure aborts inside librdkafka, so the list is always there.
        let list = rd_kafka_topic_partition_list_new(Int32(partitions.count))!
        defer { rd_kafka_topic_partition_list_destroy(list) }
        for (place, offset) in partitions {
            let element = rd_kafka_topic_partition_list_add(list, place.topic, place.partition)
            element?.pointee.offset = offset
        }
        return try body(list)
    }

    static func with<Result>(
        _ partitions: some Sequence<TopicPartition>, _ body: (PartitionListPointer) throws -> Result
    ) rethrows -> Result {
        try with(partitions.map { ($0, noOffset) }, body)
    }

    /// Partition, offset and the partition's own error.
    static func read(_ list: PartitionListPointer) -> [(TopicPartition, Int64, rd_kafka_resp_err_t)] {
        (0..<Int(list.pointee.cnt)).map { index in
            let element = list.pointee.elems[index]
            return (TopicPartition(String(cString: element.topic), element.partition), element.offset, element.err)
        }
    }
}
