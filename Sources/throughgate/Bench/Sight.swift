import ExactlyOnceKafka
import Foundation
import Synchronization

/// When each person's first handover became visible.
final class Sight: Sendable {
    private let state = Mutex<(seen: [String: Double], isEnding: Bool)>(([:], false))

    static func now() -> Double { Date().timeIntervalSince1970 }

    init(_ topics: [String], _ world: PeerWorld) throws {
        let reader = try TopicReader(
            configuration: world.kafka(["fetch.wait.max.ms": "10"]), clientName: "throughgate-bench-sight")
        try reader.startAll(topics)
        let box = UncheckedBox(reader)
        Thread.detachNewThread { [self] in
            while !state.withLock({ $0.isEnding }) {
                let events = (try? box.value.read(max: 1_000, timeout: .milliseconds(20))) ?? []
                let at = Sight.now()
                for case .record(let record) in events {
                    guard let noms = PeerCheck.noms(in: record) else { continue }
                    state.withLock { if $0.seen[noms] == nil { $0.seen[noms] = at } }
                }
            }
        }
    }

    var seen: [String: Double] { state.withLock { $0.seen } }

    func stop() { state.withLock { $0.isEnding = true } }

    func wait(until count: Int, atMost seconds: Double) throws {
        let deadline = Sight.now() + seconds
        while state.withLock({ $0.seen.count }) < count {
            guard Sight.now() < deadline else {
                throw CommandFailure(.internalError, "only \(seen.count) of \(count) handovers were seen")
            }
            Thread.sleep(forTimeInterval: 0.005)
        }
    }
}

/// A reader that one thread alone uses.
private struct UncheckedBox: @unchecked Sendable {
    let value: TopicReader
    init(_ value: TopicReader) { self.value = value }
}
