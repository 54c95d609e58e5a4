/// The tasks that the hub asks people to do (domain.md §7.3), in this one place: who reads each, what its body may
/// hold beside taskId, code, state, priority, sentAt and dueAt, when it is wanted and when it ends. A task that is
/// wanted and not open is raised; one that is open and no longer wanted is closed CAUSE_ENDED; whoever resolves one
/// closes it for as long as the same cause lasts.
public enum TaskCode: String, Sendable, Hashable, CaseIterable {
    /// Wanted while a P1 handover is not acknowledged.
    case phoneNow = "PHONE_NOW"
    /// Wanted from half of a P1 handover's time to acknowledge until it is acknowledged: phone a second time.
    case ackHalf = "ACK_HALF"
    /// Wanted from the end of that time, of any priority, until it is acknowledged: one for the recipient's manager,
    /// and after a release one for the prison's lead.
    case ackOverdue = "ACK_OVERDUE"
    /// Wanted from twice that time until it is acknowledged.
    case ackDoubleOverdue = "ACK_DOUBLE_OVERDUE"
    /// Wanted while nobody covers the area on the release date.
    case noProvider = "NO_PROVIDER"
    /// Wanted while no recipient can be named, one rejects, or something is reported of somebody who died; the reason
    /// says which.
    case humanQueue = "HUMAN_QUEUE"
    /// Wanted while a plan's day has passed without a release, a cancellation or another date.
    case releaseUnconfirmed = "RELEASE_UNCONFIRMED"
    /// Wanted while somebody else holds a kit of the same label by the record (domain.md §14 S18).
    case kitDisputed = "KIT_DISPUTED"
    /// Wanted while consent is missing for a handover that was out: a clinician decides on an override (S14).
    case overrideDecision = "OVERRIDE_DECISION"
    /// Raised when a handover named the wrong person; ends only when somebody resolves it.
    case privacyIncident = "PRIVACY_INCIDENT"
    /// Raised when a death after release is reported; ends only when somebody resolves it.
    case incidentReview = "INCIDENT_REVIEW"

    public enum Reader: Sendable, Hashable {
        /// The recipient's out-of-hours contact, on `hub.tasks`.
        case recipientContact
        /// The recipient's manager, on `hub.tasks`; the prison's naloxone lead too for people released.
        case recipientManagerAndPrison
        /// The commissioner of the area, on `hub.tasks`.
        case commissioner
        /// Whoever routes by hand, on `hub.tasks`.
        case routing
        /// The prison's naloxone lead or clinician, on `prison.tasks.PRISON`.
        case prison
        /// Those who answer for privacy and for incidents, on `hub.tasks`.
        case governance
    }

    public var reader: Reader {
        switch self {
        case .phoneNow, .ackHalf: .recipientContact
        case .ackOverdue: .recipientManagerAndPrison
        case .ackDoubleOverdue: .commissioner
        case .noProvider, .humanQueue: .routing
        case .releaseUnconfirmed, .kitDisputed, .overrideDecision: .prison
        case .privacyIncident, .incidentReview: .governance
        }
    }

    /// Everything that its opening body may hold of the matter. `noms` only ever goes to a prison.
    public var fields: Set<String> {
        switch self {
        case .ackOverdue: ["handoverId", "providerId", "prisonId", "noms"]
        case .phoneNow, .ackHalf, .ackDoubleOverdue: ["handoverId", "providerId", "prisonId"]
        case .noProvider, .humanQueue: ["reason", "prisonId", "providerId", "handoverId"]
        case .releaseUnconfirmed, .overrideDecision: ["prisonId", "noms"]
        case .kitDisputed: ["prisonId", "noms", "kitId"]
        case .privacyIncident, .incidentReview: ["handoverId", "prisonId"]
        }
    }

    var endsOnlyByResolution: Bool { self == .privacyIncident || self == .incidentReview }

    public var words: String {
        switch self {
        case .phoneNow: "phone the recipient's out-of-hours contact: an urgent handover is waiting"
        case .ackHalf: "phone again: half of the time to acknowledge an urgent handover has passed"
        case .ackOverdue: "a handover was not acknowledged in time"
        case .ackDoubleOverdue: "a handover was not acknowledged in twice the time it had"
        case .noProvider: "find a provider: nobody covers the area on the release date"
        case .humanQueue: "route by hand, or decide what the rules cannot"
        case .releaseUnconfirmed: "say whether the person was released: the planned day has passed"
        case .kitDisputed: "settle who holds the kit: its label is recorded with two people"
        case .overrideDecision: "decide on an override: consent was withdrawn from a handover that is out"
        case .privacyIncident: "assess a privacy incident: a handover named the wrong person"
        case .incidentReview: "review a death after release"
        }
    }
}
