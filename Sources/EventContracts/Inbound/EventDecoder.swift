import HandoverRules

/// Bytes to events. Pure: no clock, no I/O; safe from any number of threads. What it cannot take is a value, never
/// a throw: one bad record never stops its partition (contract.md §5).
public struct EventDecoder: Sendable {
    /// Values above this are TOO_LARGE: 1 MiB (contract.md §5).
    public static let valueBytesMax = 1 << 20

    private let timersTopic: String
    private let decisionsTopic: String

    public init(topics: Topics) {
        timersTopic = topics.timers
        decisionsTopic = topics.decisions
    }

    /// Reads a CloudEvent of the Kafka binding (binary or structured mode) or an HMPPS domain event, bare or inside
    /// an SNS notification. The key is not looked at: the subject counts.
    public func decode(_ record: InboundRecord, clock: ReceiptClock) -> DecodedRecord {
        do throws(Rejection) {
            return .event(try understood(record, clock))
        } catch {
            return .rejected(error)
        }
    }

    private func understood(_ record: InboundRecord, _ clock: ReceiptClock) throws(Rejection) -> DecodedEvent {
        guard let value = record.value, !value.isEmpty else {
            throw Rejection(.malformed, "value: must not be null or empty")
        }
        guard value.count <= EventDecoder.valueBytesMax else {
            throw Rejection(.tooLarge, "value: must be at most 1 MiB")
        }
        let message = try Message(headers: record.headers, value: value)
        var decoded = try message.decoded()
        if let trace = TraceParent(headers: record.headers) { decoded.trace = decoded.trace ?? trace }
        try checkTopic(decoded.event.payload.type, record.topic)
        let event = decoded.event
        decoded.event.receivedAt = clock.receipt(
            timestampMilliseconds: record.timestampMilliseconds, publishedAt: event.publishedAt,
            payload: event.payload)
        guard event.occurredAt <= decoded.event.receivedAt + Rulebook.futureDatedMax else {
            throw Rejection(.futureDated, "time: must not be more than 24 hours after receipt")
        }
        return decoded
    }

    /// Every event is taken by its type, whatever the topic, but for the hub's own: timers come from the hub alone,
    /// decisions from whoever may write to `hub.decisions`. (A line of a file has no topic yet.)
    private func checkTopic(_ type: EventType, _ topic: String) throws(Rejection) {
        let isTaken =
            switch type {
            case .timerFired: topic == timersTopic
            case .routingAssigned, .taskResolved, .referenceChanged: topic == decisionsTopic || topic.isEmpty
            default: true
            }
        guard isTaken else { throw Rejection(.unknownType, "type: is the hub's own and not taken here") }
    }
}
