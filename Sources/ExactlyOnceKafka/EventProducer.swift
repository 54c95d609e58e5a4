internal import CLibrdkafka

/// Where a message came to lie, or why it did not.
public enum Delivery: Sendable, Equatable {
    case kept(TopicPartition, offset: Int64)
    case failed(KafkaError)
}

/// Sends events that *enter* inbound topics: timers, publish, HTTP, redrive, imports. Idempotent, `acks=all`: what is
/// kept is kept once in its partition and in order, and outlives a broker. Not for handovers: those leave only
/// inside a session's transaction. A crash loses what was not yet reported as kept.
///
/// Any thread may use it.
public final class EventProducer: @unchecked Sendable {
    private struct State {
        var handle: ClientHandle?
        var nextTag = 1
        var waiting: [Int: @Sendable (Delivery) -> Void] = [:]
        var isClosing = false
        var isServing = true
    }

    private let gate = Gate(State())
    // Topic objects are made under a lock of their own: librdkafka may call back while a message is queued.
    private let writing = Gate(())

    /// - Parameter clientName: unique among the processes at the cluster; it is what brokers show.
    public init(configuration: KafkaConfiguration, clientName: String, log: KafkaLog? = nil) throws {
        let sink = CallbackSink()
        sink.log = log
        sink.delivered = { [gate] report in
            let done = gate.withLock { $0.waiting.removeValue(forKey: report.tag) }
            done?(report.delivery)
        }
        var own = ClientDefaults.producer()
        own["client.id"] = clientName
        own["message.timeout.ms"] = "\(KafkaLimits.deliveryTimeoutMilliseconds)"
        let handle = try ClientHandle(.producer, configuration, own: own, sink: sink)
        gate.withLock { $0.handle = handle }
        OwnThread.start { [gate] in EventProducer.serve(handle, gate) }
    }

    deinit { gate.withLock { $0.isClosing = true } }

    /// Queues one message; `done` is called once, on this producer's thread, when its fate is known. At once, with a
    /// failure, when it cannot be queued. While the queue is full this waits for room.
    public func enqueue(_ message: OutboundMessage, done: @escaping @Sendable (Delivery) -> Void) {
        let (handle, tag) = gate.withLock { state in
            state.nextTag += 1
            if state.handle != nil { state.waiting[state.nextTag] = done }
            return (state.handle, state.nextTag)
        }
        guard let handle else {
            return done(.failed(KafkaError(code: "_STATE", place: "enqueue", message: "the producer is closed")))
        }
        let deadline = ContinuousClock.now + .milliseconds(KafkaLimits.deliveryTimeoutMilliseconds)
        var result = write(message, tag, handle)
        while result == RD_KAFKA_RESP_ERR__QUEUE_FULL, ContinuousClock.now < deadline {
            _ = gate.wait(atMost: .milliseconds(10)) { $0.isClosing }
            result = write(message, tag, handle)
        }
        guard result != RD_KAFKA_RESP_ERR_NO_ERROR else { return }
        let error = handle.fatalError(at: "enqueue") ?? KafkaError(result, at: "enqueue")
        gate.withLock { $0.waiting.removeValue(forKey: tag) }?(.failed(error))
    }

    /// Queues every message and waits until each is kept by all in-sync replicas or has failed, which takes at most
    /// ``KafkaLimits/deliveryTimeoutMilliseconds``. One result for each message, in order.
    public func send(_ messages: [OutboundMessage]) -> [Delivery] {
        let results = Gate([Delivery?](repeating: nil, count: messages.count))
        let open = Gate(messages.count)
        for (index, message) in messages.enumerated() {
            enqueue(message) { delivery in
                results.withLock { $0[index] = delivery }
                open.withLock { $0 -= 1 }
            }
        }
        _ = open.wait(atMost: .milliseconds(KafkaLimits.deliveryTimeoutMilliseconds * 2)) { $0 == 0 }
        return results.withLock { results in
            results.map { $0 ?? .failed(KafkaError(RD_KAFKA_RESP_ERR__MSG_TIMED_OUT, at: "send")) }
        }
    }

    /// Waits until nothing is queued any more; answers whether that came true in time.
    @discardableResult
    public func flush(atMost duration: Duration) -> Bool {
        guard let handle = gate.withLock({ $0.handle }) else { return true }
        _ = rd_kafka_flush(handle.pointer, duration.milliseconds)
        return gate.wait(atMost: .milliseconds(100)) { $0.waiting.isEmpty }
    }

    /// Flushes within ``KafkaLimits/closeMilliseconds``; what is still queued then fails with `_PURGE_QUEUE`.
    public func close() {
        flush(atMost: .milliseconds(KafkaLimits.closeMilliseconds / 2))
        let handle = gate.withLock { state in
            state.isClosing = true
            return state.handle.take()
        }
        if let handle { _ = rd_kafka_purge(handle.pointer, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT) }
        _ = gate.wait(atMost: .milliseconds(KafkaLimits.closeMilliseconds / 2)) { !$0.isServing }
    }

    private func write(_ message: OutboundMessage, _ tag: Int, _ handle: ClientHandle) -> rd_kafka_resp_err_t {
        writing.withLock { _ in MessageWriter.enqueue(message, tag: tag, on: handle) }
    }

    /// Lets callbacks run as they come; wakes twice a second when there is nothing.
    private static func serve(_ handle: ClientHandle, _ gate: Gate<State>) {
        while !gate.withLock({ $0.isClosing }) { _ = rd_kafka_poll(handle.pointer, 500) }
        // Whatever close() purged is told before the end.
        _ = rd_kafka_flush(handle.pointer, 100)
        gate.withLock { $0.isServing = false }
    }
}

extension DeliveryReport {
    fileprivate var delivery: Delivery {
        if let error { return .failed(error) }
        return .kept(TopicPartition(topic, partition), offset: offset)
    }
}
