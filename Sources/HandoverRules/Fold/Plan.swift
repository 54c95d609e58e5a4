/// One release plan: field by field the value given by the highest planVersion that set it; status likewise
/// (domain.md §12).
struct Plan {
    var id: Label
    /// Events by version, those of one version in the total order.
    private(set) var events: [(version: Int64, event: Int)] = []
    /// The latest event in the total order that speaks of this plan.
    private(set) var newest: Int

    init(id: Label, version: PlanVersion, event: Int) {
        self.id = id
        newest = event
        events.append((version.value, event))
    }

    mutating func add(version: PlanVersion, event: Int) {
        newest = max(newest, event)
        var at = events.count
        while at > 0, version.value < events[at - 1].version { at -= 1 }
        events.insert((version.value, event), at: at)
    }

    /// Whether the highest version is a cancellation.
    func isCancelled(_ all: [Event]) -> Bool {
        guard let last = events.last else { return false }
        if case .releaseCancelled = all[last.event].payload { return true }
        return false
    }

    /// The plan's fields.
    func fields(_ all: [Event]) -> PlanFields {
        var merged = PlanFields()
        for (_, event) in events { merged.overlay(all[event].payload.planFields) }
        return merged
    }

    /// Whether the plan's fields are the same without an event. Looks no further than it must: mostly to the next
    /// version that sets the same fields.
    func isSameWithout(_ event: Int, _ all: [Event]) -> Bool {
        guard let at = events.firstIndex(where: { $0.event == event }) else { return true }
        // What it says, as far as nothing after it says something else.
        var standing = all[event].payload.planFields
        for next in events[(at + 1)...] {
            if standing == PlanFields() { return true }
            standing.drop(setBy: all[next.event].payload.planFields)
        }
        if standing == PlanFields() { return true }
        var before = PlanFields()
        for earlier in events[..<at] { before.overlay(all[earlier.event].payload.planFields) }
        var after = before
        after.overlay(standing)
        return after == before
    }

    /// When the plan was first made known.
    func firstOccurredAt(_ all: [Event]) -> Instant? {
        var first: Instant?
        for (_, event) in events {
            if case .releaseCancelled = all[event].payload { continue }
            let time = EventOrder.time(all[event])
            if first.map({ time < $0 }) ?? true { first = time }
        }
        return first
    }

    /// Whether anything of it came in time to be sent (TOO_LATE_TO_SEND).
    func isInTime(_ all: [Event]) -> Bool { events.contains { !isTooLate(all[$0.event]) } }
}

extension PlanFields {
    /// Takes each field that `newer` sets.
    mutating func overlay(_ newer: PlanFields) {
        if let value = newer.plannedDate { plannedDate = value }
        if let value = newer.plannedTime { plannedTime = value }
        if let value = newer.releaseReason { releaseReason = value }
        if let value = newer.prison { prison = value }
        if let value = newer.address { address = value }
        if let value = newer.localConnection { localConnection = value }
        if let value = newer.supervision { supervision = value }
        if let value = newer.appointment { appointment = value }
    }

    /// Forgets each field that `newer` sets.
    mutating func drop(setBy newer: PlanFields) {
        if newer.plannedDate != nil { plannedDate = nil }
        if newer.plannedTime != nil { plannedTime = nil }
        if newer.releaseReason != nil { releaseReason = nil }
        if newer.prison != nil { prison = nil }
        if newer.address != nil { address = nil }
        if newer.localConnection != nil { localConnection = nil }
        if newer.supervision != nil { supervision = nil }
        if newer.appointment != nil { appointment = nil }
    }
}

extension Payload {
    /// What a plan's event says of the plan's fields; nothing where it is none.
    fileprivate var planFields: PlanFields {
        switch self {
        case .releasePlanned(let p): p.fields
        case .releaseChanged(let p): p.fields
        default: PlanFields()
        }
    }
}
