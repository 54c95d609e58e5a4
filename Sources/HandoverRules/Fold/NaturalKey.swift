import FoundationEssentials

/// Producers re-send with a new event id. Two events with one natural key, type, occurredAt and the fields marked *
/// in domain.md §7.2, are one event (§12).
enum NaturalKey {
    static func same(_ a: Event, _ b: Event) -> Bool {
        guard a.occurredAt == b.occurredAt, a.correction == b.correction, a.subject == b.subject else { return false }
        switch (a.payload, b.payload) {
        case (.custodyReceived(let x), .custodyReceived(let y)): return x.prison == y.prison && x.reason == y.reason
        case (.eligibilityAssessed(let x), .eligibilityAssessed(let y)): return x.assessment == y.assessment
        case (.consentRecorded(let x), .consentRecorded(let y)): return x.scope == y.scope && x.state == y.state
        case (.kitIssued(let x), .kitIssued(let y)): return x.kit == y.kit
        case (.kitCollected(let x), .kitCollected(let y)): return x.kit == y.kit
        case (.kitReturned(let x), .kitReturned(let y)): return x.kit == y.kit
        case (.kitLost(let x), .kitLost(let y)): return x.kit == y.kit
        case (.releasePlanned(let x), .releasePlanned(let y)): return x.plan == y.plan && x.version == y.version
        case (.releaseChanged(let x), .releaseChanged(let y)): return x.plan == y.plan && x.version == y.version
        case (.releaseCancelled(let x), .releaseCancelled(let y)): return x.plan == y.plan && x.version == y.version
        case (.releaseActual(let x), .releaseActual(let y)):
            return x.releasedAt == y.releasedAt && x.prison == y.prison
        default: return sameLater(a.payload, b.payload)
        }
    }

    private static func sameLater(_ a: Payload, _ b: Payload) -> Bool {
        switch (a, b) {
        case (.custodyMovedOut(let x), .custodyMovedOut(let y)): x.from == y.from && x.reason == y.reason
        case (.custodyEndedOther(let x), .custodyEndedOther(let y)): x.reason == y.reason
        case (.identityMerged(let x), .identityMerged(let y)): x.surviving == y.surviving && x.removed == y.removed
        case (.bookingMoved(let x), .bookingMoved(let y)):
            x.booking == y.booking && x.from == y.from && x.to == y.to
        case (.trainingOffered(let x), .trainingOffered(let y)): x.offer == y.offer
        case (.trainingCompleted(let x), .trainingCompleted(let y)): x.training == y.training
        case (.trainingRefused(let x), .trainingRefused(let y)): x.offer == y.offer
        case (.kitConfirmed(let x), .kitConfirmed(let y)): x.kit == y.kit && x.prison == y.prison
        case (.kitReplaced(let x), .kitReplaced(let y)): x.old == y.old
        case (.kitUsed(let x), .kitUsed(let y)): x.kit == y.kit
        case (.handoverAcknowledged(let x), .handoverAcknowledged(let y)):
            x.handover == y.handover && x.version == y.version
        case (.engagementRecorded(let x), .engagementRecorded(let y)):
            x.handover == y.handover && x.outcome == y.outcome
        case (.routingAssigned(let x), .routingAssigned(let y)): x.scope == y.scope && x.provider == y.provider
        case (.taskResolved(let x), .taskResolved(let y)): x.task == y.task
        case (.recordCorrected, .recordCorrected): true
        default: false
        }
    }

    /// Of two events with one natural key the one whose content counts: published later, tie by event id.
    static func wins(_ a: Event, over b: Event) -> Bool {
        a.publishedAt != b.publishedAt ? a.publishedAt > b.publishedAt : a.id > b.id
    }
}
