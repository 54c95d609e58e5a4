import FoundationEssentials
import HandoverRules

/// An HMPPS domain event, taken as it is published by prison-offender-events, bare or inside an SNS notification.
/// `description`, `detailUrl` and the other texts are never contract and never read.
struct HmppsEvent {
    private let document: JSONDocument
    /// When SNS took it, where it came wrapped.
    private var notifiedAt: Instant?
    private let type: String

    static let released = "prison-offender-events.prisoner.released"
    static let received = "prison-offender-events.prisoner.received"

    /// - Parameter outer: the record's value.
    init(unwrapping outer: JSONDocument) throws(Rejection) {
        guard outer.nodes[0].kind == .object else { throw Rejection(.malformed, "value: must be a JSON object") }
        if outer.member("eventType", of: 0) == nil, let message = outer.member("Message", of: 0) {
            guard outer.nodes[message].kind == .string else {
                throw Rejection(.malformed, "Message: must be JSON as a string")
            }
            document = try Message.document(outer.utf8(at: message), named: "Message")
            notifiedAt = try HmppsEvent.optional(outer, "Timestamp", 0, path: "Timestamp")
        } else {
            document = outer
        }
        guard document.nodes[0].kind == .object else { throw Rejection(.malformed, "Message: must be a JSON object") }
        guard let eventType = document.member("eventType", of: 0) else {
            throw Rejection(
                .malformed, "value: must be a CloudEvent (ce_ headers or content-type) or an HMPPS domain event")
        }
        guard document.nodes[eventType].kind == .string else {
            throw Rejection(.malformed, "eventType: must be a string")
        }
        type = document.string(at: eventType)
    }

    func decoded() throws(Rejection) -> DecodedEvent {
        guard type == HmppsEvent.released || type == HmppsEvent.received else {
            throw Rejection(.unknownType, "eventType: is not a taken HMPPS event type")
        }
        try checkVersion()
        let occurredAt: Instant = try required("occurredAt", 0, path: "occurredAt")
        let publishedAt: Instant =
            try HmppsEvent.optional(document, "publishedAt", 0, path: "publishedAt") ?? notifiedAt ?? occurredAt
        guard let info = document.member("additionalInformation", of: 0),
            document.nodes[info].kind == .object
        else { throw Rejection("additionalInformation", .missing) }
        let subject = try subject(info)
        let prison: PrisonID = try required("prisonId", info, path: "additionalInformation.prisonId")
        // The code as it came: two unknown codes are two identities.
        let reason: ReasonText = try required("reason", info, path: "additionalInformation.reason")
        let payload = try payload(info, prison: prison, occurredAt: occurredAt)
        var event = Event(
            id: DerivedID.unset, subject: subject, occurredAt: occurredAt, publishedAt: publishedAt,
            receivedAt: .distantPast, system: SourceName.hmpps, booking: try optional("bookingId", info),
            payload: payload)
        let digest = ContentDigest(of: event)
        event.id = DerivedID.hmpps(
            eventType: type, subject: subject, occurredAt: occurredAt, prison: prison, reason: reason.text,
            content: digest)
        return DecodedEvent(event: event, contentDigest: digest, unknownFields: 0, identityIsDerived: true)
    }

    private func payload(_ info: Int, prison: PrisonID, occurredAt: Instant) throws(Rejection) -> Payload {
        if type == HmppsEvent.received {
            var received = CustodyReceived()
            received.prison = prison
            received.reason = try required("reason", info, path: "additionalInformation.reason")
            received.movementReason = try optional("nomisMovementReasonCode", info)
            // Older events say it in words instead of a movement code.
            if let cause = document.member("probableCause", of: info), document.holds(cause, "RECALL") {
                received.legalStatus = .recall
            }
            return .custodyReceived(received)
        }
        var released = ReleaseActual()
        released.releasedAt = occurredAt
        released.prison = prison
        released.hmppsReason = try required("reason", info, path: "additionalInformation.reason")
        released.movementReason = try optional("nomisMovementReasonCode", info)
        return .releaseActual(released)
    }

    /// The person: the NOMS identifier of personReference; older events have only additionalInformation.nomsNumber.
    /// Where both are there they must agree: a handover about the wrong person must not start here.
    private func subject(_ info: Int) throws(Rejection) -> NomsNumber {
        let inner: NomsNumber? = try optional("nomsNumber", info)
        guard let reference = document.member("personReference", of: 0),
            let identifiers = document.member("identifiers", of: reference),
            document.nodes[identifiers].kind == .array
        else {
            guard let inner else { throw Rejection("additionalInformation.nomsNumber", .missing) }
            return inner
        }
        var at = identifiers + 1
        while at < Int(document.nodes[identifiers].next) {
            if let kind = document.member("type", of: at), document.nodes[kind].kind == .string,
                document.holds(kind, "NOMS")
            {
                let outer: NomsNumber = try required("value", at, path: "personReference.identifiers.value")
                guard inner == nil || inner == outer else {
                    throw Rejection(
                        .fieldInvalid, "personReference: must name the person of additionalInformation.nomsNumber")
                }
                return outer
            }
            at = Int(document.nodes[at].next)
        }
        guard let inner else { throw Rejection("personReference.identifiers", .missing) }
        return inner
    }

    /// `version` is 1 where it is given at all.
    private func checkVersion() throws(Rejection) {
        guard let index = document.member("version", of: 0), document.nodes[index].kind != .null else { return }
        guard let version = document.integer(at: index) else {
            throw Rejection(.fieldInvalid, "version: must be a whole number")
        }
        guard version == 1 else { throw Rejection(.unknownVersion, "version: must be 1") }
    }

    private func required<V: FieldValue>(
        _ name: StaticString, _ object: Int, path: String
    ) throws(Rejection) -> V {
        guard let value: V = try HmppsEvent.optional(document, name, object, path: path) else {
            throw Rejection(path, .missing)
        }
        return value
    }

    private func optional<V: FieldValue>(_ name: StaticString, _ info: Int) throws(Rejection) -> V? {
        try HmppsEvent.optional(document, name, info, path: "additionalInformation.\(name)")
    }

    private static func optional<V: FieldValue>(
        _ document: JSONDocument, _ name: StaticString, _ object: Int, path: String
    ) throws(Rejection) -> V? {
        guard let index = document.member(name, of: object), document.nodes[index].kind != .null else { return nil }
        do throws(FieldRule) {
            return try V(primitive: try document.primitive(at: index))
        } catch {
            throw Rejection(path, error)
        }
    }
}

/// `reason` of an HMPPS event as it came: 1–64 characters of a code.
private struct ReasonText: PatternText {
    static let rule: StaticString = "must be a code of 1 to 64 capital letters, digits or '_'"
    let text: String
    init(unchecked text: String) { self.text = text }
    static func accepts(_ b: UnsafeBufferPointer<UInt8>) -> Bool {
        (1...64).contains(b.count)
            && b.allSatisfy { (65...90).contains($0) || (48...57).contains($0) || $0 == UInt8(ascii: "_") }
    }
}
