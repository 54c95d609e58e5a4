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
            let payload = try? Payload.visit(type, &fields)
            self = fields.generator
            guard let payload else { continue }
            let occurredAt = instant()
            let published = occurredAt + .seconds(.random(in: -3600...864_000, using: &self))
            return Event(
                id: uuid(), subject: subject, occurredAt: occurredAt, publishedAt: published,
                receivedAt: published, system: oneIn(2) ? "nomis-feed" : "case-notes/v2",
                sourcePrison: payload.prison ?? PrisonID("MDI"),
                sequence: oneIn(2) ? .random(in: 0...Int64.max, using: &self) : nil,
                booking: oneIn(2) ? BookingID(unchecked: .random(in: 1...Int64.max, using: &self)) : nil,
                payload: payload)
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
        default: nil
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
