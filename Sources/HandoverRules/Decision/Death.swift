import FoundationEssentials

/// That a person died, in custody or after a release (domain.md §12).
struct Death {
    /// The event that reported it.
    var event: Int
    /// Reported by a recipient after a release: an incident to be reviewed.
    var handover: UUID?

    static func find(_ fold: SpellFold, _ responses: Responses, _ threads: [HandoverThread]) -> Death? {
        if let spell = fold.spells.first(where: { $0.ending == .died }), let event = spell.otherLeaving {
            return Death(event: event, handover: nil)
        }
        for i in fold.engagements {
            guard case .engagementRecorded(let p) = fold.events[i].payload, p.outcome == .died,
                let handover = UUID(uuidString: p.handover.text),
                fold.spells.contains(where: { ($0.release?.at).map { p.at >= $0 } ?? false })
            else { continue }
            return Death(event: i, handover: handover)
        }
        return nil
    }

    /// Something that is said to have happened to the person after the death, by the total order.
    func later(in fold: SpellFold) -> Int? {
        let died = Death.time(fold.events[event])
        return fold.events.indices.last { i in
            guard Death.isAboutThePerson(fold.events[i].payload.type) else { return false }
            return i != event && EventOrder.time(fold.events[i]) > died
        }
    }

    private static func time(_ event: Event) -> Instant {
        if case .engagementRecorded(let p) = event.payload { p.at } else { EventOrder.time(event) }
    }

    private static func isAboutThePerson(_ type: EventType) -> Bool {
        switch type {
        case .custodyReceived, .custodyMovedOut, .releasePlanned, .releaseChanged, .releaseActual,
            .eligibilityAssessed, .trainingOffered, .trainingCompleted, .trainingRefused, .kitIssued, .kitCollected,
            .kitConfirmed, .kitReplaced:
            true
        default: false
        }
    }
}
