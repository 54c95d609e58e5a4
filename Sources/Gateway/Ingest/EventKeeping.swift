import ExactlyOnceKafka
import HandoverPipeline
import Synchronization

/// Hands events to the broker and waits until it has them: acks=all, idempotent. A crash before the answer leaves the
/// caller without one; it sends the same ids again, and the hub takes each once.
final class EventKeeping: Sendable {
    let producer: EventProducer
    private let work: LedgerWork
    private let underWay = Atomic(0)
    private let patience: Duration

    /// - Parameter patience: how long a request waits for the broker.
    init(settings: HubSettings, work: LedgerWork, patience: Duration) throws {
        self.patience = patience
        producer = try EventProducer(
            configuration: settings.kafka, clientName: settings.topicPrefix + "throughgate-doors-" + settings.instance)
        self.work = work
    }

    func close() { producer.close() }

    /// - Returns: one result a message, in order; what is not known when the patience ends is a failure,
    ///   although the broker may have it.
    /// - Throws: ``Problem/busy`` when too many requests wait already.
    func keep(_ messages: [OutboundMessage]) async throws -> [Delivery?] {
        guard !messages.isEmpty else { return [] }
        let before = underWay.wrappingAdd(1, ordering: .relaxed).oldValue
        defer { underWay.wrappingSubtract(1, ordering: .relaxed) }
        guard before < GatewayLimits.keepingMax else { throw Problem.busy }
        let waiting = Waiting(count: messages.count)
        let timer = Task { [patience] in
            try await Task.sleep(for: patience)
            waiting.giveUp()
        }
        defer { timer.cancel() }
        // Queueing waits while the client's queue is full: not on an event loop.
        try await work.apart { [producer] in
            for (index, message) in messages.enumerated() {
                producer.enqueue(message) { waiting.settle(index, $0) }
            }
        }
        return await waiting.results()
    }

    /// The results of one request, waited for by one task.
    private final class Waiting: Sendable {
        private struct State {
            var results: [Delivery?]
            var open: Int
            var isOver = false
            var waiter: CheckedContinuation<[Delivery?], Never>?
        }

        private let state: Mutex<State>

        init(count: Int) { state = Mutex(State(results: Array(repeating: nil, count: count), open: count)) }

        func settle(_ index: Int, _ delivery: Delivery) {
            end { state in
                state.results[index] = delivery
                state.open -= 1
                return state.open == 0
            }
        }

        func giveUp() { end { _ in true } }

        func results() async -> [Delivery?] {
            await withCheckedContinuation { continuation in
                let done = state.withLock { state -> [Delivery?]? in
                    if state.isOver { return state.results }
                    state.waiter = continuation
                    return nil
                }
                if let done { continuation.resume(returning: done) }
            }
        }

        private func end(_ change: (inout State) -> Bool) {
            let (waiter, results) = state.withLock { state in
                if change(&state) { state.isOver = true }
                return (state.isOver ? state.waiter.take() : nil, state.results)
            }
            waiter?.resume(returning: results)
        }
    }
}
