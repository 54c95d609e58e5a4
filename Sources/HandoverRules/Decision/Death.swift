import FoundationEssentials

/// That a person died, in custody or after a release (domain.md §12).
struct Death {
    /// The event that reported it.
    var event: Int
    /// Reported by a recipient after a release: an incident to be reviewed.
    var handover: UUID?

    static func find(_ fold: SpellFold, _ responses: Responses, _ threads: [HandoverThread]) -> Death? {
        if let spell = fold.spells.first(where: { $0.ending == .died }) {
            let said = (spell.opening..<fold.events.count).first { isDeath(fold.events[$0], fold.registers) }
            return (said ?? spell.otherLeaving).map { Death(event: $0, handover: nil) }
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

    /// Something that is said to have happened to the person after the death, by the total order. That the death was
    /// announced again is none.
    func later(in fold: SpellFold) -> Int? {
        let died = Death.time(fold.events[event])
        return fold.events.indices.last { i in
            let later = fold.events[i]
            return Death.isAboutThePerson(later.payload.type) && EventOrder.time(later) > died
                && !Death.isDeath(later, fold.registers)
        }
    }

    private static func time(_ event: Event) -> Instant {
        if case .engagementRecorded(let p) = event.payload { p.at } else { EventOrder.time(event) }
    }

    private static func isDeath(_ event: Event, _ registers: Registers) -> Bool {
        switch event.payload {
        case .custodyEndedOther(let p): p.reason == .died
        case .releaseActual(let p): Leaving.read(p, registers).leaving == .ends(.died)
        default: false
        }
    }

    private static func isAboutThePerson(_ type: EventType) -> Bool {
        switch type {
        case .custodyReceived, .custodyMovedOut, .custodyEndedOther, .releasePlanned, .releaseChanged, .releaseActual,
            .eligibilityAssessed, .trainingOffered, .trainingCompleted, .trainingRefused, .kitIssued, .kitCollected,
            .kitConfirmed, .kitReplaced:
            true
        default: false
        }
    }
}
