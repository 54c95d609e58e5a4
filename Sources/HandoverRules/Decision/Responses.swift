import FoundationEssentials

/// What recipients answered, by handover: acknowledgements and engagements in the total order.
struct Responses {
    struct Answer {
        var event: Int
        var version: Int64
        var decision: AckDecision
        var reason: RejectReason?
    }

    private var answers: [UUID: [Answer]] = [:]
    private var engagements: [UUID: [Int]] = [:]
    private let events: [Event]

    init(_ fold: SpellFold) {
        events = fold.events
        for i in fold.acknowledgements {
            guard case .handoverAcknowledged(let p) = events[i].payload, let id = UUID(uuidString: p.handover.text)
            else { continue }
            answers[id, default: []].append(
                Answer(event: i, version: p.version.value, decision: p.decision, reason: p.rejectReason))
        }
        for i in fold.engagements {
            guard case .engagementRecorded(let p) = events[i].payload, let id = UUID(uuidString: p.handover.text)
            else { continue }
            engagements[id, default: []].append(i)
        }
    }

    /// The newest answer that counts: given to a version from ``HandoverThread/ackFrom`` on, and no mere question.
    private func standing(_ thread: HandoverThread) -> Answer? {
        answers[thread.id]?.last {
            $0.decision != .needsInfo && $0.version >= Int64(thread.ackFrom) && $0.version <= Int64(thread.version)
        }
    }

    func isAcked(_ thread: HandoverThread) -> Bool { standing(thread)?.decision == .accepted }

    func isRejected(_ thread: HandoverThread) -> Bool { standing(thread)?.decision == .rejected }

    /// The last time that the recipient said that the person is out of its area, whatever the version.
    func outOfArea(_ handover: UUID) -> Int? {
        answers[handover]?.last { $0.decision == .rejected && $0.reason == .outOfArea }?.event
    }

    /// Engagements from the release on; what happened before it is in-reach work (domain.md §12, PRE_RELEASE).
    func engagements(_ handover: UUID, since release: Instant) -> [EngagementRecorded] {
        guard let found = engagements[handover] else { return [] }
        return found.compactMap {
            guard case .engagementRecorded(let p) = events[$0].payload, p.at >= release else { return nil }
            return p
        }
    }

    /// Whether the person was seen or is in treatment.
    func isEngaged(_ handover: UUID, since release: Instant) -> Bool {
        engagements(handover, since: release).contains { $0.outcome == .attended || $0.outcome == .treatmentStarted }
    }

    /// Whether a contact was made or tried.
    func isContacted(_ handover: UUID, since release: Instant) -> Bool {
        !engagements(handover, since: release).isEmpty
    }
}
