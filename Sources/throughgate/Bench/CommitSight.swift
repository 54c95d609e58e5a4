import ExactlyOnceKafka
import Foundation
import Synchronization

/// When each record was committed by the group, by asking for its offsets all the time. No reader of what the hub
/// publishes is needed: on the local broker one that runs while a transaction is fenced hears nothing afterwards.
final class CommitSight: Sendable {
    private struct State {
        var waiting: [TopicPartition: [(offset: Int64, at: Double)]] = [:]
        var delays: [Double] = []
        var isEnding = false
    }

    private let state = Mutex(State())

    static func now() -> Double { Date().timeIntervalSince1970 }

    /// Milliseconds, of what is committed so far.
    var delays: [Double] { state.withLock { $0.delays } }

    init(_ kafka: KafkaConfiguration, _ places: [TopicPartition]) throws {
        let offsets = try GroupOffsets(configuration: kafka, group: "bench")
        Thread.detachNewThread { [self] in
            while !state.withLock({ $0.isEnding }) {
                if let committed = try? offsets.committed(places, atMost: .seconds(1)) {
                    note(committed.compactMapValues { $0 }, at: CommitSight.now())
                }
                Thread.sleep(forTimeInterval: 0.003)
            }
        }
    }

    /// A record lies on its partition; `at` is when it was due.
    func sent(_ place: TopicPartition, _ offset: Int64, at: Double) {
        state.withLock { $0.waiting[place, default: []].append((offset, at)) }
    }

    func stop() { state.withLock { $0.isEnding = true } }

    private func note(_ committed: [TopicPartition: Int64], at: Double) {
        state.withLock { state in
            for (place, next) in committed {
                state.waiting[place]?.removeAll { record in
                    guard record.offset < next else { return false }
                    state.delays.append((at - record.at) * 1_000)
                    return true
                }
            }
        }
    }
}
