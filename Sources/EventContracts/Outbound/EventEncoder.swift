public import HandoverRules

/// A record on its way to an inbound topic or out of the hub. The client stamps and partitions it (by key).
public struct OutboundRecord: Sendable, Hashable {
    public var topic: String
    public var key: [UInt8]?
    public var value: [UInt8]?
    public var headers: [RecordHeader]

    public init(topic: String, key: [UInt8]?, value: [UInt8]?, headers: [RecordHeader]) {
        self.topic = topic
        self.key = key
        self.value = value
        self.headers = headers
    }
}

/// Events to bytes: what a prison would publish, as a binary-mode CloudEvent on the topic of its type. For the
/// simulator, the publish command and the hub's own timers.
public struct EventEncoder: Sendable {
    private let topics: Topics

    public init(topics: Topics) { self.topics = topics }

    /// The record of an event, its times in UTC. receivedAt is left out: whoever takes it in sets it.
    /// - Throws: the first rule across fields that the payload breaks; its single fields can't be wrong.
    public func record(of event: Event) throws(FieldProblem) -> OutboundRecord {
        OutboundRecord(
            topic: topics.inbound(event.payload.type), key: Array(event.subject.text.utf8),
            value: try EventEncoder.data(of: event), headers: headers(of: event))
    }

    /// The record of a due timer on `hub.timers`: its id derives from (person, kind, cause, dueAt), its time and
    /// recordedtime are its dueAt, so that publishing it again is a duplicate like any other (design.md §4).
    public func record(of timer: Timer, subject: NomsNumber) -> OutboundRecord {
        let event = EventEncoder.event(of: timer, subject: subject)
        // A timer has no rule across its fields, so its data can't be refused.
        let data = (try? EventEncoder.data(of: event)) ?? []
        return OutboundRecord(
            topic: topics.timers, key: Array(subject.text.utf8), value: data, headers: headers(of: event))
    }

    /// A timer as the event that it becomes; received at its dueAt.
    public static func event(of timer: Timer, subject: NomsNumber) -> Event {
        var fired = TimerFired()
        fired.kind = timer.kind
        fired.cause = Label(unchecked: UUIDText.write(timer.cause))
        fired.dueAt = timer.dueAt
        return Event(
            id: DerivedID.timer(subject, timer), subject: subject, occurredAt: timer.dueAt, publishedAt: timer.dueAt,
            receivedAt: timer.dueAt, system: SourceName.timers, payload: .timerFired(fired))
    }

    /// The JSON of an event's `data`.
    public static func data(of event: Event) throws(FieldProblem) -> [UInt8] {
        var visitor = JSONFieldWriter(writer: JSONWriter())
        visitor.writer.beginObject()
        if let booking = event.booking {
            visitor.writer.name("bookingId")
            visitor.writer.int(booking.value)
        }
        try event.payload.show(&visitor)
        visitor.writer.endObject()
        return visitor.writer.bytes
    }

    private func headers(of event: Event) -> [RecordHeader] {
        var headers = [
            RecordHeader("ce_specversion", "1.0"),
            RecordHeader("ce_id", UUIDText.write(event.id)),
            RecordHeader("ce_type", EventName.text(of: event.payload.type)),
            RecordHeader("ce_source", SourceName.text(of: event)),
            RecordHeader("ce_subject", event.subject.text),
            RecordHeader("ce_time", RFC3339.utc(event.occurredAt)),
            RecordHeader("ce_recordedtime", RFC3339.utc(event.publishedAt)),
            RecordHeader("content-type", "application/json"),
        ]
        if let sequence = event.sequence { headers.append(RecordHeader("ce_sequence", String(sequence))) }
        return headers
    }
}
