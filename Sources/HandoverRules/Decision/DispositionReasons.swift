import FoundationEssentials

/// Says of applied arrivals what came of them where that is not plain (invariant I6).
struct DispositionReasons {
    let fold: SpellFold
    private var registers: Registers { fold.registers }

    func explain(_ decision: inout Decision, _ arrivals: [Event]) {
        for i in decision.dispositions.indices where decision.dispositions[i].state == .applied {
            let id = decision.dispositions[i].event
            guard let at = fold.events.firstIndex(where: { $0.id == id }) else { continue }
            let (state, reason) = explain(at)
            decision.dispositions[i].state = state
            decision.dispositions[i].reason = reason
        }
    }

    private func explain(_ at: Int) -> (Disposition.State, String) {
        let event = fold.events[at]
        if isTooLate(event) { return (.applied, "TOO_LATE") }
        switch event.payload {
        case .releaseActual(let p):
            if Leaving.read(p, registers).leaving != .community { return (.applied, "NOT_COMMUNITY") }
            let from = registers.prisons[p.prison]?.onboardedFrom
            let onboarded = from.map { $0 <= London.date(of: p.releasedAt) } ?? false
            return (.applied, onboarded ? "" : "NOT_ONBOARDED")
        case .releasePlanned(let p): return plan(at, p.plan)
        case .releaseChanged(let p): return plan(at, p.plan)
        case .releaseCancelled(let p):
            guard let spell = spell(of: at, p.plan) else { return (.applied, "PARKED") }
            if spell.release != nil { return (.superseded, "STALE") }
            return plan(at, p.plan)
        default: return (.applied, fold.parked.contains(at) ? "PARKED" : "")
        }
    }

    private func plan(_ at: Int, _ id: Label) -> (Disposition.State, String) {
        changesNothing(at, id) ? (.superseded, "NOTHING_CHANGED") : (.applied, "")
    }

    private func spell(of at: Int, _ plan: Label) -> Spell? {
        fold.spells.last { $0.plans.contains { $0.id == plan && $0.events.contains { $0.event == at } } }
    }

    /// The plan reads the same without the event (domain.md §12).
    private func changesNothing(_ at: Int, _ id: Label) -> Bool {
        guard let spell = spell(of: at, id), let plan = spell.plans.first(where: { $0.id == id }),
            plan.events.count > 1
        else { return false }
        let isCancel = if case .releaseCancelled = fold.events[at].payload { true } else { false }
        let decides = plan.events.last?.event == at
        if isCancel { return !decides }
        let revives =
            decides
            && plan.events.dropLast().last.map { entry in
                if case .releaseCancelled = fold.events[entry.event].payload { true } else { false }
            } ?? false
        return !revives && plan.fields(fold.events) == plan.fields(fold.events, without: at)
    }
}
