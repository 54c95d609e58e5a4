internal import CLibrdkafka

extension ExactlyOnceSession {
    /// The group's committed offsets; nil where none was ever committed. Waits for open transactions to end.
    public func committedOffsets(_ partitions: [TopicPartition]) throws -> [TopicPartition: Int64?] {
        try committedOffsets(partitions, atMost: .milliseconds(KafkaLimits.queryMilliseconds))
    }

    func committedOffsets(
        _ partitions: [TopicPartition], atMost duration: Duration
    ) throws -> [TopicPartition: Int64?] {
        try OffsetQueries.committed(partitions, on: consumer(at: "committed offsets"), atMost: duration)
    }

    /// The first uncommitted offset of each assigned partition, as far as anything was delivered or committed since
    /// its assignment.
    public var completedPositions: [TopicPartition: Int64] { gate.withLock { $0.firstUncommitted } }

    /// The cluster's id, which tells one cluster from another at the same address.
    public func clusterID() throws -> String {
        try OffsetQueries.clusterID(on: consumer(at: "cluster id"))
    }

    /// How far these partitions reach. Transaction markers take offsets too: a difference of offsets is not a lag.
    public func watermarks(_ partitions: [TopicPartition]) throws -> [TopicPartition: Watermarks] {
        let consumer = try consumer(at: "watermarks")
        let limits = try OffsetQueries.watermarks(partitions, on: consumer)
        return limits.reduce(into: [:]) { result, entry in
            let (place, reach) = entry
            var low: Int64 = 0
            var high: Int64 = 0
            let code = rd_kafka_get_watermark_offsets(consumer.pointer, place.topic, place.partition, &low, &high)
            let known = code == RD_KAFKA_RESP_ERR_NO_ERROR && high >= reach.end
            result[place] = Watermarks(low: reach.low, lastStable: reach.end, high: known ? high : nil)
        }
    }

    /// Stops fetching these partitions; membership and everything else go on. Ends with the assignment.
    public func pause(_ partitions: [TopicPartition]) throws {
        let chosen = gate.withLock { $0.assigned.intersection(partitions).subtracting($0.paused) }
        let consumer = try consumer(at: "pause")
        let code = PartitionList.with(chosen) { rd_kafka_pause_partitions(consumer.pointer, $0) }
        guard code == RD_KAFKA_RESP_ERR_NO_ERROR else { throw KafkaError(code, at: "pause") }
        gate.withLock { $0.paused.formUnion(chosen) }
    }

    /// Fetches again what ``pause(_:)`` stopped; others are left alone (librdkafka #4636).
    public func resume(_ partitions: [TopicPartition]) throws {
        let chosen = gate.withLock { $0.paused.intersection(partitions) }
        let consumer = try consumer(at: "resume")
        let code = PartitionList.with(chosen) { rd_kafka_resume_partitions(consumer.pointer, $0) }
        guard code == RD_KAFKA_RESP_ERR_NO_ERROR else { throw KafkaError(code, at: "resume") }
        gate.withLock { $0.paused.subtract(chosen) }
    }
}
