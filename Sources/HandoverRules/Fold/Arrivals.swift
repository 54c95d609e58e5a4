import FoundationEssentials

/// Takes newly arrived events into a person's ordered, de-duplicated event set.
struct Arrivals {
    private(set) var dispositions: [Disposition] = []
    private(set) var dataQuality: [DataQuality] = []
    /// False when every arrival was a duplicate that changed nothing.
    private(set) var changed = false
    /// What no duplicate lacks, of the kept events; looked up where many arrive at once.
    private var marks: Marks?

    /// Moves `state.now` and `state.events`. Arrivals are taken in order of receipt, so that of two duplicates in one
    /// batch the first keeps its place.
    mutating func take(_ arrivals: [Event], into state: inout PersonState) {
        dispositions.reserveCapacity(arrivals.count)
        let inReceiptOrder =
            arrivals.count == 1
            ? arrivals
            : arrivals.sorted { a, b in
                a.receivedAt != b.receivedAt ? a.receivedAt < b.receivedAt : EventOrder.precedes(a, b)
            }
        if arrivals.count >= Marks.worthwhile { marks = Marks(state.events) }
        for event in inReceiptOrder {
            state.now = max(state.now, event.receivedAt)
            switch event.payload {
            case .timerFired, .referenceChanged:
                // A reason to look again, nothing to remember.
                changed = true
                dispositions.append(Disposition(event: event.id, state: .applied))
            default: take(event, into: &state)
            }
        }
    }

    private mutating func take(_ event: Event, into state: inout PersonState) {
        if marks?.add(event) ?? true {
            for at in state.events.indices
            where state.events[at].id == event.id || NaturalKey.same(state.events[at], event) {
                return absorb(event, duplicateOf: at, in: &state)
            }
        }
        insert(event, into: &state.events)
        changed = true
        dispositions.append(Disposition(event: event.id, state: .applied))
        if EventOrder.isSkewed(event) { dataQuality.append(DataQuality(code: "CLOCK_SKEW", event: event.id)) }
        if isTooLate(event) { dataQuality.append(DataQuality(code: "TOO_LATE_TO_SEND", event: event.id)) }
    }

    /// A duplicate: the content published last wins, the first receipt stays. What the event's id stood for (spell
    /// anchors, exceptions already raised) follows the winner, so that nothing said so far changes.
    private mutating func absorb(_ event: Event, duplicateOf at: Int, in state: inout PersonState) {
        let kept = state.events[at]
        guard event.id != kept.id else {
            dispositions.append(Disposition(event: event.id, state: .duplicate, reason: "SAME_ID"))
            return
        }
        dispositions.append(Disposition(event: event.id, state: .duplicate, reason: "NATURAL_KEY"))
        if event.payload != kept.payload {
            dataQuality.append(DataQuality(code: "NATURAL_KEY_CONFLICT", event: event.id))
        }
        let firstReceived = min(kept.receivedAt, event.receivedAt)
        var winner = NaturalKey.wins(event, over: kept) ? event : kept
        winner.receivedAt = firstReceived
        remember(winner.id == kept.id ? event.id : kept.id, as: winner.id, in: &state)
        guard winner != kept else { return }
        state.events.remove(at: at)
        let now = insert(winner, into: &state.events)
        let isSame = now == at && winner.payload == kept.payload && winner.receivedAt == kept.receivedAt
        if !isSame || winner.sourcePrison != kept.sourcePrison { changed = true }
        guard winner.id != kept.id else { return }
        for i in state.spells.indices where state.spells[i].anchor == kept.id { state.spells[i].anchor = winner.id }
        for i in state.dataQuality.indices where state.dataQuality[i].event == kept.id {
            state.dataQuality[i].event = winner.id
        }
    }

    /// A correction may name either id. One that waited for the id given up has found its target.
    private mutating func remember(_ lost: UUID, as kept: UUID, in state: inout PersonState) {
        for i in state.aliases.indices where state.aliases[i].kept == lost { state.aliases[i].kept = kept }
        if !state.aliases.contains(where: { $0.lost == lost }) {
            state.aliases.append(EventAlias(lost: lost, kept: kept))
        }
        if state.events.contains(where: { $0.correction?.of == lost }) {
            changed = true
        }
    }

    /// Gives back where the event went.
    @discardableResult
    private func insert(_ event: Event, into events: inout [Event]) -> Int {
        var at = events.count
        while at > 0, EventOrder.precedes(event, events[at - 1]) { at -= 1 }
        events.insert(event, at: at)
        return at
    }
}

/// Ids and times of occurrence: an event with neither is no duplicate, and nobody need look for its like one by one.
private struct Marks {
    /// From so many arrivals on, making the sets costs less than it saves.
    static let worthwhile = 16
    private var ids: Set<UUID>
    private var times: Set<Instant>

    init(_ events: [Event]) {
        ids = Set(events.map(\.id))
        times = Set(events.map(\.occurredAt))
    }

    /// Whether a duplicate of the event may be among those before it.
    mutating func add(_ event: Event) -> Bool {
        let isNewID = ids.insert(event.id).inserted
        let isNewTime = times.insert(event.occurredAt).inserted
        return !isNewID || !isNewTime
    }
}
