import FoundationEssentials
import HandoverRules

/// Events one after the other. What mostly stays the same from one to the next (person, system, prison, booking) is
/// written once; times are distances from the event before.
struct CompactEventWriter {
    private var fields: CompactFieldWriter
    private var last: Event?

    init(_ writer: CompactWriter) { fields = CompactFieldWriter(writer: writer) }

    var writer: CompactWriter { fields.writer }

    mutating func append(_ event: Event, ofPerson subject: NomsNumber) {
        var shape = EventShape()
        shape.set(.otherSubject, event.subject != subject)
        shape.set(.newSystem, last?.system != event.system)
        shape.set(.newPrison, last?.sourcePrison != event.sourcePrison)
        shape.set(.newBooking, last?.booking != event.booking)
        shape.set(.sequence, event.sequence != nil)
        shape.set(.correction, event.correction != nil)
        fields.writer.id(event.id)
        fields.writer.byte(shape.bits)
        fields.writer.byte(CompactEvents.number(of: event.payload.type))
        if shape.has(.otherSubject) { fields.writer.text(event.subject.text) }
        if shape.has(.newSystem) { fields.writer.text(event.system) }
        if shape.has(.newPrison) { fields.writer.text(event.sourcePrison?.text ?? "") }
        if shape.has(.newBooking) { fields.writer.signed(event.booking?.value ?? 0) }
        if let sequence = event.sequence { fields.writer.signed(sequence) }
        if let correction = event.correction { fields.writer.correction(correction) }
        fields.writer.instant(event.occurredAt, from: last?.occurredAt ?? .distantPast)
        fields.writer.instant(event.publishedAt, from: event.occurredAt)
        fields.writer.instant(event.receivedAt, from: event.publishedAt)
        // Refused only for an event that no decoder made; its bytes then don't read back and the caller rebuilds.
        try? event.payload.show(&fields)
        last = event
    }
}

struct CompactEventReader {
    private var fields: CompactFieldReader
    private var last: Event?

    init(_ reader: CompactReader) { fields = CompactFieldReader(reader: reader) }

    var reader: CompactReader { fields.reader }

    mutating func next(ofPerson subject: NomsNumber) throws(NotCompact) -> Event {
        let id = try fields.reader.id()
        let shape = EventShape(bits: try fields.reader.byte())
        guard let type = CompactEvents.type(of: try fields.reader.byte()) else { throw NotCompact() }
        let subject = shape.has(.otherSubject) ? try pattern() : subject
        let system = shape.has(.newSystem) ? try fields.reader.text() : last?.system ?? ""
        let prison: PrisonID? = shape.has(.newPrison) ? try optionalPattern() : last?.sourcePrison
        let booking = shape.has(.newBooking) ? try booking() : last?.booking
        let sequence: Int64? = shape.has(.sequence) ? try fields.reader.signed() : nil
        let correction: Correction? = shape.has(.correction) ? try fields.reader.correction() : nil
        let occurredAt = try fields.reader.instant(from: last?.occurredAt ?? .distantPast)
        let publishedAt = try fields.reader.instant(from: occurredAt)
        let receivedAt = try fields.reader.instant(from: publishedAt)
        let payload: Payload
        do throws(FieldProblem) { payload = try Payload.read(type, &fields) } catch { throw NotCompact() }
        let event = Event(
            id: id, subject: subject, occurredAt: occurredAt, publishedAt: publishedAt, receivedAt: receivedAt,
            system: system, sourcePrison: prison, sequence: sequence, booking: booking, correction: correction,
            payload: payload)
        last = event
        return event
    }

    private mutating func pattern<P: PatternText>() throws(NotCompact) -> P {
        guard let value = P(try fields.reader.text()) else { throw NotCompact() }
        return value
    }

    private mutating func optionalPattern<P: PatternText>() throws(NotCompact) -> P? {
        let text = try fields.reader.text()
        if text.isEmpty { return nil }
        guard let value = P(text) else { throw NotCompact() }
        return value
    }

    private mutating func booking() throws(NotCompact) -> BookingID? {
        let number = try fields.reader.signed()
        if number == 0 { return nil }
        guard number > 0 else { throw NotCompact() }
        return BookingID(unchecked: number)
    }
}

extension CompactWriter {
    fileprivate mutating func correction(_ correction: Correction) {
        id(correction.of)
        text(correction.kind.rawValue)
        flag(correction.keepsTime)
    }
}

extension CompactReader {
    fileprivate mutating func correction() throws(NotCompact) -> Correction {
        Correction(of: try id(), kind: try code(), keepsTime: try flag())
    }
}

/// Which of an event's envelope fields are written.
struct EventShape {
    enum Part: UInt8 {
        case otherSubject = 1, newSystem = 2, newPrison = 4, newBooking = 8, sequence = 16, correction = 32
    }

    private(set) var bits: UInt8

    init(bits: UInt8 = 0) { self.bits = bits }

    mutating func set(_ part: Part, _ isSet: Bool) { if isSet { bits |= part.rawValue } }
    func has(_ part: Part) -> Bool { bits & part.rawValue != 0 }
}

/// Event types by number: their place in the published list.
enum CompactEvents {
    static func number(of type: EventType) -> UInt8 { UInt8(types.firstIndex(of: type) ?? 0) }

    static func type(of number: UInt8) -> EventType? { number < types.count ? types[Int(number)] : nil }

    private static let types = EventType.allCases
}
