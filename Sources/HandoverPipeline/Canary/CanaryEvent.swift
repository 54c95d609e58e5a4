import EventContracts
import FoundationEssentials
import HandoverRules

/// The synthetic release that is sent through the pipeline to see that it works. It is known by its source,
/// `/prisons/ZCY/hub-canary`, which is in no register and has no token, and by a number that begins with Z, which no
/// prison gives out: nobody's release can be taken for one.
enum CanaryEvent {
    static let system = "hub-canary"
    /// The prison from which the canary is released; there is none of this name.
    static let prison = PrisonID(unchecked: "ZCY")

    static func isOne(_ event: Event) -> Bool {
        event.system == system && event.sourcePrison == prison && event.payload.type == .releaseActual
            && event.subject.text.utf8.first == UInt8(ascii: "Z")
    }

    /// Every canary has another number than the one before, so that one after the other they go over all partitions.
    static func number(_ sequence: Int64) -> NomsNumber {
        let digits = String(sequence % 10_000)
        return NomsNumber(unchecked: "Z" + String(repeating: "0", count: 4 - digits.count) + digits + "CY")
    }

    static func release(_ id: UUID, sequence: Int64, at instant: Instant) -> Event {
        let second = Instant(milliseconds: instant.milliseconds / 1000 * 1000)
        var released = ReleaseActual()
        released.releasedAt = second
        released.prison = prison
        released.releaseReason = .crd
        released.place = .prison
        released.movementReason = MovementReasonCode(unchecked: "CR")
        var address = ReleaseAddress()
        address.postcode = Postcode(unchecked: CanaryDecision.postcode)
        address.status = .own
        released.address = address
        return Event(
            id: id, subject: number(sequence), occurredAt: second, publishedAt: second, receivedAt: second,
            system: system, sourcePrison: prison, payload: .releaseActual(released))
    }
}
