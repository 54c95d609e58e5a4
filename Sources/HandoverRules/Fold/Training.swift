/// Where a person is with training and offers (domain.md §12, the THN region).
public enum ThnState: String, Sendable, Hashable, CaseIterable {
    case notAssessed = "NOT_ASSESSED", notEligible = "NOT_ELIGIBLE", eligible = "ELIGIBLE", offered = "OFFERED"
    case refused = "REFUSED", trainedInPart = "TRAINED_PARTIAL", trained = "TRAINED"
}

/// Training up to the release, or so far: what all sessions of the spell covered together (domain.md §3).
struct TrainingFacts {
    enum State: String { case none = "NO", partial = "PARTIAL", complete = "COMPLETE" }
    var state = State.none
    /// Sorted.
    var elements: [TrainingElement] = []
}

/// Judges a spell's training and refusals.
struct TrainingJudge {
    let events: [Event]
    let spell: Spell

    /// T1 to T6 make it complete, in however many sessions; what a session calls itself does not.
    func training() -> TrainingFacts {
        var facts = TrainingFacts()
        for i in spell.trainings where counts(i) && isBeforeRelease(i) {
            guard case .trainingCompleted(let p) = events[i].payload else { continue }
            for element in p.elements where !facts.elements.contains(element) { facts.elements.append(element) }
            facts.state = .partial
        }
        facts.elements.sort()
        if TrainingElement.complete.isSubset(of: facts.elements) { facts.state = .complete }
        return facts
    }

    /// Reasons that still stand, sorted: a refusal of training is over with a later training or kit, one of a kit with
    /// a later kit (domain.md §14 S24).
    func refusals() -> [RefusalReason] {
        var reasons: [RefusalReason] = []
        for i in standingRefusals() {
            guard case .trainingRefused(let p) = events[i].payload else { continue }
            for reason in p.reasons where !reasons.contains(reason) { reasons.append(reason) }
        }
        return reasons.sorted()
    }

    /// Refusals that nothing later made void, in order.
    func standingRefusals() -> [Int] {
        if spell.refusals.isEmpty { return [] }
        let supplied = spell.kits.map(\.issue).max() ?? -1
        let trained = max(spell.trainings.last ?? -1, supplied)
        return spell.refusals.filter { i in
            guard counts(i), isBeforeRelease(i), case .trainingRefused(let p) = events[i].payload else { return false }
            return i > (p.stage == .training ? trained : supplied)
        }
    }

    func state(_ eligibility: Facts.Eligibility) -> ThnState {
        if eligibility == .notEligible { return .notEligible }
        switch training().state {
        case .complete: return .trained
        case .partial: return .trainedInPart
        case .none: break
        }
        let offer = spell.offers.last { counts($0) && isBeforeRelease($0) }
        if let refusal = standingRefusals().last, refusal > offer ?? -1 { return .refused }
        if offer != nil { return .offered }
        return eligibility == .eligible ? .eligible : .notAssessed
    }

    private func isBeforeRelease(_ i: Int) -> Bool {
        spell.release.map { EventOrder.time(events[i]) <= $0.at } ?? true
    }

    private func counts(_ i: Int) -> Bool { spell.heeds(events[i]) }
}
