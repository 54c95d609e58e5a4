public import FoundationEssentials
public import HandoverRules

/// What the `subject` of an event names. Prisons speak of a person; what comes back from recipients names the handover
/// or the task that it answers, because that is all they were told (contract.md §4, §5).
public enum EventAddress: Sendable, Hashable {
    case person(NomsNumber)
    /// handoverId, of handover.acknowledged and engagement.recorded and of their corrections.
    case handover(UUID)
    /// taskId, of task.resolved, which may name the person instead.
    case task(UUID)

    /// Where an event is addressed: a response to its handover, all else to its person; a task.resolved whose person is
    /// not known (yet) to its task.
    public init(of event: Event) {
        switch event.payload {
        case .handoverAcknowledged(let response): self = EventAddress.handover(response.handover, or: event.subject)
        case .engagementRecorded(let response): self = EventAddress.handover(response.handover, or: event.subject)
        case .taskResolved(let resolution) where event.subject == .blank:
            self = UUIDText.read(resolution.task).map(EventAddress.task) ?? .person(.blank)
        default: self = .person(event.subject)
        }
    }

    /// The subject and the Kafka key.
    public var text: String {
        switch self {
        case .person(let subject): subject.text
        case .handover(let id), .task(let id): UUIDText.write(id)
        }
    }

    /// The person, blank where the address does not say.
    var person: NomsNumber { if case .person(let subject) = self { subject } else { .blank } }

    private static func handover(_ label: Label, or subject: NomsNumber) -> EventAddress {
        UUIDText.read(label).map(EventAddress.handover) ?? .person(subject)
    }
}

extension EventAddress {
    /// What the attribute `subject` says, by what an event of `type` may be addressed to.
    static func read(_ attributes: Attributes, of type: EventType) throws(Rejection) -> EventAddress {
        switch type {
        case .handoverAcknowledged, .engagementRecorded:
            return .handover(try id(attributes, or: Unknown.handover))
        case .taskResolved:
            if let person = try person(attributes) { return .person(person) }
            return .task(try id(attributes, or: Unknown.task))
        // Of whatever it corrects; what that is shows in the data.
        case .recordCorrected:
            if let person = try person(attributes) { return .person(person) }
            return .handover(try id(attributes, or: Unknown.handover))
        default:
            return .person(try attributes.required(.subject))
        }
    }

    /// An id that its hub never gave can't be known to it.
    enum Unknown {
        static let handover = "must be a handover that was sent"
        static let task = "must be a task that was raised"
    }

    private static func person(_ attributes: Attributes) throws(Rejection) -> NomsNumber? {
        guard let text = try attributes.text(.subject) else { throw Rejection("subject", .missing) }
        return NomsNumber(text)
    }

    /// Every id that the hub gives is a UUID.
    private static func id(_ attributes: Attributes, or unknown: String) throws(Rejection) -> UUID {
        let label: Label = try attributes.required(.subject)
        guard let id = UUIDText.read(label) else { throw Rejection(.constraint, "subject: \(unknown)") }
        return id
    }
}
