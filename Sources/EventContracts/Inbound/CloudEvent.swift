import FoundationEssentials
import HandoverRules

/// The envelope of an inbound event, understood (contract.md §5, domain.md §7.1).
struct CloudEvent {
    private let type: EventType
    private let id: UUID
    private let source: SourceName
    private let subject: NomsNumber
    private let occurredAt: Instant
    private let publishedAt: Instant
    private let sequence: Int64?

    init(_ attributes: Attributes) throws(Rejection) {
        guard let version = attributes[.specversion] else {
            throw Rejection(.malformed, "specversion: is required: not a CloudEvent")
        }
        guard version == CloudEvent.specVersion else { throw Rejection(.malformed, "specversion: must be 1.0") }
        guard let type = attributes[.type] else { throw Rejection("type", .missing) }
        self.type = try EventName.read(type)
        guard let id = attributes[.id] else { throw Rejection("id", .missing) }
        guard let id = UUIDText.read(id) else { throw Rejection("id", UUIDText.rule) }
        self.id = id
        subject = try attributes.required(.subject)
        source = try CloudEvent.source(attributes)
        occurredAt = try attributes.required(.time)
        publishedAt = try attributes.required(.recordedtime)
        sequence = try CloudEvent.sequence(attributes)
        try CloudEvent.refuseCorrection(attributes)
    }

    /// The event with the fields at `data`; receivedAt is not known yet and stays at its blank.
    func decoded(_ document: JSONDocument, data: Int) throws(Rejection) -> DecodedEvent {
        guard document.nodes[data].kind == .object else {
            throw Rejection(.malformed, "data: must be a JSON object")
        }
        var common = CommonFields()
        var reader = JSONFieldReader(document, object: data)
        let payload: Payload
        do throws(FieldProblem) {
            try common.visit(&reader)
            payload = try Payload.read(type, &reader)
        } catch {
            throw Rejection("data.\(error.field)", error.rule)
        }
        try checkEntitlement(document, data)
        let event = Event(
            id: id, subject: subject, occurredAt: occurredAt, publishedAt: publishedAt, receivedAt: .distantPast,
            system: source.system, sourcePrison: source.prison, sequence: sequence, booking: common.booking,
            payload: payload)
        return DecodedEvent(
            event: event, contentDigest: ContentDigest(of: event, recordedBy: common.recordedBy),
            unknownFields: reader.unknownFields, identityIsDerived: false)
    }

    /// NOT_ENTITLED: data names a prison that is not the one in `source`; events that name none pass (contract §5).
    private func checkEntitlement(_ document: JSONDocument, _ data: Int) throws(Rejection) {
        for name in CloudEvent.prisonFields {
            guard let index = document.member(name, of: data), document.nodes[index].kind != .null else { continue }
            guard let prison = source.prison, document.nodes[index].kind == .string,
                document.string(at: index) == prison.text
            else { throw Rejection(.notEntitled, "data.\(name): must be the prison in source") }
        }
    }

    private static func source(_ attributes: Attributes) throws(Rejection) -> SourceName {
        guard let text = attributes[.source], !text.isEmpty else { throw Rejection("source", .missing) }
        do throws(FieldRule) {
            return try SourceName(text)
        } catch {
            throw Rejection("source", error)
        }
    }

    private static func sequence(_ attributes: Attributes) throws(Rejection) -> Int64? {
        guard let text = try attributes.text(.sequence) else { return nil }
        guard let number = Int64(text), number >= 0 else {
            throw Rejection(.fieldInvalid, "sequence: must be a whole number from 0")
        }
        return number
    }

    /// Both or neither. Corrections come with a later version; taking one for a new event would be wrong in silence,
    /// so it is set aside under a code that can be redriven then.
    private static func refuseCorrection(_ attributes: Attributes) throws(Rejection) {
        switch (attributes[.correctionof], attributes[.correctionkind]) {
        case (nil, nil): return
        case (.some, nil): throw Rejection("correctionkind", .missing)
        case (nil, .some): throw Rejection("correctionof", .missing)
        case (.some(let id), .some(let kind)):
            guard UUIDText.read(id) != nil else { throw Rejection("correctionof", UUIDText.rule) }
            guard kind == Array("AMEND".utf8) || kind == Array("VOID".utf8) else {
                throw Rejection("correctionkind", .unknownCode)
            }
            throw Rejection(.unknownType, "correctionof: corrections are not taken by this version")
        }
    }

    private static let specVersion = Array("1.0".utf8)
    private static let prisonFields: [StaticString] = ["prisonId", "fromPrisonId"]
}

/// Fields that every event's data may have.
struct CommonFields: FieldGroup {
    var booking: BookingID?
    /// Checked, counted in the digest, kept in the original bytes.
    var recordedBy: StaffReference?

    mutating func visit<V: FieldVisitor>(_ v: inout V) throws(FieldProblem) {
        try v.optional("bookingId", &booking)
        try v.optional("recordedBy", &recordedBy)
    }
}
