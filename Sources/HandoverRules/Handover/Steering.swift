/// Who is told: what a person assigned by hand, else what the rules name, less those who said that the person is out
/// of their area (domain.md §7.2 routing.assigned, §8, §10).
struct Steering {
    let finder: AimFinder
    let spell: Spell
    let kind: RecipientKind

    private var registers: Registers { finder.registers }

    func aim(_ facts: Facts, _ area: AuthorityID?, _ router: Router) -> Aim {
        let refused = refusals()
        if let (event, provider) = assignment(facts) {
            guard let provider else {
                var queue = HumanQueue(reason: .routeAssignedInvalid)
                queue.invalid = event
                return .human(queue)
            }
            if refused.contains(where: { $0.provider == provider && $0.event > event }) {
                return .human(HumanQueue(reason: .rejectedTwice))
            }
            return .send(provider, assigned: event)
        }
        if refused.count > 1 { return .human(HumanQueue(reason: .rejectedTwice)) }
        guard let area else { return .human(HumanQueue(reason: .areaUnknown)) }
        var router = router
        router.refused = refused.first?.provider
        return aim(route(area, facts, router))
    }

    private func aim(_ route: Router.Route) -> Aim {
        switch route {
        case .to(let provider): .send(provider, assigned: nil)
        case .nobody(let commissioner): .human(HumanQueue(reason: .noProvider, commissioner: commissioner))
        case .human: .human(HumanQueue(reason: .routeUndecided))
        }
    }

    private func route(_ area: AuthorityID, _ facts: Facts, _ router: Router) -> Router.Route {
        switch kind {
        case .drugService: router.drugService(area, .drugService, .adult)
        case .youngPeopleDrugService: router.drugService(area, .youngPeopleDrugService, .child)
        case .supervision: router.supervision(area, facts.supervision)
        case .youthJustice: router.youthJustice(area)
        }
    }

    /// Recipients of this kind that said that the person is out of their area, and when they last did.
    private func refusals() -> [(provider: ProviderID, event: Int)] {
        guard let id = spell.known?.id, !finder.fold.acknowledgements.isEmpty else { return [] }
        return finder.threads.compactMap { thread in
            guard thread.spell == id, thread.recipient.kind == kind, let event = finder.responses.outOfArea(thread.id)
            else { return nil }
            return (thread.recipient.provider, event)
        }
    }

    // MARK: By hand

    /// The newest assignment for this kind of recipient; its provider is nil where it cannot be followed.
    private func assignment(_ facts: Facts) -> (event: Int, provider: ProviderID?)? {
        let scope = Disclosure.scope(of: kind)
        guard let newest = spell.assigned[scope] else { return nil }
        var at: Int? = newest
        while let event = at {
            guard case .routingAssigned(let p) = finder.events[event].payload else { return nil }
            let provider = registers.providers[p.provider]
            if let provider, accepts(provider.kind) {
                return (event, provider.holds(on: facts.date) ? p.provider : nil)
            }
            // Meant for the other of two recipients that share a scope.
            guard scope == .childService, let other = provider?.kind, Steering.isYouth(other) else {
                return (event, nil)
            }
            at = earlier(than: event, scope)
        }
        return nil
    }

    private func earlier(than event: Int, _ scope: ConsentScope) -> Int? {
        finder.events[spell.opening..<max(spell.opening, event)].lastIndex {
            if case .routingAssigned(let p) = $0.payload { p.scope == scope } else { false }
        }
    }

    private func accepts(_ provider: ProviderKind) -> Bool {
        switch kind {
        case .drugService: provider == .drugService
        case .youngPeopleDrugService: provider == .youngPeopleDrugService
        case .youthJustice: provider == .youthJustice
        case .supervision: provider == .crc || provider == .npsDivision || provider == .probationRegion
        }
    }

    private static func isYouth(_ kind: ProviderKind) -> Bool {
        kind == .youthJustice || kind == .youngPeopleDrugService
    }
}

extension Provider {
    func holds(on date: LocalDate) -> Bool { validFrom <= date && (validTo.map { date <= $0 } ?? true) }
}
