import FoundationEssentials
import HandoverRules

/// An HMPPS domain event, taken as it is published by prison-offender-events, bare or inside an SNS notification.
/// `description`, `detailUrl` and the other texts are never contract and never read.
struct HmppsEvent {
    private let document: JSONDocument
    /// When SNS took it, where it came wrapped.
    private var notifiedAt: Instant?
    private let type: String

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
        guard let kind = HmppsKind(rawValue: type) else {
            throw Rejection(.unknownType, "eventType: is not a taken HMPPS event type")
        }
        try checkVersion()
        let occurredAt: Instant = try required("occurredAt", 0, path: "occurredAt")
        let publishedAt: Instant =
            try HmppsEvent.optional(document, "publishedAt", 0, path: "publishedAt") ?? notifiedAt ?? occurredAt
        guard let info = document.member("additionalInformation", of: 0),
            document.nodes[info].kind == .object
        else { throw Rejection("additionalInformation", .missing) }
        let said = try said(kind, info, occurredAt)
        var event = Event(
            id: DerivedID.unset, subject: said.subject, occurredAt: occurredAt, publishedAt: publishedAt,
            receivedAt: .distantPast, system: SourceName.hmpps, booking: try optional("bookingId", info),
            payload: said.payload)
        let address = EventAddress.person(said.subject)
        let digest = ContentDigest(of: event)
        event.id = DerivedID.hmpps(
            eventType: type, subject: said.subject, occurredAt: occurredAt, prison: said.prison, reason: said.reason,
            content: digest)
        return DecodedEvent(
            event: event, address: address, contentDigest: digest, unknownFields: 0, identityIsDerived: true)
    }

    /// What kind of event says of whom: payload, and the parts of its identity.
    private func said(_ kind: HmppsKind, _ info: Int, _ occurredAt: Instant) throws(Rejection) -> HmppsContent {
        switch kind {
        case .released, .received:
            let prison: PrisonID = try required("prisonId", info, path: "additionalInformation.prisonId")
            // The code as it came: two unknown codes are two identities.
            let reason: ReasonText = try required("reason", info, path: "additionalInformation.reason")
            return HmppsContent(
                subject: try subject(info), prison: prison, reason: reason.text,
                payload: kind == .received ? try received(info, prison) : try released(info, prison, occurredAt))
        case .merged:
            // Which number survives is told by the field; the published description has it the other way round.
            var merged = IdentityMerged()
            merged.surviving = try subject(info)
            merged.removed = try optional("removedNomsNumber", info)
            guard merged.removed != merged.surviving else {
                throw Rejection(.fieldInvalid, "additionalInformation.removedNomsNumber: must differ from nomsNumber")
            }
            let reason: ReasonText? = try optional("reason", info)
            return HmppsContent(
                subject: merged.surviving, reason: reason?.text ?? "", payload: .identityMerged(merged))
        case .bookingMoved:
            let moved = try bookingMoved(info)
            return HmppsContent(subject: moved.to, payload: .bookingMoved(moved))
        }
    }

    private func received(_ info: Int, _ prison: PrisonID) throws(Rejection) -> Payload {
        var received = CustodyReceived()
        received.prison = prison
        received.reason = try required("reason", info, path: "additionalInformation.reason")
        received.movementReason = try optional("nomisMovementReasonCode", info)
        // Older events say it in words instead of a movement code.
        if let cause = document.member("probableCause", of: info), document.nodes[cause].kind == .string,
            document.holds(cause, "RECALL")
        {
            received.legalStatus = .recall
        }
        return .custodyReceived(received)
    }

    private func released(_ info: Int, _ prison: PrisonID, _ occurredAt: Instant) throws(Rejection) -> Payload {
        var released = ReleaseActual()
        released.releasedAt = occurredAt
        released.prison = prison
        released.hmppsReason = try required("reason", info, path: "additionalInformation.reason")
        released.movementReason = try optional("nomisMovementReasonCode", info)
        return .releaseActual(released)
    }

    /// The right person is the one the booking was moved to; personReference may name either.
    private func bookingMoved(_ info: Int) throws(Rejection) -> BookingMoved {
        var moved = BookingMoved()
        moved.booking = try required("bookingId", info, path: "additionalInformation.bookingId")
        moved.from = try required("movedFromNomsNumber", info, path: "additionalInformation.movedFromNomsNumber")
        moved.to = try required("movedToNomsNumber", info, path: "additionalInformation.movedToNomsNumber")
        guard moved.from != moved.to else {
            throw Rejection(
                .fieldInvalid, "additionalInformation.movedToNomsNumber: must differ from movedFromNomsNumber")
        }
        if let named = try referredPerson(), named != moved.to, named != moved.from {
            throw Rejection(.fieldInvalid, "personReference: must name a person of the booking that was moved")
        }
        return moved
    }

    /// The person: the NOMS identifier of personReference; older events have only additionalInformation.nomsNumber.
    /// Where both are there they must agree: a handover about the wrong person must not start here.
    private func subject(_ info: Int) throws(Rejection) -> NomsNumber {
        let inner: NomsNumber? = try optional("nomsNumber", info)
        if let outer = try referredPerson() {
            guard inner == nil || inner == outer else {
                throw Rejection(
                    .fieldInvalid, "personReference: must name the person of additionalInformation.nomsNumber")
            }
            return outer
        }
        guard let inner else { throw Rejection("additionalInformation.nomsNumber", .missing) }
        return inner
    }

    /// The NOMS identifier of personReference, nil where it has none.
    private func referredPerson() throws(Rejection) -> NomsNumber? {
        guard let reference = document.member("personReference", of: 0),
            let identifiers = document.member("identifiers", of: reference),
            document.nodes[identifiers].kind == .array
        else { return nil }
        var at = identifiers + 1
        while at < Int(document.nodes[identifiers].next) {
            if let kind = document.member("type", of: at), document.nodes[kind].kind == .string,
                document.holds(kind, "NOMS")
            {
                return try required("value", at, path: "personReference.identifiers.value")
            }
            at = Int(document.nodes[at].next)
        }
        return nil
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

/// The HMPPS event types that are taken.
private enum HmppsKind: String {
    case released = "prison-offender-events.prisoner.released"
    case received = "prison-offender-events.prisoner.received"
    case merged = "prison-offender-events.prisoner.merged"
    case bookingMoved = "prison-offender-events.prisoner.booking.moved"
}

/// An HMPPS event's content in our terms.
private struct HmppsContent {
    var subject: NomsNumber
    var prison: PrisonID?
    var reason = ""
    var payload: Payload
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
