/// Kits that should have been returned or collected by now (domain.md §13 K15, §14 S21).
struct KitAccount {
    let spell: Spell
    let fold: SpellFold

    /// 24 hours after the release for what was left in property, after a recall reception for what the person held;
    /// nil while nothing is awaited.
    var dueAt: Instant? {
        guard !spell.kits.isEmpty, let since else { return nil }
        return since + fold.rules.kitUnaccountedMax
    }

    private var recall: Int? {
        guard let next = spell.nextReception, case .custodyReceived(let p) = fold.events[next].payload,
            fold.registers.isRecall(p)
        else { return nil }
        return next
    }

    private var since: Instant? {
        if let recall { return EventOrder.time(fold.events[recall]) }
        return spell.nextReception == nil ? spell.release?.at : nil
    }

    /// Kits of which nothing was heard since.
    func unaccounted() -> [Kit] {
        let wasRecalled = recall != nil
        return spell.kits.filter { kit in
            guard !kit.isEnded, kit.issuePoint != .community else { return false }
            let isLeft = kit.issuePoint == .property && kit.collected == nil
            return (wasRecalled || isLeft) && !isHeardOf(kit)
        }
    }

    /// What came back after a recall is reported in the next spell.
    private func isHeardOf(_ kit: Kit) -> Bool {
        guard spell.nextReception != nil else { return false }
        return fold.events[kit.issue...].contains {
            switch $0.payload {
            case .kitReturned(let p): p.kit == kit.id
            case .kitLost(let p): p.kit == kit.id
            case .kitReplaced(let p): p.old == kit.id
            case .kitUsed(let p): p.kit == kit.id
            default: false
            }
        }
    }
}

extension Spell {
    /// The transfer on which the person has not arrived.
    var awaited: Transfer? {
        guard isOpen, let last = transfers.last, last.arrival == nil else { return nil }
        return last
    }
}
