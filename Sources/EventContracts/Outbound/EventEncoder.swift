public import FoundationEssentials
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
    ///
    /// An amendment that keeps the corrected event's time, and a bare void, become a `record.corrected`; any other
    /// correction goes in the attributes. A response is addressed to its handover, whoever it is about.
    /// - Parameter address: whom to name in `subject`, where that is not what ``EventAddress/init(of:)`` says: of a
    ///   bare void of a response the handover.
    /// - Throws: the first rule across fields that the payload breaks; its single fields can't be wrong.
    public func record(of event: Event, to address: EventAddress? = nil) throws(FieldProblem) -> OutboundRecord {
        let address = address ?? EventAddress(of: event)
        let isVoidOfResponse = event.payload.type == .recordCorrected && address.person == .blank
        return OutboundRecord(
            topic: isVoidOfResponse ? topics.communityResponses : topics.inbound(event.payload.type),
            key: Array(address.text.utf8), value: try EventEncoder.data(of: event),
            headers: headers(of: event, address))
    }

    /// The record of a due timer on `hub.timers`: its id derives from (person, kind, cause, dueAt), its time and
    /// recordedtime are its dueAt, so that publishing it again is a duplicate like any other (design.md §4).
    public func record(of timer: Timer, subject: NomsNumber) -> OutboundRecord {
        let event = EventEncoder.event(of: timer, subject: subject)
        // A timer has no rule across its fields, so its data can't be refused.
        let data = (try? EventEncoder.data(of: event)) ?? []
        return OutboundRecord(
            topic: topics.timers, key: Array(subject.text.utf8), value: data,
            headers: headers(of: event, .person(subject)))
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

    /// What people decide at the hub (routing.assigned, task.resolved), as an event of `hub.decisions` that occurs and
    /// is published at once.
    /// - Parameter id: the same for the same decision, so that publishing it again is a duplicate.
    public static func decision(_ payload: Payload, id: UUID, subject: NomsNumber, at instant: Instant) -> Event {
        Event(
            id: id, subject: subject, occurredAt: instant, publishedAt: instant, receivedAt: instant,
            system: SourceName.decisions, payload: payload)
    }

    /// That version `registerVersion` of the registers changed what a person's live spell rests on (domain.md §7.2).
    /// - Parameter instant: when that version came into force, not when this is published: publishing it again must
    ///   make the same event.
    public static func event(
        of change: ReferenceChange, registerVersion: Int64, subject: NomsNumber, at instant: Instant
    ) -> Event {
        var changed = ReferenceChanged()
        changed.what = change
        return decision(
            .referenceChanged(changed), id: DerivedID.referenceChanged(registerVersion: registerVersion, subject),
            subject: subject, at: instant)
    }

    /// The JSON of an event's `data`.
    public static func data(of event: Event) throws(FieldProblem) -> [UInt8] {
        var visitor = JSONFieldWriter(writer: JSONWriter())
        visitor.writer.beginObject()
        if let booking = event.booking, event.payload.type != .bookingMoved {
            visitor.writer.name("bookingId")
            visitor.writer.int(booking.value)
        }
        if let correction = event.correction, event.isRecordCorrected {
            try EventEncoder.write(correction, of: event.payload, &visitor)
        } else {
            try event.payload.show(&visitor)
        }
        visitor.writer.endObject()
        return visitor.writer.bytes
    }

    /// The members of a `record.corrected`.
    private static func write(
        _ correction: Correction, of payload: Payload, _ visitor: inout JSONFieldWriter
    ) throws(FieldProblem) {
        visitor.writer.name("correctionOf")
        visitor.writer.string(UUIDText.write(correction.of))
        visitor.writer.name("kind")
        visitor.writer.string(correction.kind.rawValue)
        if case .recordCorrected = payload { return try payload.show(&visitor) }
        visitor.writer.name("correctedType")
        visitor.writer.string(payload.type.rawValue)
        visitor.writer.name("replacement")
        visitor.writer.beginObject()
        try payload.show(&visitor)
        visitor.writer.endObject()
    }

    private func headers(of event: Event, _ address: EventAddress) -> [RecordHeader] {
        let type = event.isRecordCorrected ? EventType.recordCorrected : event.payload.type
        var headers = [
            RecordHeader("ce_specversion", "1.0"),
            RecordHeader("ce_id", UUIDText.write(event.id)),
            RecordHeader("ce_type", EventName.text(of: type)),
            RecordHeader("ce_source", SourceName.text(of: event)),
            RecordHeader("ce_subject", address.text),
            RecordHeader("ce_time", RFC3339.utc(event.occurredAt)),
            RecordHeader("ce_recordedtime", RFC3339.utc(event.publishedAt)),
            RecordHeader("content-type", "application/json"),
        ]
        if let sequence = event.sequence { headers.append(RecordHeader("ce_sequence", String(sequence))) }
        if let correction = event.correction, !event.isRecordCorrected {
            headers.append(RecordHeader("ce_correctionof", UUIDText.write(correction.of)))
            headers.append(RecordHeader("ce_correctionkind", correction.kind.rawValue))
        }
        return headers
    }
}

extension Event {
    /// Whether the event travels as `record.corrected`.
    fileprivate var isRecordCorrected: Bool { payload.type == .recordCorrected || correction?.keepsTime == true }
}
