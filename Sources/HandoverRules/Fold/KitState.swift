/// Where one kit is (domain.md §12, the kit region). STOCK is where a kit goes back to; it has no holder then.
public enum KitState: String, Sendable, Hashable, CaseIterable {
    case stock = "STOCK", property = "PROPERTY", collected = "COLLECTED", held = "HELD", used = "USED", lost = "LOST"
    case expired = "EXPIRED", replaced = "REPLACED", returned = "RETURNED", disputed = "DISPUTED"

    /// Whether it is somebody's still, or kept for somebody.
    public var isHeld: Bool {
        switch self {
        case .property, .collected, .held, .expired, .disputed: true
        case .stock, .used, .lost, .replaced, .returned: false
        }
    }
}

extension Kit {
    /// It was returned, lost, used or replaced, and not collected since.
    var isEnded: Bool {
        guard let end = ends.last else { return false }
        return collected.map { $0 < end } ?? true
    }

    /// Its state on a day by what `events` say, `disputed` being labels that somebody else holds too.
    func state(_ events: [Event], on date: LocalDate, disputed: Set<Label>) -> KitState {
        if isEnded, let end = ends.last { return ended(by: events[end].payload) }
        if disputed.contains(id) { return .disputed }
        if let supply = events[issue].payload.supply, supply.expiry < date { return .expired }
        guard issuePoint == .property else { return .held }
        return collected == nil ? .property : .collected
    }

    private func ended(by payload: Payload) -> KitState {
        switch payload {
        case .kitReturned(let p): p.toStock == true ? .stock : .returned
        case .kitLost: .lost
        case .kitUsed: .used
        default: .replaced
        }
    }
}
