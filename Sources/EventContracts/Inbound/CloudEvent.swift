import FoundationEssentials
import HandoverRules

/// The envelope of an inbound event, understood (contract.md §5, domain.md §7.1).
struct CloudEvent {
    private let type: EventType
    private let id: UUID
    private let source: SourceName
    private let address: EventAddress
    private let occurredAt: Instant
    private let publishedAt: Instant
    private let sequence: Int64?
    private let correction: Correction?

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
        address = try EventAddress.read(attributes, of: self.type)
        source = try CloudEvent.source(attributes)
        occurredAt = try attributes.required(.time)
        publishedAt = try attributes.required(.recordedtime)
        sequence = try CloudEvent.sequence(attributes)
        correction = try CloudEvent.correction(attributes, id, self.type)
    }

    /// The event with the fields at `data`; receivedAt is not known yet and stays at its blank.
    func decoded(_ document: JSONDocument, data: Int) throws(Rejection) -> DecodedEvent {
        guard document.nodes[data].kind == .object else {
            throw Rejection(.malformed, "data: must be a JSON object")
        }
        var content =
            type == .recordCorrected
            ? try EventContent(correcting: document, data, id, said: correction)
            : try EventContent(document, data, type, correction)
        let address = try content.agree(with: address)
        try checkEntitlement(document, data, "data")
        if let replacement = content.replacement { try checkEntitlement(document, replacement, "data.replacement") }
        let event = Event(
            id: id, subject: address.person, occurredAt: occurredAt, publishedAt: publishedAt,
            receivedAt: .distantPast, system: source.system, sourcePrison: source.prison, sequence: sequence,
            booking: content.booking, correction: content.correction, payload: content.payload)
        return DecodedEvent(
            event: event, address: address, sourceProvider: source.provider, correctedType: content.correctedType,
            contentDigest: ContentDigest(of: event, address, recordedBy: content.recordedBy, reason: content.reason),
            unknownFields: content.unknownFields, identityIsDerived: false)
    }

    /// NOT_ENTITLED: data names a prison that is not the one in `source`; events that name none pass (contract §5).
    private func checkEntitlement(_ document: JSONDocument, _ data: Int, _ path: StaticString) throws(Rejection) {
        for name in CloudEvent.prisonFields {
            guard let index = document.member(name, of: data), document.nodes[index].kind != .null else { continue }
            guard let prison = source.prison, document.nodes[index].kind == .string,
                document.string(at: index) == prison.text
            else { throw Rejection(.notEntitled, "\(path).\(name): must be the prison in source") }
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
        guard text.utf8.allSatisfy({ (48...57).contains($0) }), let number = Int64(text) else {
            throw Rejection(.fieldInvalid, "sequence: must be a whole number from 0")
        }
        return number
    }

    /// Both attributes or neither. An event that corrects another one by them has its own time and its whole content.
    private static func correction(
        _ attributes: Attributes, _ id: UUID, _ type: EventType
    ) throws(Rejection) -> Correction? {
        switch (attributes[.correctionof], attributes[.correctionkind]) {
        case (nil, nil): return nil
        case (.some, nil): throw Rejection("correctionkind", .missing)
        case (nil, .some): throw Rejection("correctionof", .missing)
        case (.some(let text), .some):
            guard let of = UUIDText.read(text) else { throw Rejection("correctionof", UUIDText.rule) }
            guard of != id else { throw Rejection(.fieldInvalid, "correctionof: must be another event") }
            guard type == .recordCorrected || type.isCorrectable else {
                throw Rejection(.fieldInvalid, "correctionof: an event of this type is no correction")
            }
            return Correction(of: of, kind: try attributes.required(.correctionkind), keepsTime: false)
        }
    }

    private static let specVersion = Array("1.0".utf8)
    private static let prisonFields: [StaticString] = ["prisonId", "fromPrisonId"]
}
