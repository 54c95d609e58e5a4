import EventContracts
import Foundation
import HandoverRules

extension SeededGenerator {
    mutating func uuid() -> UUID {
        var bytes = (0..<16).map { _ in UInt8.random(in: 0...255, using: &self) }
        return bytes.withUnsafeMutableBytes { UUID(uuid: $0.load(as: uuid_t.self)) }
    }

    mutating func noms() -> NomsNumber { NomsNumber("Z" + text(digits, 4...4) + text(capitals, 2...2))! }

    mutating func instant() -> Instant {
        var fields = RandomFields(generator: self)
        defer { self = fields.generator }
        return fields.instant()
    }

    /// A valid event of `type` that its source may publish, received at its recordedtime.
    mutating func event(_ type: EventType, subject: NomsNumber) -> Event {
        if type == .timerFired {
            let timer = Timer(kind: .random(using: &self), cause: uuid(), dueAt: instant())
            return EventEncoder.event(of: timer, subject: subject)
        }
        while true {
            var fields = RandomFields(generator: self)
            let filled = try? Payload.visit(type, &fields)
            self = fields.generator
            guard let filled else { continue }
            let payload = settled(filled, subject)
            let occurredAt = instant()
            let published = occurredAt + .seconds(.random(in: -3600...864_000, using: &self))
            return Event(
                id: uuid(), subject: payload.namesHandover ? .blank : subject, occurredAt: occurredAt,
                publishedAt: published,
                receivedAt: published, system: oneIn(2) ? "nomis-feed" : "case-notes/v2",
                sourcePrison: payload.prison ?? PrisonID("MDI"),
                sequence: oneIn(2) ? .random(in: 0...Int64.max, using: &self) : nil,
                booking: booking(of: payload),
                correction: correction(type), payload: payload)
        }
    }

    /// The payload with what must agree with the envelope: ids of the hub, and the person.
    private mutating func settled(_ payload: Payload, _ subject: NomsNumber) -> Payload {
        switch payload {
        case .handoverAcknowledged(var p):
            p.handover = Label(UUIDString.of(uuid()))!
            return .handoverAcknowledged(p)
        case .engagementRecorded(var p):
            p.handover = Label(UUIDString.of(uuid()))!
            return .engagementRecorded(p)
        case .taskResolved(var p):
            p.task = Label(UUIDString.of(uuid()))!
            return .taskResolved(p)
        case .identityMerged(var p):
            p.surviving = subject
            return .identityMerged(p)
        case .bookingMoved(var p):
            p.to = subject
            return .bookingMoved(p)
        default: return payload
        }
    }

    private mutating func booking(of payload: Payload) -> BookingID? {
        if case .bookingMoved(let move) = payload { return move.booking }
        return oneIn(2) ? BookingID(unchecked: .random(in: 1...Int64.max, using: &self)) : nil
    }

    private mutating func correction(_ type: EventType) -> Correction? {
        switch type {
        case .recordCorrected: Correction(of: uuid(), kind: .void, keepsTime: false)
        case .timerFired, .referenceChanged: nil
        default:
            switch Int.random(in: 0...5, using: &self) {
            case 0: Correction(of: uuid(), kind: .amend, keepsTime: true)
            case 1: Correction(of: uuid(), kind: .random(using: &self), keepsTime: false)
            default: nil
            }
        }
    }
}

extension Payload {
    /// The prison in its data, which must be the prison of its source.
    var prison: PrisonID? {
        switch self {
        case .custodyReceived(let p): p.prison
        case .releaseActual(let p): p.prison
        case .releasePlanned(let p): p.fields.prison
        case .releaseChanged(let p): p.fields.prison
        case .custodyMovedOut(let p): p.from
        case .custodyEndedOther(let p): p.prison
        case .kitConfirmed(let p): p.prison
        default: nil
        }
    }
}

extension Payload {
    /// Whether its source knows a handover, not a person.
    var namesHandover: Bool {
        switch self {
        case .handoverAcknowledged, .engagementRecorded: true
        default: false
        }
    }
}

let topics = Topics()

/// A record as the broker would hand it over.
func inbound(_ out: OutboundRecord, timestamp: Instant = Instant(milliseconds: 1_900_000_000_000)) -> InboundRecord {
    InboundRecord(
        topic: out.topic, partition: 3, offset: 41, timestampMilliseconds: timestamp.milliseconds, key: out.key,
        value: out.value, headers: out.headers)
}

func decode(_ record: InboundRecord, clock: ReceiptClock = .events) -> DecodedRecord {
    EventDecoder(topics: topics).decode(record, clock: clock)
}

extension DecodedRecord {
    var decoded: DecodedEvent? { if case .event(let event) = self { event } else { nil } }
    var event: Event? { decoded?.event }
    var rejection: Rejection? { if case .rejected(let rejection) = self { rejection } else { nil } }
    /// The reason's code, or EVENT.
    var outcome: String { rejection?.reason.rawValue ?? "EVENT" }
}
