import EventContracts
import ExactlyOnceKafka
import Foundation
import HandoverPipeline
import SyntheticEstate

/// Publishes a simulated estate as its prisons would.
struct DemoFeed {
    private let topics: Topics
    private let encoder: EventEncoder

    init(topics: Topics) {
        self.topics = topics
        encoder = EventEncoder(topics: topics)
    }

    /// The record of an emission; its Kafka timestamp is left to the client.
    func message(_ emission: Emission) throws -> OutboundMessage {
        let topic = topics.inbound(emission.topicOf)
        switch emission.shape {
        case .cloudEvent(let event): return try OutboundMessage(encoder.record(of: event))
        case .cloudEventWithoutKey(let event):
            var keyless = try OutboundMessage(encoder.record(of: event))
            keyless.key = nil
            return keyless
        case .hmpps(let written, _), .malformed(let written, _):
            return OutboundMessage(
                topic: topic, key: written.key.map { Array($0.utf8) }, value: written.value,
                headers: written.headers.map { KafkaHeader($0.name, $0.value) })
        }
    }

    /// Puts all of it on the topics within about `seconds`, in order; waits until the broker has everything.
    func publish(_ emissions: [Emission], to kafka: KafkaConfiguration, seconds: Double) throws {
        let producer = try EventProducer(configuration: kafka, clientName: "throughgate-demo-estate")
        defer { producer.close() }
        let slices = max(1, Int(seconds * 10))
        let size = max(1, (emissions.count + slices - 1) / slices)
        for start in stride(from: 0, to: emissions.count, by: size) {
            let began = Date()
            let slice = emissions[start..<min(start + size, emissions.count)]
            for case .failed(let error) in producer.send(try slice.map(message)) { throw error }
            if seconds > 0 { Thread.sleep(until: began.addingTimeInterval(0.1)) }
        }
    }
}
