internal import CLibrdkafka

/// librdkafka's consumer behind ``ConsumerCalls``.
final class LibrdkafkaConsumer: ConsumerCalls, @unchecked Sendable {
    private let handle: ClientHandle
    private let news: ConsumerNews
    /// What is no record of an assigned partition: rebalances and errors.
    private let mainQueue: OpaquePointer
    private let bell = Bell()

    // Only the polling thread touches these.
    private var reader = RecordReader()
    private var partitions: PartitionQueues
    /// Any queue may have got something.
    private var isLookDue = true
    private var isWaitOver = false
    /// Counts assignments and revocations.
    private var rebalances = 0

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
        // Always there: the client is a consumer with a group.
        mainQueue = rd_kafka_queue_get_consumer(handle.pointer)!
        partitions = PartitionQueues([], of: handle.pointer, ringing: bell)
        self.news = news
        bell.hang(on: mainQueue)
        owner.consumer = self
    }

    deinit {
        // Before the client ends, which waits for them.
        partitions = PartitionQueues([], of: handle.pointer, ringing: bell)
        Bell.take(from: mainQueue)
        rd_kafka_queue_destroy(mainQueue)
    }

    func subscribe(_ topics: [String]) throws {
        let partitions = topics.map { TopicPartition($0, RD_KAFKA_PARTITION_UA) }
        try check(PartitionList.with(partitions) { rd_kafka_subscribe(handle.pointer, $0) }, at: "subscribe")
    }

    func poll(milliseconds: Int32) -> Polled? {
        isWaitOver = milliseconds == 0
        if let polled = next() { return polled }
        let deadline = ContinuousClock.now + .milliseconds(Int64(milliseconds))
        while !isWaitOver, bell.wait(until: deadline) {
            if let polled = next() { return polled }
        }
        return nil
    }

    /// What there is, without a wait.
    private func next() -> Polled? {
        if let state = bell.answer() {
            isLookDue = true
            partitions.hold(state.paused)
            if state.isCalled { isWaitOver = true }
        }
        let before = rebalances
        // Every time, also where nothing rang: by it librdkafka knows that somebody asks. A member that does not for
        // max.poll.interval.ms is put out of its group, and at night nothing rings for longer than that.
        if let message = rd_kafka_consumer_poll(handle.pointer, 0) { return polled(message) }
        if rebalances != before {
            // What happened is told at once, before anything it may have brought.
            isWaitOver = true
            return nil
        }
        if let message = partitions.fill(all: isLookDue) {
            isLookDue = true
            return polled(message)
        }
        isLookDue = false
        return partitions.take().map(polled)
    }

    private func polled(_ message: PartitionQueues.Message) -> Polled {
        defer { rd_kafka_message_destroy(message) }
        switch message.pointee.err {
        case RD_KAFKA_RESP_ERR_NO_ERROR: return .record(reader.record(message))
        case RD_KAFKA_RESP_ERR__PARTITION_EOF:
            return .endOfPartition(reader.place(of: message.pointee), offset: message.pointee.offset)
        default: return .failed(KafkaError(message.pointee.err, at: "poll"))
        }
    }

    func interrupt() { bell.ring { $0.isCalled = true } }

    func assign(_ places: [TopicPartition]) {
        rebalances += 1
        bell.ring { $0.paused = [] }
        partitions = PartitionQueues(places, of: handle.pointer, ringing: bell)
        if places.isEmpty {
            rd_kafka_assign(handle.pointer, nil)
        } else {
            PartitionList.with(places) { _ = rd_kafka_assign(handle.pointer, $0) }
        }
    }

    func membership(of group: String) -> (any GroupMembership)? { LibrdkafkaMembership(of: handle, group: group) }

    func seek(_ positions: [TopicPartition: Int64], milliseconds: Int32) -> [String] {
        partitions.drop(positions.keys)
        return PartitionList.with(positions.map { ($0.key, $0.value) }) { list in
            let error = rd_kafka_seek_partitions(handle.pointer, list, milliseconds)
            if let error = KafkaError(consuming: error, at: "seek") { return ["\(error)"] }
            return PartitionList.read(list).filter { $0.2 != RD_KAFKA_RESP_ERR_NO_ERROR }
                .map { "\($0.0) to \($0.1): \(KafkaError($0.2, at: "seek"))" }
        }
    }

    func pause(_ partitions: Set<TopicPartition>) throws {
        try check(PartitionList.with(partitions) { rd_kafka_pause_partitions(handle.pointer, $0) }, at: "pause")
        bell.ring { $0.paused.formUnion(partitions) }
    }

    func resume(_ partitions: Set<TopicPartition>) throws {
        try check(PartitionList.with(partitions) { rd_kafka_resume_partitions(handle.pointer, $0) }, at: "resume")
        bell.ring { $0.paused.subtract(partitions) }
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
        // Gets out of librdkafka's poll before it goes on to another rebalance.
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
