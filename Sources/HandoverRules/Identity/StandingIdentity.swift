import FoundationEssentials

/// Which merges and moved bookings of a set of events stand, once corrections are considered (domain.md §7.1).
enum StandingIdentity {
    /// The merges and moves that stand, in the total order. An event that is there twice counts once.
    static func events(_ events: [Event]) -> [Event] {
        let named = events.filter { $0.isIdentity && $0.correction == nil }
        guard !named.isEmpty else { return [] }
        var corrections: [UUID: [Event]] = [:]
        var seen: Set<UUID> = []
        for event in events {
            guard let correction = event.correction, seen.insert(event.id).inserted else { continue }
            corrections[correction.of, default: []].append(event)
        }
        var standing: [Event] = []
        for event in named where seen.insert(event.id).inserted {
            if let last = lastWord(event, corrections), last.isIdentity { standing.append(last) }
        }
        return standing.sorted(by: EventOrder.precedes)
    }

    /// The event itself, or the amendment in its place; nil when it is void.
    private static func lastWord(_ event: Event, _ corrections: [UUID: [Event]]) -> Event? {
        var event = event
        for _ in 0..<depthMax {
            guard stands(event, corrections, depthMax) else { return nil }
            let amendments = corrections[event.id, default: []].filter {
                $0.correction?.kind == .amend && stands($0, corrections, depthMax)
            }
            guard let last = amendments.max(by: { NaturalKey.wins($1, over: $0) }) else { return event }
            event = last
        }
        return nil
    }

    private static func stands(_ event: Event, _ corrections: [UUID: [Event]], _ depth: Int) -> Bool {
        guard depth > 0 else { return false }
        return !corrections[event.id, default: []].contains {
            $0.correction?.kind == .void && stands($0, corrections, depth - 1)
        }
    }

    /// Corrections of corrections that are followed; a longer chain, or a circle of ids, is nobody's intent.
    private static let depthMax = 16
}

extension Event {
    /// Whether this says who is whom.
    var isIdentity: Bool {
        switch payload {
        case .identityMerged, .bookingMoved: true
        default: false
        }
    }

    /// Whether this moves a booking, or once did.
    var isMove: Bool { if case .bookingMoved = payload { true } else { false } }

    /// The prison numbers that this event concerns, its own first.
    public var numbersConcerned: [NomsNumber] {
        switch payload {
        case .identityMerged(let merge): [subject, merge.surviving] + (merge.removed.map { [$0] } ?? [])
        case .bookingMoved(let move): [subject, move.from, move.to]
        default: [subject]
        }
    }
}
