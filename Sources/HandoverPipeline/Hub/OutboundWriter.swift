public import EventContracts
public import ExactlyOnceKafka
import Foundation
import HandoverRules

/// Decisions, dead letters and timers as Kafka messages: the one place where contracts' records become the client's.
struct OutboundWriter: Sendable {
    let topics: Topics
    private let handovers: HandoverEncoder
    private let events: EventEncoder

    init(topics: Topics) {
        self.topics = topics
        handovers = HandoverEncoder(topics: topics)
        events = EventEncoder(topics: topics)
    }

    func message(_ decided: OutboundDecision, following trace: TraceParent?) -> OutboundMessage {
        OutboundMessage(handovers.record(of: decided, following: trace))
    }

    /// The first sight of a refused record is its record time, so that a redelivery emits the same bytes.
    func deadLetter(_ record: KafkaRecord, _ rejection: Rejection, attempts: Int) -> OutboundMessage {
        let letter = DeadLetter(
            record: record.inbound, rejection: rejection,
            firstSeen: Instant(milliseconds: max(0, record.timestampMilliseconds)), attempts: attempts)
        return OutboundMessage(letter.outbound(topics: topics))
    }

    func timerID(_ timer: HandoverRules.Timer, of subject: NomsNumber) -> UUID { DerivedID.timer(subject, timer) }

    func record(of due: DueTimer) -> OutboundMessage {
        let timer = HandoverRules.Timer(
            kind: due.kind, cause: UUID(uuidString: due.cause) ?? due.id, dueAt: due.dueAt)
        return OutboundMessage(events.record(of: timer, subject: due.subject))
    }
}

extension OutboundMessage {
    /// A contract's record as the client sends it; it stamps and partitions it.
    public init(_ record: OutboundRecord) {
        self.init(
            topic: record.topic, key: record.key, value: record.value,
            headers: record.headers.map { KafkaHeader($0.name, $0.value) })
    }
}
