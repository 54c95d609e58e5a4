internal import CLibrdkafka

/// librdkafka's transactional producer behind ``TransactionCalls``.
final class LibrdkafkaProducer: TransactionCalls, @unchecked Sendable {
    private let handle: ClientHandle
    private let failures = Gate<[String: KafkaError]>([:])
    /// Topics that could not be written: librdkafka must ask for them anew before the next attempt.
    private var doubtfulTopics: Set<String> = []

    init(_ configuration: KafkaConfiguration, _ settings: SessionSettings, log: KafkaLog?) throws {
        let sink = CallbackSink()
        sink.log = log
        sink.delivered = { [failures] report in
            guard let error = report.error, !error.code.hasPrefix("_PURGE") else { return }
            LibrdkafkaProducer.keep(error, of: report.topic, in: failures)
        }
        var own = ClientDefaults.producer()
        own["transactional.id"] = settings.transactionalID
        own["client.id"] = settings.clientID
        own["transaction.timeout.ms"] = "\(KafkaLimits.transactionTimeoutMilliseconds)"
        own["message.timeout.ms"] = "\(KafkaLimits.transactionMessageTimeoutMilliseconds)"
        // Success is the commit; only failures are worth a callback.
        own["delivery.report.only.error"] = "true"
        handle = try ClientHandle(.producer, configuration, own: own, sink: sink)
    }

    /// The first failure of a topic says why; a fence says more than any of them.
    private static func keep(_ error: KafkaError, of topic: String, in failures: Gate<[String: KafkaError]>) {
        failures.withLock { failures in
            if failures[topic] == nil || error.isFenced { failures[topic] = error }
        }
    }

    func initialise(atMost duration: Duration) throws {
        try check(rd_kafka_init_transactions(handle.pointer, duration.milliseconds), at: "init_transactions")
    }

    func begin() throws {
        failures.withLock { $0.removeAll() }
        _ = rd_kafka_poll(handle.pointer, 0)
        try check(rd_kafka_begin_transaction(handle.pointer), at: "begin_transaction")
    }

    /// Puts every message in the queue; waits for room while the queue is full.
    func produce(_ messages: [OutboundMessage], until deadline: ContinuousClock.Instant) throws {
        askAnew(for: messages)
        var refusal: KafkaError?
        for message in messages {
            var result = MessageWriter.enqueue(message, tag: 0, on: handle)
            while result == RD_KAFKA_RESP_ERR__QUEUE_FULL, ContinuousClock.now < deadline {
                _ = rd_kafka_poll(handle.pointer, 100)
                result = MessageWriter.enqueue(message, tag: 0, on: handle)
            }
            guard result != RD_KAFKA_RESP_ERR_NO_ERROR else { continue }
            if let fatal = handle.fatalError(at: "produce") { throw fatal }
            var error = KafkaError(result, at: "produce")
            error = KafkaError(
                code: error.code, flags: .init(requiresAbort: true), place: error.place, message: error.message)
            refusal = refusal ?? error
            LibrdkafkaProducer.keep(error, of: message.topic, in: failures)
        }
        if let refusal { throw refusal }
    }

    func sendOffsets(
        _ offsets: [TopicPartition: Int64], _ membership: any GroupMembership, atMost duration: Duration
    ) throws {
        guard let membership = membership as? LibrdkafkaMembership else {
            throw KafkaError(code: "_INVALID_ARG", place: "publish", message: "a membership of another client")
        }
        let error = PartitionList.with(offsets.map { ($0.key, $0.value) }) { list in
            rd_kafka_send_offsets_to_transaction(handle.pointer, list, membership.pointer, duration.milliseconds)
        }
        try check(error, at: "send_offsets_to_transaction")
    }

    func commit(atMost duration: Duration) throws {
        try check(rd_kafka_commit_transaction(handle.pointer, duration.milliseconds), at: "commit_transaction")
    }

    func abort(atMost duration: Duration) throws {
        try check(rd_kafka_abort_transaction(handle.pointer, duration.milliseconds), at: "abort_transaction")
    }

    /// Without this they pile up while nothing is published.
    func serve() { _ = rd_kafka_poll(handle.pointer, 0) }

    func takeUnwritableTopics() -> Set<String> {
        let topics = failures.withLock { failures in
            Set(failures.filter { LibrdkafkaProducer.unwritable.contains($0.value.code) }.keys)
        }
        doubtfulTopics.formUnion(topics)
        return topics
    }

    private static let unwritable: Set<String> = [
        "UNKNOWN_TOPIC_OR_PART", "_UNKNOWN_TOPIC", "_UNKNOWN_PARTITION", "TOPIC_AUTHORIZATION_FAILED",
        "MSG_SIZE_TOO_LARGE", "RECORD_LIST_TOO_LARGE", "TOPIC_EXCEPTION", "INVALID_RECORD", "INVALID_TIMESTAMP",
        "POLICY_VIOLATION", "_MSG_SIZE_TOO_LARGE",
    ]

    private func askAnew(for messages: [OutboundMessage]) {
        guard !doubtfulTopics.isEmpty else { return }
        for name in doubtfulTopics.intersection(messages.map(\.topic)) {
            guard let topic = handle.topic(name) else { continue }
            var metadata: UnsafePointer<rd_kafka_metadata>?
            if rd_kafka_metadata(
                handle.pointer, 0, topic, &metadata, Int32(KafkaLimits.transactionCallMilliseconds))
                == RD_KAFKA_RESP_ERR_NO_ERROR
            {
                rd_kafka_metadata_destroy(metadata)
            }
            doubtfulTopics.remove(name)
        }
    }

    private func check(_ pointer: OpaquePointer?, at place: String) throws {
        guard let error = KafkaError(consuming: pointer, at: place) else { return }
        // A fatal error often hides behind the bare name _FATAL, and a fence that only a delivery report told behind
        // _INCONSISTENT.
        if error.flags.isFatal || error.code == "_FATAL" { throw handle.fatalError(at: place) ?? error }
        guard let fence = fence() else { throw handle.told(error) }
        throw KafkaError(code: fence.code, flags: error.flags, place: place, message: fence.message)
    }

    /// The word of a delivery report that another producer has taken this identity over.
    private func fence() -> KafkaError? {
        _ = rd_kafka_poll(handle.pointer, 0)
        return failures.withLock { failures in failures.values.first { $0.isFenced } }
    }
}
