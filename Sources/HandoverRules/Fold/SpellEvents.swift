// What single events do inside a spell.

extension Spell {
    /// Neither released nor ended: the person is still held.
    var isOpen: Bool { release == nil && ending == nil && nextReception == nil }

    mutating func take(kitEvent i: Int, _ event: Event) {
        switch event.payload {
        case .kitIssued(let p):
            // Issued again after it came back to stock: a new kit as far as the person is concerned.
            kits.removeAll { $0.id == p.kit }
            kits.append(Kit(id: p.kit, issue: i, issuePoint: p.issuePoint, prison: event.sourcePrison ?? prison))
        case .kitCollected(let p):
            if let at = kits.firstIndex(where: { $0.id == p.kit }) { kits[at].collected = i }
        case .kitReturned(let p):
            if let at = kits.firstIndex(where: { $0.id == p.kit }) { kits[at].gone = i }
        case .kitLost(let p):
            if let at = kits.firstIndex(where: { $0.id == p.kit }) { kits[at].gone = i }
        default: break
        }
    }

    mutating func take(_ plan: Label, _ version: PlanVersion, _ i: Int) {
        if let at = plans.firstIndex(where: { $0.id == plan }) {
            plans[at].add(version: version, event: i)
        } else {
            plans.append(Plan(id: plan, version: version, event: i))
        }
    }

    /// A transfer leaves kits in property behind until the new prison says it has them (domain.md §12).
    mutating func doubtPropertyKits() {
        for i in kits.indices where kits[i].issuePoint == .property && kits[i].collected == nil {
            kits[i].unverified = true
        }
    }
}
