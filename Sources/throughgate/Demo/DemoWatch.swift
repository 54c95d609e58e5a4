import EventContracts
import ExactlyOnceKafka
import Foundation
import HandoverPipeline
import Synchronization

/// Shows handovers as recipients get them, while the demo runs: the first of every kind, priority and recipient kind
/// in words, then no more than were asked for.
final class DemoWatch: Sendable {
    private let isOver = Atomic(false)
    private let done = DispatchSemaphore(value: 0)
    private let shown = Atomic(0)

    /// - Parameter limit: handovers shown at most; 0 shows none.
    init(_ world: DemoWorld, limit: Int) throws {
        let topics = world.topics
        let kafka = try world.kafka()
        let outbound = try TopicAdmin(configuration: kafka).topics().map(\.name).filter { $0.hasPrefix("handover.") }
        let reader = try TopicReader(configuration: kafka, clientName: "throughgate-demo-recipients")
        try reader.startAll(outbound)
        Thread.detachNewThread { [self] in
            defer { done.signal() }
            var reading = DemoReading(), kinds: Set<String> = []
            while !isOver.load(ordering: .relaxed), let events = try? reader.read(max: 100, timeout: .milliseconds(100))
            {
                for case .record(let record) in events {
                    reading.take(record, topics)
                    guard let handover = reading.handovers.last, kinds.count < limit,
                        kinds.insert(handover.sort).inserted
                    else { continue }
                    shown.add(1, ordering: .relaxed)
                    Console.say("\n" + handover.lines.map { "  \($0)" }.joined(separator: "\n"))
                }
            }
        }
    }

    /// Ends the show; how many were shown.
    func finish() -> Int {
        isOver.store(true, ordering: .relaxed)
        done.wait()
        return shown.load(ordering: .relaxed)
    }
}

extension DemoReading.Handover {
    /// Kind, priority and kind of recipient.
    var sort: String { "\(kind) \(priority) \(topic.split(separator: ".").dropFirst().first ?? "")" }
}
