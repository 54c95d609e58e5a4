import EventContracts
import ExactlyOnceKafka
import HandoverPipeline
import SyntheticEstate

/// Publishes a simulated estate as its prisons would.
struct DemoFeed {
    private let topics: Topics
    private let encoder: EventEncoder
    private let producer: EventProducer

    init(topics: Topics, to kafka: KafkaConfiguration) throws {
        self.topics = topics
        encoder = EventEncoder(topics: topics)
        producer = try EventProducer(configuration: kafka, clientName: "throughgate-demo-estate")
    }

    func close() { producer.close() }

    /// The record of an emission; its Kafka timestamp is left to the client.
    private func message(_ emission: Emission) throws -> OutboundMessage {
        // A correction goes where the event that it corrects went.
        let topic = topics.inbound(emission.topicOf)
        switch emission.shape {
        case .cloudEvent(let event):
            var message = try OutboundMessage(encoder.record(of: event))
            message.topic = topic
            return message
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

    /// Puts all of it on the topics, in order; waits until the broker has everything.
    func publish(_ emissions: some Sequence<Emission>) throws {
        for case .failed(let error) in producer.send(try emissions.map(message)) { throw error }
    }
}
