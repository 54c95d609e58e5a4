// What single events do inside a spell.

extension Spell {
    /// Neither released nor ended: the person is still held.
    var isOpen: Bool { release == nil && ending == nil && nextReception == nil }

    mutating func take(_ plan: Label, _ version: PlanVersion, _ i: Int) {
        if let at = plans.firstIndex(where: { $0.id == plan }) {
            plans[at].add(version: version, event: i)
        } else {
            plans.append(Plan(id: plan, version: version, event: i))
        }
    }
}
