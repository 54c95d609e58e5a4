extension ExactlyOnceSession {
    /// The group's committed offsets; nil where none was ever committed. Waits for open transactions to end.
    public func committedOffsets(_ partitions: [TopicPartition]) throws -> [TopicPartition: Int64?] {
        try committedOffsets(partitions, atMost: .milliseconds(KafkaLimits.queryMilliseconds))
    }

    func committedOffsets(
        _ partitions: [TopicPartition], atMost duration: Duration
    ) throws -> [TopicPartition: Int64?] {
        try consumer(at: "committed offsets").committed(partitions, atMost: duration)
    }

    /// The first uncommitted offset of each assigned partition, as far as anything was delivered or committed since
    /// its assignment.
    public var completedPositions: [TopicPartition: Int64] { gate.withLock { $0.firstUncommitted } }

    /// The cluster's id, which tells one cluster from another at the same address.
    public func clusterID() throws -> String {
        try consumer(at: "cluster id").clusterID()
    }

    /// How far these partitions reach. Transaction markers take offsets too: a difference of offsets is not a lag.
    public func watermarks(_ partitions: [TopicPartition]) throws -> [TopicPartition: Watermarks] {
        try consumer(at: "watermarks").watermarks(partitions)
    }

    /// Stops fetching these partitions; membership and everything else go on. Ends with the assignment.
    public func pause(_ partitions: [TopicPartition]) throws {
        let chosen = gate.withLock { $0.assigned.intersection(partitions).subtracting($0.paused) }
        try consumer(at: "pause").pause(chosen)
        gate.withLock { $0.paused.formUnion(chosen) }
    }

    /// Fetches again what ``pause(_:)`` stopped; others are left alone (librdkafka #4636).
    public func resume(_ partitions: [TopicPartition]) throws {
        let chosen = gate.withLock { $0.paused.intersection(partitions) }
        try consumer(at: "resume").resume(chosen)
        gate.withLock { $0.paused.subtract(chosen) }
    }
}
