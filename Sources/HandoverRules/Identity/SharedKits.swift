import FoundationEssentials

/// Kits that more than one person holds by the record (domain.md §14, S18): each holder is told by the others' claims,
/// and decided again when they change.
extension People {
    /// Sets `elsewhere` of everybody who holds a kit that somebody else claims, or names; whoever is concerned by
    /// what happened to another gets a turn of their own.
    func settleKits(_ turns: inout [NomsNumber: Turn], _ arrivals: [Event], absorbed: Set<NomsNumber>) {
        let shared = shared(turns, arrivals, absorbed)
        guard !shared.isEmpty else { return }
        for number in Set(shared.values.joined()) where turns[number] == nil {
            if let state = states[number] { turns[number] = Turn(state) }
        }
        var holders: [Label: Set<NomsNumber>] = [:]
        for number in Set(shared.values.joined()) {
            for kit in held(number, turns[number], arrivals) { holders[kit, default: []].insert(number) }
        }
        for number in Set(shared.values.joined()) {
            guard var turn = turns[number] else { continue }
            let kits = shared.filter { $0.value.contains(number) }.keys
            let others = kits.filter { kit in
                holders[kit, default: []].contains { $0 != number } && holders[kit, default: []].contains(number)
            }
            turn.elsewhere.kitsHeldByOthers = Set(others)
            if turn.arrivals.isEmpty, !turn.isChanged {
                let changed = kits.filter { wasDisputed($0, for: number) != others.contains($0) }
                turn.concernedBy = changed.isEmpty ? [] : causes(Set(changed), shared, of: number, turns)
                turns[number] = turn.concernedBy.isEmpty ? nil : turn
            } else {
                turns[number] = turn
            }
        }
    }

    /// Everybody who claims or names a kit that more than one does, by kit.
    private func shared(
        _ turns: [NomsNumber: Turn], _ arrivals: [Event], _ absorbed: Set<NomsNumber>
    ) -> [Label: Set<NomsNumber>] {
        var concerned: [Label: Set<NomsNumber>] = [:]
        for (number, turn) in turns {
            for index in turn.arrivals { for kit in arrivals[index].kitsNamed { note(kit, number, &concerned) } }
            for claim in claims.claims(of: number) { note(claim.kit, number, &concerned) }
            guard turn.isChanged else { continue }
            for kit in turn.base.events.flatMap(\.kitsNamed) { note(kit, number, &concerned) }
        }
        // A number that is merged away in this very step claims nothing any more.
        return concerned.mapValues { people in
            people.filter { !absorbed.contains($0) && (turns[$0] != nil || states[$0] != nil) }
        }
        .filter { $0.value.count > 1 }
    }

    private func note(_ kit: Label, _ number: NomsNumber, _ concerned: inout [Label: Set<NomsNumber>]) {
        if concerned[kit] == nil { concerned[kit] = Set(claims.holders(of: kit)) }
        concerned[kit]?.insert(number)
    }

    /// What the person holds once the arrivals are in.
    private func held(_ number: NomsNumber, _ turn: Turn?, _ arrivals: [Event]) -> [Label] {
        guard let turn, !turn.arrivals.isEmpty || turn.isChanged else { return claims.claims(of: number).map(\.kit) }
        var state = turn.base
        var intake = Arrivals()
        intake.take(turn.arrivals.map { arrivals[$0] }, into: &state)
        return heldKits(state.events, aliases: state.aliases)
    }

    /// What a decision about one person rests on beside that person's events, as the claims stand.
    public func elsewhere(of number: NomsNumber) -> Elsewhere {
        var elsewhere = Elsewhere()
        elsewhere.kitsHeldByOthers = Set(claims.claims(of: number).map(\.kit).filter { wasDisputed($0, for: number) })
        return elsewhere
    }

    private func wasDisputed(_ kit: Label, for number: NomsNumber) -> Bool {
        let holders = claims.holders(of: kit)
        return holders.contains(number) && holders.contains { $0 != number }
    }

    private func causes(
        _ kits: Set<Label>, _ shared: [Label: Set<NomsNumber>], of number: NomsNumber, _ turns: [NomsNumber: Turn]
    ) -> [Int] {
        let others = Set(kits.flatMap { shared[$0] ?? [] }).subtracting([number])
        return Set(others.flatMap { other in (turns[other]?.arrivals ?? []) + (turns[other]?.concernedBy ?? []) })
            .sorted()
    }

    /// What each person's claims change by, once all have been decided.
    func settleClaims(_ step: inout PeopleStep) {
        var after = claims
        for absorbed in step.absorbed { for claim in absorbed.claims { after.remove(claim) } }
        for i in step.persons.indices {
            let number = step.persons[i].decision.state.subject
            let held = step.persons[i].decision.heldKits
            let before = claims.claims(of: number)
            guard !held.isEmpty || !before.isEmpty else { continue }
            step.persons[i].endedClaims = before.filter { !held.contains($0.kit) }
            for kit in held where !before.contains(where: { $0.kit == kit }) {
                if !claims.isKnown(kit) { step.unlooked.insert(kit) }
                let claim = KitClaims.Claim(kit: kit, turn: after.freeTurn(kit), holder: number)
                after.add(claim)
                step.persons[i].newClaims.append(claim)
            }
        }
    }
}
