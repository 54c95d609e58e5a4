import FoundationEssentials

// Kits and training (domain.md §12): facts that wait for a spell where there is none yet.

extension Folding {
    mutating func takeHealth(_ i: Int) {
        folded.holdings.take(events[i].payload)
        switch events[i].payload {
        case .kitIssued(let p): judgeSupply(p, i)
        case .kitReplaced(let p): judgeSupply(p.new, i)
        case .trainingCompleted(let p):
            if p.result == .complete, !TrainingElement.complete.isSubset(of: p.elements) {
                note("TRAINING_ELEMENTS_MISSING", i)
            }
        default: break
        }
        attachOrPark(i)
    }

    private mutating func judgeSupply(_ kit: KitIssued, _ i: Int) {
        let date = London.date(of: EventOrder.time(events[i]))
        for code in SupplyLaw.exceptions(kit, on: date, rules) { note(code, i) }
    }

    /// Supplies and training are the last spell's; what happens to a kit is the spell's in which it was supplied.
    mutating func attachHealth(_ i: Int) {
        let last = folded.spells.count - 1
        switch events[i].payload {
        case .trainingOffered: folded.spells[last].offers.append(i)
        case .trainingCompleted: folded.spells[last].trainings.append(i)
        case .trainingRefused: folded.spells[last].refusals.append(i)
        case .kitIssued(let p): folded.spells[last].supply(p, i, events[i])
        case .kitReplaced(let p):
            if let (spell, kit) = find(p.old) { folded.spells[spell].kits[kit].ends.append(i) }
            folded.spells[last].supply(p.new, i, events[i])
        case .kitCollected(let p):
            if let (spell, kit) = find(p.kit) {
                folded.spells[spell].kits[kit].collected = i
                folded.spells[spell].kits[kit].unverified = false
            }
        case .kitReturned(let p): endKit(p.kit, i)
        case .kitLost(let p): endKit(p.kit, i)
        case .kitUsed(let p): useKit(p.kit, i)
        case .kitConfirmed(let p): confirm(p, i)
        default: break
        }
        recognise(i, last)
    }

    /// The kit of that label in the newest spell that has it, there the newest.
    private func find(_ label: Label) -> (spell: Int, kit: Int)? {
        for spell in folded.spells.indices.reversed() {
            if let kit = folded.spells[spell].kits.lastIndex(where: { $0.id == label }) { return (spell, kit) }
        }
        return nil
    }

    private mutating func endKit(_ label: Label, _ i: Int) {
        if let (spell, kit) = find(label) { folded.spells[spell].kits[kit].ends.append(i) }
    }

    /// A use that names no kit is of the one that there is, if there is one only.
    private mutating func useKit(_ label: Label?, _ i: Int) {
        if let label { return endKit(label, i) }
        let last = folded.spells.count - 1
        let there = folded.spells[last].kits.indices.filter { !folded.spells[last].kits[$0].isEnded }
        if there.count == 1 {
            folded.spells[last].kits[there[0]].ends.append(i)
        } else {
            folded.spells[last].unnamedUses.append(i)
        }
    }

    /// Only the prison that holds the person, or is about to, can say that it holds the kit too.
    private mutating func confirm(_ p: KitConfirmed, _ i: Int) {
        guard let (spell, kit) = find(p.kit) else { return }
        let holder = folded.spells[spell]
        guard holder.isOpen else { return }
        let isComing = holder.transfers.last.map { $0.arrival == nil && $0.to == p.prison } ?? false
        guard isComing || holder.prison == nil || holder.prison == p.prison else {
            return note("KIT_CONFIRMED_ELSEWHERE", i)
        }
        folded.spells[spell].kits[kit].prison = p.prison
        folded.spells[spell].kits[kit].confirmed = i
        folded.spells[spell].kits[kit].unverified = false
    }
}

extension Spell {
    /// Issued again while it was there: one kit, as said last. Issued again after it had gone, or after the release,
    /// it is another as far as the person is concerned.
    fileprivate mutating func supply(_ p: KitIssued, _ i: Int, _ event: Event) {
        if release == nil { kits.removeAll { $0.id == p.kit && !$0.isEnded } }
        kits.append(Kit(id: p.kit, issue: i, issuePoint: p.issuePoint, prison: event.sourcePrison ?? prison))
    }
}

extension Payload {
    /// The supply in a thn.kit.issued or a thn.kit.replaced.
    var supply: KitIssued? {
        switch self {
        case .kitIssued(let p): p
        case .kitReplaced(let p): p.new
        default: nil
        }
    }
}
