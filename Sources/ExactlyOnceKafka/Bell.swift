internal import CLibrdkafka

/// Wakes the polling thread: librdkafka rings when a queue that was empty has something, others when they want it out
/// of its wait. Must outlive the queues it hangs on.
final class Bell: Sendable {
    struct State {
        var hasRung = true
        /// Somebody wants the polling thread out of its wait.
        var isCalled = false
        var paused: Set<TopicPartition> = []
    }

    private let gate = Gate(State())

    func ring(_ change: (inout State) -> Void = { _ in }) {
        gate.withLock {
            change(&$0)
            $0.hasRung = true
        }
    }

    /// What is so, if it rang since the last question.
    func answer() -> State? {
        gate.withLock { state in
            guard state.hasRung else { return nil }
            defer { (state.hasRung, state.isCalled) = (false, false) }
            return state
        }
    }

    func wait(until deadline: ContinuousClock.Instant) -> Bool {
        gate.wait(atMost: max(.zero, deadline - .now)) { $0.hasRung }
    }

    /// The callback runs under the queue's lock: it calls nothing of librdkafka's.
    func hang(on queue: OpaquePointer) {
        rd_kafka_queue_cb_event_enable(
            queue,
            { _, opaque in opaque.map { Unmanaged<Bell>.fromOpaque($0).takeUnretainedValue().ring() } },
            Unmanaged.passUnretained(self).toOpaque())
    }

    static func take(from queue: OpaquePointer) { rd_kafka_queue_cb_event_enable(queue, nil, nil) }
}
