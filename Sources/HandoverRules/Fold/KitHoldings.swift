/// Which kits a person holds, or the prison keeps for them, by the events so far: issued and neither returned, lost,
/// used nor replaced since (domain.md §14 S18, S19). Where each is, ``KitState`` says.
struct KitHoldings {
    /// In order of issue.
    private(set) var labels: [Label] = []
    /// Held before, and not any more.
    private var ended: [Label] = []

    mutating func take(_ payload: Payload) {
        switch payload {
        case .kitIssued(let p): hold(p.kit)
        case .kitReplaced(let p):
            end(p.old)
            hold(p.new.kit)
        case .kitReturned(let p): end(p.kit)
        case .kitLost(let p): end(p.kit)
        case .kitUsed(let p): if let kit = p.kit ?? only { end(kit) }
        // Given back from property after all: whatever was said of it, the person has it.
        case .kitCollected(let p): if ended.contains(p.kit) { hold(p.kit) }
        default: break
        }
    }

    /// A use that names no kit can only have been of the one that there is.
    private var only: Label? { labels.count == 1 ? labels[0] : nil }

    private mutating func hold(_ kit: Label) {
        ended.removeAll { $0 == kit }
        if !labels.contains(kit) { labels.append(kit) }
    }

    private mutating func end(_ kit: Label) {
        guard let at = labels.firstIndex(of: kit) else { return }
        labels.remove(at: at)
        ended.append(kit)
    }
}

/// Labels of the kits that a person holds by the events kept of them, sorted: another holder of one of them disputes it
/// (domain.md §14 S18, S19).
///
/// - Parameter aliases: ``PersonState/aliases`` of the same person.
public func heldKits(_ events: [Event], aliases: [EventAlias] = []) -> [Label] {
    var holdings = KitHoldings()
    for event in Corrections(events, aliases)?.events ?? events { holdings.take(event.payload) }
    return holdings.labels.sorted()
}
