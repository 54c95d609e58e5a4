import ExactlyOnceKafka
import Foundation
import HandoverPipeline

/// Reads everything that leaves the hub while the demo runs, and shows some of it in words: the first of every kind,
/// priority and recipient kind.
final class DemoInbox {
    private(set) var reading = DemoReading()
    private(set) var shown = 0
    private let world: DemoWorld
    private let limit: Int
    private let reader: TopicReader
    private var topics: Set<String> = []
    private var sorts: Set<String> = []

    /// - Parameter limit: handovers shown at most; 0 shows none.
    init(_ world: DemoWorld, limit: Int) throws {
        self.world = world
        self.limit = limit
        reader = try TopicReader(configuration: world.kafka(), clientName: "throughgate-demo-recipients")
        try findTopics()
    }

    /// Reads until `count` messages have been seen in all.
    func catchUp(to count: Int) throws {
        let deadline = Date(timeIntervalSinceNow: 60)
        while reading.count < count {
            guard Date() < deadline else {
                throw CommandFailure(.unavailable, "the broker did not show all messages within a minute")
            }
            let events = try reader.read(max: 10_000, timeout: .milliseconds(100))
            for case .record(let record) in events { take(record) }
            // A recipient's first message may have made its topic.
            if events.isEmpty { try findTopics() }
        }
    }

    private func take(_ record: KafkaRecord) {
        let before = reading.handovers.count
        reading.take(record, world.topics)
        guard reading.handovers.count > before, let handover = reading.handovers.last, sorts.count < limit,
            sorts.insert(handover.sort).inserted
        else { return }
        shown += 1
        Console.say("\n" + handover.lines.map { "  \($0)" }.joined(separator: "\n"))
    }

    private func findTopics() throws {
        let new = try TopicAdmin(configuration: world.kafka()).topics().map(\.name).filter {
            !topics.contains($0)
                && ($0.hasPrefix("handover.") || $0.hasPrefix("prison.tasks.") || $0 == world.topics.hubTasks
                    || $0 == world.topics.rejected)
        }
        try reader.startAll(new)
        topics.formUnion(new)
    }
}
