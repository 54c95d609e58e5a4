import FoundationEssentials

/// Corrections applied to a person's events (domain.md §7.1, §12). An event voided does not count; one amended has the
/// content of the amendment, and keeps its own id and the moment of its first receipt. Nothing is edited: the kept
/// events hold the corrected and the correcting alike, and what counts is worked out anew.
///
/// A correction may come before its target (no effect until it comes) and may itself be corrected: a void of a void
/// reinstates. Of several on one target the last in the total order counts. Circles have no effect. Corrections of
/// identity events are not applied here: they move events between people.
struct Corrections {
    /// The events that count, in the total order; no correction among them.
    private(set) var events: [Event] = []
    /// Releases that were voided, in the total order.
    private(set) var voidedReleases: [Event] = []
    private(set) var dataQuality: [DataQuality] = []
    /// What is special about an event, by its id.
    private(set) var effects: [UUID: Effect] = [:]

    enum Effect {
        /// A correction whose target is not known yet.
        case waits
        /// An amendment of another type than its target.
        case mismatch
        /// Part of a circle, or of a chain too long to be meant.
        case circular
        /// A correction in whose place a later one counts.
        case outdone
        /// An event, or a correction, that does not count.
        case voided
        /// An event whose content is an amendment's.
        case amended

        /// What is said of the event; nil: nothing special.
        var disposition: (state: Disposition.State, reason: Reason)? {
            switch self {
            case .waits: (.applied, .waitsForTarget)
            case .mismatch: (.applied, .correctionMismatch)
            case .circular: (.applied, .correctionCircle)
            case .outdone: (.superseded, .correctionOutdone)
            case .voided: (.superseded, .voided)
            case .amended: nil
            }
        }
    }

    private enum Fate {
        case void(by: Int)
        case amended(Event, by: Int)
        var cause: Int {
            switch self {
            case .void(let by), .amended(_, let by): by
            }
        }
    }

    /// Longest chain of corrections of corrections that is followed.
    private static let longestChain = 32

    /// nil where nothing is corrected: the kept events are the ones that count, uncopied.
    init?(_ kept: [Event], _ aliases: [EventAlias]) {
        guard kept.contains(where: { $0.correction != nil }) else { return nil }
        var place: [UUID: Int] = [:]
        place.reserveCapacity(kept.count)
        for i in kept.indices { place[kept[i].id] = i }
        for alias in aliases where place[alias.lost] == nil { place[alias.lost] = place[alias.kept] }
        settle(kept, fates(kept, place))
    }

    /// The deepest first, so that what a correction does is known before it is applied.
    private mutating func fates(_ kept: [Event], _ place: [UUID: Int]) -> [Int: Fate] {
        var chained: [(depth: Int, at: Int)] = []
        for i in kept.indices where kept[i].correction != nil {
            if let depth = Corrections.depth(i, kept, place) {
                chained.append((depth, i))
            } else {
                effects[kept[i].id] = .circular
            }
        }
        chained.sort { $0.depth != $1.depth ? $0.depth > $1.depth : $0.at < $1.at }
        var fates: [Int: Fate] = [:]
        for (_, i) in chained { apply(i, kept, place, &fates) }
        return fates
    }

    /// How many corrections lie between one and what its chain ends in; nil in a circle.
    private static func depth(_ start: Int, _ kept: [Event], _ place: [UUID: Int]) -> Int? {
        var at = start
        for depth in 1...longestChain {
            guard let correction = kept[at].correction, let target = place[correction.of] else { return depth }
            at = target
            if kept[at].correction == nil { return depth }
        }
        return nil
    }

    private mutating func apply(_ i: Int, _ kept: [Event], _ place: [UUID: Int], _ fates: inout [Int: Fate]) {
        var correcting = kept[i]
        switch fates[i] {
        case .void: return effects[correcting.id] = .voided
        case .amended(let amended, _): correcting = amended
        case nil: break
        }
        guard let correction = correcting.correction else { return }
        guard let target = place[correction.of] else { return effects[correcting.id] = .waits }
        switch kept[target].payload.type {
        case .identityMerged, .bookingMoved: return
        default: break
        }
        if let before = fates[target] { effects[kept[before.cause].id] = .outdone }
        switch correction.kind {
        case .void: fates[target] = .void(by: i)
        case .amend:
            guard correcting.payload.type == kept[target].payload.type else {
                if let before = fates[target] { effects[kept[before.cause].id] = nil }
                effects[correcting.id] = .mismatch
                return dataQuality.append(DataQuality(code: "CORRECTION_MISMATCH", event: correcting.id))
            }
            fates[target] = .amended(Corrections.amended(kept[target], correcting, correction), by: i)
        }
    }

    /// It was first received when it was, but never before it occurred.
    private static func amended(_ target: Event, _ correcting: Event, _ correction: Correction) -> Event {
        var event = target
        event.payload = correcting.payload
        guard !correction.keepsTime else { return event }
        event.occurredAt = EventOrder.time(correcting)
        event.receivedAt = max(target.receivedAt, min(event.occurredAt, correcting.receivedAt))
        return event
    }

    private mutating func settle(_ kept: [Event], _ fates: [Int: Fate]) {
        events.reserveCapacity(kept.count)
        var moved = false
        for i in kept.indices where kept[i].correction == nil {
            switch fates[i] {
            case nil: events.append(kept[i])
            case .void:
                effects[kept[i].id] = .voided
                if kept[i].payload.type == .releaseActual { voidedReleases.append(kept[i]) }
            case .amended(let event, _):
                effects[event.id] = .amended
                events.append(event)
                moved = moved || EventOrder.time(event) != EventOrder.time(kept[i])
            }
        }
        if moved { events.sort(by: EventOrder.precedes) }
    }
}

/// The events that count of those kept of a person: corrections applied, in the total order (domain.md §12).
///
/// - Parameter aliases: ``PersonState/aliases`` of the same person.
public func effectiveEvents(_ events: [Event], aliases: [EventAlias] = []) -> [Event] {
    Corrections(events, aliases)?.events ?? events
}
