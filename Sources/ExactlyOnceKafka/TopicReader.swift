internal import CLibrdkafka

/// What a reader came across.
public enum ReaderEvent: Sendable, Equatable {
    case record(KafkaRecord)
    /// Nothing more to read at present; `offset` is the next one.
    case endOfPartition(TopicPartition, offset: Int64)
}

/// Reads topics without a group: nothing is committed and nobody's offsets move. For subscribe, lag and checkers.
/// One thread at a time.
public final class TopicReader: @unchecked Sendable {
    /// What a reader is shown.
    public enum Visibility: Sendable {
        /// Only what was committed: what recipients see.
        case committed
        /// Aborted and open transactions too.
        case uncommitted
    }

    /// Where to begin in a partition.
    public enum Start: Sendable, Equatable {
        case earliest
        /// After what is there now.
        case latest
        case offset(Int64)
    }

    private let handle: ClientHandle
    private let queue: OpaquePointer
    private var topics: [String: OpaquePointer] = [:]
    private var started: Set<TopicPartition> = []
    private var ended: Set<TopicPartition> = []
    private var reader = RecordReader()

    public init(
        configuration: KafkaConfiguration, visibility: Visibility = .committed,
        clientName: String = "throughgate-reader",
        log: KafkaLog? = nil
    ) throws {
        let sink = CallbackSink()
        sink.log = log
        let isolation = visibility == .committed ? "read_committed" : "read_uncommitted"
        handle = try ClientHandle(
            .consumer, configuration,
            own: [
                "client.id": clientName, "isolation.level": isolation, "enable.partition.eof": "true",
                "enable.auto.commit": "false", "auto.offset.reset": "earliest",
            ], sink: sink)
        queue = rd_kafka_queue_new(handle.pointer)
    }

    deinit {
        stop()
        for topic in topics.values { rd_kafka_topic_destroy(topic) }
        rd_kafka_queue_destroy(queue)
    }

    /// Begins to read these partitions. One that is already being read starts anew.
    public func start(_ partitions: [TopicPartition: Start]) throws {
        for (place, start) in partitions {
            guard let topic = topic(place.topic) else { throw KafkaError(rd_kafka_last_error(), at: "start reading") }
            if started.contains(place) { rd_kafka_consume_stop(topic, place.partition) }
            if rd_kafka_consume_start_queue(topic, place.partition, start.number, queue) != 0 {
                throw KafkaError(rd_kafka_last_error(), at: "start reading \(place)")
            }
            started.insert(place)
            ended.remove(place)
        }
    }

    /// Waits at most `timeout` for something to come, then takes what is there, `max` events at most.
    public func read(max: Int, timeout: Duration) throws -> [ReaderEvent] {
        var events: [ReaderEvent] = []
        var wait = timeout.milliseconds
        while events.count < max, let message = rd_kafka_consume_queue(queue, wait) {
            defer { rd_kafka_message_destroy(message) }
            wait = 0
            let place = reader.place(of: message.pointee)
            switch message.pointee.err {
            case RD_KAFKA_RESP_ERR_NO_ERROR: events.append(.record(reader.record(message)))
            case RD_KAFKA_RESP_ERR__PARTITION_EOF:
                ended.insert(place)
                events.append(.endOfPartition(place, offset: message.pointee.offset))
            default: throw KafkaError(message.pointee.err, at: "read of \(place)")
            }
        }
        return events
    }

    /// Reads on until every partition has been at its end once since it was started; answers whether it got there
    /// in time.
    public func readToEnd(atMost duration: Duration, _ take: (KafkaRecord) throws -> Void) throws -> Bool {
        let deadline = ContinuousClock.now + duration
        while !started.isSubset(of: ended) {
            let left = deadline - .now
            guard left > .zero else { return false }
            for case .record(let record) in try read(max: 10_000, timeout: left) { try take(record) }
        }
        return true
    }

    /// Low and end of each partition; the end as this reader's visibility has it (last stable, or high watermark).
    public func watermarks(_ partitions: [TopicPartition]) throws -> [TopicPartition: (low: Int64, end: Int64)] {
        try OffsetQueries.watermarks(partitions, on: handle)
    }

    /// The partitions of a topic.
    public func partitions(of topic: String) throws -> [TopicPartition] {
        try Metadata.read(handle, topic: topic).topics.first.map { topic in
            if let error = topic.error { throw error }
            return (0..<Int32(topic.partitions)).map { TopicPartition(topic.name, $0) }
        } ?? []
    }

    /// Starts every partition of these topics at the earliest record.
    public func startAll(_ topics: [String], at start: Start = .earliest) throws {
        for topic in topics {
            try self.start(partitions(of: topic).reduce(into: [:]) { $0[$1] = start })
        }
    }

    /// Stops reading; the reader can be started again.
    public func stop() {
        for place in started {
            if let topic = topics[place.topic] { rd_kafka_consume_stop(topic, place.partition) }
        }
        started = []
        ended = []
    }

    private func topic(_ name: String) -> OpaquePointer? {
        if let known = topics[name] { return known }
        guard let topic = rd_kafka_topic_new(handle.pointer, name, nil) else { return nil }
        topics[name] = topic
        return topic
    }
}

extension TopicReader.Start {
    fileprivate var number: Int64 {
        switch self {
        case .earliest: Int64(RD_KAFKA_OFFSET_BEGINNING)
        case .latest: Int64(RD_KAFKA_OFFSET_END)
        case .offset(let offset): offset
        }
    }
}
