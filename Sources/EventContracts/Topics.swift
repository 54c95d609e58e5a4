public import HandoverRules

/// Every topic the hub reads or writes (contract.md §4), and the one place that says which message goes where.
public struct Topics: Sendable, Hashable {
    /// `kafka.topicPrefix`, put before every name on a shared cluster.
    public let prefix: String

    public init(prefix: String = "") { self.prefix = prefix }

    public var releaseNotifications: String { prefix + "prison.release-notifications" }
    public var kitEvents: String { prefix + "prison.kit-events" }
    public var custodyMovements: String { prefix + "prison.custody-movements" }
    public var careRecords: String { prefix + "prison.care-records" }
    public var communityResponses: String { prefix + "community.responses" }
    /// The hub's own timers, in and out.
    public var timers: String { prefix + "hub.timers" }
    public var decisions: String { prefix + "hub.decisions" }
    /// Tasks for everyone but prisons.
    public var hubTasks: String { prefix + "hub.tasks" }
    /// Dead letters.
    public var rejected: String { prefix + "hub.rejected" }
    /// What the hub's own canaries come out on; nobody else's.
    public var canary: String { prefix + "hub.canary" }

    /// What the hub consumes; all share one partition count.
    public var inbound: [String] {
        [
            releaseNotifications, kitEvents, custodyMovements, careRecords, communityResponses, timers, decisions,
        ]
    }

    /// Where an event of that type is published. The hub itself goes by type, whatever the topic.
    public func inbound(_ type: EventType) -> String {
        switch type {
        case .custodyReceived, .custodyMovedOut, .custodyEndedOther, .identityMerged, .bookingMoved: custodyMovements
        case .eligibilityAssessed, .consentRecorded, .trainingOffered, .trainingCompleted, .trainingRefused: careRecords
        case .kitIssued, .kitCollected, .kitReturned, .kitLost, .kitConfirmed, .kitReplaced, .kitUsed: kitEvents
        case .releasePlanned, .releaseChanged, .releaseCancelled, .releaseActual: releaseNotifications
        case .handoverAcknowledged, .engagementRecorded: communityResponses
        case .routingAssigned, .taskResolved, .referenceChanged: decisions
        // A correction goes where the event that it corrects went; one that does not say is taken from here.
        case .recordCorrected: careRecords
        case .timerFired: timers
        }
    }

    /// Where a decoded event belongs: a `record.corrected` on the topic of the event that it corrects.
    public func inbound(_ decoded: DecodedEvent) -> String {
        if let type = decoded.correctedType { return inbound(type) }
        if case .recordCorrected = decoded.event.payload, case .handover = decoded.address { return communityResponses }
        return inbound(decoded.event.payload.type)
    }

    /// One topic per recipient, so that a topic's ACL is the boundary of confidentiality.
    public func handovers(to recipient: Recipient) -> String {
        prefix + "handover.\(Topics.family(of: recipient.kind)).\(Topics.topicPart(recipient.provider))"
    }

    /// Whose handovers a topic carries: its recipient's id; nil for any other topic.
    public func recipient(of topic: String) -> String? {
        let front = prefix + "handover."
        guard topic.hasPrefix(front) else { return nil }
        let rest = topic.dropFirst(front.count)
        guard let dot = rest.firstIndex(of: ".") else { return nil }
        return String(rest[rest.index(after: dot)...].map { $0 == "." ? ":" : $0 })
    }

    /// Tasks for one prison.
    public func tasks(of prison: PrisonID) -> String { prefix + "prison.tasks.\(prison.text)" }

    public func outbound(_ destination: OutboundDecision.Destination) -> String {
        switch destination {
        case .handover(let recipient): handovers(to: recipient)
        case .prisonTask(let prison): tasks(of: prison)
        case .hubTask: hubTasks
        }
    }

    /// `drug-service`, `supervision` or `child-service`: in topic names and in message types.
    static func family(of kind: RecipientKind) -> String {
        switch kind {
        case .drugService: "drug-service"
        case .supervision: "supervision"
        case .youthJustice, .youngPeopleDrugService: "child-service"
        }
    }

    /// A provider id may hold ':', a topic name may not; no provider id holds '.', so the two stay apart.
    private static func topicPart(_ provider: ProviderID) -> String {
        let text = provider.text
        guard text.utf8.contains(UInt8(ascii: ":")) else { return text }
        return String(text.map { $0 == ":" ? "." : $0 })
    }
}
