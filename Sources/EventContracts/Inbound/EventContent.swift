import FoundationEssentials
import HandoverRules

/// The data of an event, understood.
struct EventContent {
    var payload: Payload
    var booking: BookingID?
    var recordedBy: StaffReference?
    var correction: Correction?
    /// Members that no field claimed.
    var unknownFields: Int
    // Of a record.corrected alone:
    /// The type that it says it corrects.
    var correctedType: EventType?
    /// Why it amends; where it voids, the payload has it.
    var reason: FreeText?
    /// The index of the object that the payload's fields are members of, if that is not data itself.
    var replacement: Int?

    /// The fields of `type` at `data`.
    init(
        _ document: JSONDocument, _ data: Int, _ type: EventType, _ correction: Correction?
    ) throws(Rejection) {
        var common = CommonFields(bookingIsOwn: type == .bookingMoved)
        var reader = JSONFieldReader(document, object: data)
        do throws(FieldProblem) {
            try common.visit(&reader)
            payload = try Payload.read(type, &reader)
        } catch {
            throw Rejection("data.\(error.field)", error.rule)
        }
        booking = common.booking
        if case .bookingMoved(let move) = payload { booking = move.booking }
        recordedBy = common.recordedBy
        unknownFields = reader.unknownFields
        self.correction = correction
    }

    /// Settles whom the event is about: subject and data must name the same one. Ids get their one written form.
    mutating func agree(with address: EventAddress) throws(Rejection) -> EventAddress {
        switch payload {
        case .handoverAcknowledged(var response):
            let handover = try agreed(response.handover, "handoverId", address, EventAddress.Unknown.handover)
            response.handover = Label(unchecked: UUIDText.write(handover))
            payload = .handoverAcknowledged(response)
            return .handover(handover)
        case .engagementRecorded(var response):
            let handover = try agreed(response.handover, "handoverId", address, EventAddress.Unknown.handover)
            response.handover = Label(unchecked: UUIDText.write(handover))
            payload = .engagementRecorded(response)
            return .handover(handover)
        case .taskResolved(var resolution):
            let task = try agreed(resolution.task, "taskId", address, EventAddress.Unknown.task)
            resolution.task = Label(unchecked: UUIDText.write(task))
            payload = .taskResolved(resolution)
            if case .person = address { return address }
            return .task(task)
        case .recordCorrected:
            guard case .handover(let id) = address, correctedType == .taskResolved else { return address }
            return .task(id)
        case .identityMerged(let merge):
            // Whichever of the two the source spoke of, the event is the survivor's.
            guard address == .person(merge.surviving) || address == merge.removed.map(EventAddress.person) else {
                throw Rejection(.fieldInvalid, "subject: must be one of the two that are merged")
            }
            return .person(merge.surviving)
        case .bookingMoved(let move):
            guard address == .person(move.to) else {
                throw Rejection(.fieldInvalid, "subject: must be data.toNoms")
            }
            return address
        default:
            guard case .person = address else { throw Rejection("subject", .invalid(NomsNumber.rule)) }
            return address
        }
    }

    /// The id in data, which is the one in `subject` unless that names a person.
    private func agreed(
        _ label: Label, _ field: StaticString, _ address: EventAddress, _ unknown: String
    ) throws(Rejection) -> UUID {
        let path = replacement == nil ? "data.\(field)" : "data.replacement.\(field)"
        guard let id = UUIDText.read(label) else { throw Rejection(.constraint, "\(path): \(unknown)") }
        switch address {
        case .handover(let named), .task(let named):
            guard named == id else { throw Rejection(.fieldInvalid, "\(path): must be the one in subject") }
        // Only a task may be answered by its person's number.
        case .person:
            guard case .taskResolved = payload else {
                throw Rejection(.fieldInvalid, "subject: must be the handover in data")
            }
        }
        return id
    }
}

/// Fields that every event's data may have.
struct CommonFields: FieldGroup {
    /// bookingId is a field of the event itself.
    var bookingIsOwn = false
    var booking: BookingID?
    /// Checked, counted in the digest, kept in the original bytes.
    var recordedBy: StaffReference?

    mutating func visit<V: FieldVisitor>(_ v: inout V) throws(FieldProblem) {
        if !bookingIsOwn { try v.optional("bookingId", &booking) }
        try v.optional("recordedBy", &recordedBy)
    }
}
