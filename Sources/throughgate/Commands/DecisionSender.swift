import EventContracts
import ExactlyOnceKafka
import Foundation
import HandoverPipeline
import HandoverRules
import Postgres

/// Puts what people and imports decide on `hub.decisions`: judged by the decoder that the hub uses, kept by all
/// in-sync replicas when it returns.
struct DecisionSender {
    private let settings: Settings
    private let topics: Topics

    init(_ settings: Settings) {
        self.settings = settings
        topics = Topics(prefix: settings.topicPrefix)
    }

    /// Publishes one decision.
    func send(_ event: Event) throws {
        let record: OutboundRecord
        do {
            record = try EventEncoder(topics: topics).record(of: event)
        } catch {
            throw CommandFailure(.badInput, "\(error)")
        }
        let inbound = InboundRecord(
            topic: record.topic, partition: 0, offset: 0, timestampMilliseconds: Wall.now().milliseconds,
            key: record.key, value: record.value, headers: record.headers)
        if case .rejected(let rejection) = EventDecoder(topics: topics).decode(inbound, clock: .system(now: Wall.now()))
        {
            throw CommandFailure(.badInput, "the hub would not take it: \(rejection.detail)")
        }
        let producer = try producer()
        defer { producer.close() }
        guard case .failed(let error)? = producer.send([OutboundMessage(record)]).first else { return }
        throw CommandFailure(error)
    }

    /// Publishes what lies in the outbox; how many events.
    func publishOutbox(_ connection: PostgresConnection) throws -> Int {
        let producer = try producer()
        defer { producer.close() }
        return try Outbox.publish(on: connection, through: producer)
    }

    /// A producer for a broker that answers and has the topic.
    private func producer() throws -> EventProducer {
        let present = try TopicAdmin(configuration: settings.kafka).topics().map(\.name)
        guard present.contains(topics.decisions) else {
            throw CommandFailure(
                .settings, "topic \(topics.decisions) does not exist; run `throughgate topics apply`")
        }
        return try EventProducer(
            configuration: settings.kafka,
            clientName: "throughgate-decisions-\(ProcessInfo.processInfo.processIdentifier)")
    }
}
