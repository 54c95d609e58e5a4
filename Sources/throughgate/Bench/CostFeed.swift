import EventContracts
import ExactlyOnceKafka
import Foundation
import HandoverPipeline
import HandoverRules
import SyntheticEstate

/// Publishes one event each for people chosen at random, nobody twice, and measures what the hub spends on them.
struct CostFeed {
    /// Microseconds of processor time an event.
    struct Cost {
        var hub: Double
        var postgres: Double
        var both: Double { hub + postgres }
    }

    private let hub: Hub
    private let topics: Topics
    private let producer: EventProducer
    private var dice: Dice
    private var used: Set<Int> = []
    private var published = 0

    init(_ world: DemoWorld, _ hub: Hub, seed: UInt64) throws {
        self.hub = hub
        topics = world.topics
        producer = try EventProducer(configuration: world.kafka(), clientName: "throughgate-bench-cost")
        dice = Dice(seed: seed)
    }

    func used(below size: Int) -> Int { used.count { $0 < size } }

    /// Publishes `count` events of people below `size` and waits until they are done.
    mutating func round(_ count: Int, of size: Int) throws -> Cost {
        let encoder = EventEncoder(topics: topics)
        var messages: [OutboundMessage] = []
        while messages.count < count {
            let person = dice.below(size)
            guard used.insert(person).inserted else { continue }
            messages.append(try OutboundMessage(encoder.record(of: CostLedger.plan(of: person, id: dice.uuid()))))
        }
        let before = Processor.spent()
        for case .failed(let error) in producer.send(messages) { throw error }
        published += count
        let deadline = Date(timeIntervalSinceNow: 120)
        while done < published {
            guard Date() < deadline else { throw CommandFailure(.internalError, "a round did not finish in 120 s") }
            Thread.sleep(forTimeInterval: 0.01)
        }
        let after = Processor.spent()
        func each(_ name: String) -> Double { ((after[name] ?? 0) - (before[name] ?? 0)) / Double(count) * 1e6 }
        return Cost(hub: each("hub"), postgres: each("postgres"))
    }

    private var done: Int {
        hub.status.snapshot.events.reduce(0) { $1.key.topic == topics.timers ? $0 : $0 + $1.value }
    }
}
