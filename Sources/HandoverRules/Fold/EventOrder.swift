import FoundationEssentials

/// The one total order of a person's events (domain.md §12), with no conditional comparators: order time, type rank,
/// system, sequence (none is last), event id.
enum EventOrder {
    /// occurredAt; receivedAt where the source's clock runs ahead by more than the skew allowed.
    static func time(_ event: Event) -> Instant { isSkewed(event) ? event.receivedAt : event.occurredAt }

    static func isSkewed(_ event: Event) -> Bool {
        event.occurredAt > event.receivedAt + Rulebook.clockSkewMax
    }

    static func precedes(_ a: Event, _ b: Event) -> Bool {
        let ta = time(a), tb = time(b)
        if ta != tb { return ta < tb }
        let ra = rank(a.payload.type), rb = rank(b.payload.type)
        if ra != rb { return ra < rb }
        if a.system != b.system { return a.system < b.system }
        let sa = a.sequence ?? .max, sb = b.sequence ?? .max
        if sa != sb { return sa < sb }
        return a.id < b.id
    }

    private static func rank(_ type: EventType) -> Int {
        switch type {
        case .identityMerged, .bookingMoved: 0
        case .consentRecorded: 1
        case .custodyReceived: 2
        case .eligibilityAssessed: 3
        case .trainingOffered: 4
        case .trainingRefused: 5
        case .trainingCompleted: 6
        case .kitIssued: 7
        case .kitCollected: 8
        case .releasePlanned: 9
        case .releaseChanged: 10
        case .releaseCancelled: 11
        case .custodyMovedOut: 12
        case .releaseActual: 13
        case .custodyEndedOther: 14
        case .kitReturned, .kitLost, .kitConfirmed, .kitReplaced, .kitUsed: 15
        case .handoverAcknowledged: 16
        case .engagementRecorded: 17
        case .routingAssigned, .taskResolved, .referenceChanged: 18
        case .recordCorrected: 19
        case .timerFired: 99
        }
    }
}

/// Whether the event claims to have occurred so far ahead of its receipt that it must be rejected FUTURE_DATED
/// (domain.md §12: 24 hours). Less than that is clamped by the fold.
public func isFutureDated(_ event: Event) -> Bool {
    event.occurredAt > event.receivedAt + Rulebook.futureDatedMax
}

/// Whether the event came too late for anything to be sent because of it (domain.md §12, TOO_LATE_TO_SEND).
func isTooLate(_ event: Event) -> Bool {
    event.receivedAt - EventOrder.time(event) > latenessLimit(event.payload.type)
}

private func latenessLimit(_ type: EventType) -> Span {
    switch type {
    case .eligibilityAssessed, .kitIssued, .kitCollected, .kitReturned, .kitLost, .kitConfirmed, .kitReplaced, .kitUsed,
        .trainingOffered, .trainingCompleted, .trainingRefused:
        Rulebook.latenessOfHealthFacts
    default: Rulebook.lateness
    }
}
