/// Under which prison number each of some people is kept, and whose a booking is (domain.md §12, §14 S8), as the merges
/// and moves among their events say. The same for any order of the same events.
public struct IdentityMap: Sendable {
    /// Each number that is not kept under itself, and the one under which it is kept.
    public private(set) var keptUnder: [NomsNumber: NomsNumber] = [:]
    private var merges: [Merge] = []
    private var moves: [BookingMoved] = []

    private struct Merge {
        var removed: NomsNumber
        var surviving: NomsNumber
    }

    public init(_ events: [Event]) {
        for event in StandingIdentity.events(events) {
            switch event.payload {
            case .identityMerged(let merge):
                if let removed = merge.removed { merges.append(Merge(removed: removed, surviving: merge.surviving)) }
            case .bookingMoved(let move): moves.append(move)
            default: break
            }
        }
        if !merges.isEmpty { keptUnder = closed() }
    }

    /// The number under which a person is kept.
    public func canonical(_ number: NomsNumber) -> NomsNumber { keptUnder[number] ?? number }

    var hasMoves: Bool { !moves.isEmpty }

    /// Every merge that stands would be one of a circle with this one: it says that somebody is kept under a number
    /// that is already kept under theirs.
    public func wouldCloseACircle(removed: NomsNumber, surviving: NomsNumber) -> Bool {
        var reached: Set<NomsNumber> = [surviving], waiting = [surviving]
        while let number = waiting.popLast() {
            if number == removed { return true }
            for merge in merges where merge.removed == number && reached.insert(merge.surviving).inserted {
                waiting.append(merge.surviving)
            }
        }
        return false
    }

    /// Who a booking recorded under a number belongs to: moves are followed in their order.
    func owner(_ address: NomsNumber, _ booking: BookingID?) -> NomsNumber {
        var owner = canonical(address)
        guard let booking else { return owner }
        for move in moves where move.booking == booking && canonical(move.from) == owner { owner = canonical(move.to) }
        return owner
    }

    /// Every number of a group that merges tie together is kept under the one that the last merge leads to.
    private func closed() -> [NomsNumber: NomsNumber] {
        var groupOf: [NomsNumber: Int] = [:], groups: [[NomsNumber]] = [], last: [Int: NomsNumber] = [:]
        for merge in merges {
            let group = groupOf[merge.surviving] ?? groups.count
            if group == groups.count {
                groups.append([merge.surviving])
                groupOf[merge.surviving] = group
            }
            if let other = groupOf[merge.removed], other != group {
                for number in groups[other] { groupOf[number] = group }
                groups[group] += groups[other]
                groups[other] = []
                last[other] = nil
            } else if groupOf[merge.removed] == nil {
                groupOf[merge.removed] = group
                groups[group].append(merge.removed)
            }
            last[group] = merge.surviving
        }
        var kept: [NomsNumber: NomsNumber] = [:]
        for (group, surviving) in last {
            let end = end(surviving)
            for number in groups[group] where number != end { kept[number] = end }
        }
        return kept
    }

    private func end(_ start: NomsNumber) -> NomsNumber {
        var number = start
        var passed: Set<NomsNumber> = []
        while passed.insert(number).inserted, let next = merges.last(where: { $0.removed == number }) {
            number = next.surviving
        }
        return number
    }
}
