import EventContracts
import ExactlyOnceKafka
import Foundation
import Synchronization
import SyntheticEstate

/// Publishes emissions evenly over a time, on a thread of its own, past every fault of the broker: what was not kept is
/// sent again, with everything after it, so that order holds and repeats occur.
final class TrialPublisher: Sendable {
    private struct State {
        var isDone = false
        var sentAgain = 0
    }

    private let emissions: [Emission]
    private let seconds: Double
    private let topics: Topics
    private let kafka: KafkaConfiguration
    private let state = Mutex(State())

    init(_ emissions: [Emission], over seconds: Double, topics: Topics, kafka: KafkaConfiguration) {
        self.emissions = emissions
        self.seconds = seconds
        self.topics = topics
        self.kafka = kafka
    }

    var isDone: Bool { state.withLock { $0.isDone } }
    /// Records that may lie on their topics more than once.
    var sentAgain: Int { state.withLock { $0.sentAgain } }

    func start() { Thread.detachNewThread { self.run() } }

    private func run() {
        let began = Date()
        var sent = 0
        var feed: DemoFeed?
        while sent < emissions.count {
            let second = Date().timeIntervalSince(began)
            let due = min(emissions.count, Int(Double(emissions.count) * second / max(seconds, 0.001)))
            do {
                feed = try feed ?? DemoFeed(topics: topics, to: kafka)
                if due > sent { try feed?.publish(emissions[sent..<due]) }
                sent = due
            } catch {
                // A producer that lost the broker for long may be broken for good.
                feed?.close()
                feed = nil
                state.withLock { $0.sentAgain += due - sent }
            }
            Thread.sleep(forTimeInterval: 0.1)
        }
        feed?.close()
        state.withLock { $0.isDone = true }
    }
}
