import FoundationEssentials

/// Says of applied arrivals what came of them where that is not plain (invariant I6).
struct DispositionReasons {
    let finder: AimFinder
    /// The state after the decision.
    let state: PersonState
    private var fold: SpellFold { finder.fold }
    private var registers: Registers { fold.registers }

    func explain(_ decision: inout Decision, _ arrivals: [Event]) {
        let places = arrivals.count < DispositionReasons.worthwhile ? nil : places()
        for i in decision.dispositions.indices where decision.dispositions[i].state == .applied {
            let id = decision.dispositions[i].event
            if let (state, reason) = fold.corrections?.effects[id]?.disposition {
                decision.dispositions[i].state = state
                decision.dispositions[i].reason = reason.rawValue
                continue
            }
            let found = places.map { $0[id] } ?? fold.events.firstIndex { $0.id == id }
            guard let at = found else { continue }
            let (state, reason) = explain(at)
            decision.dispositions[i].state = state
            decision.dispositions[i].reason = reason?.rawValue ?? ""
        }
    }

    /// From so many arrivals on, a dictionary costs less than looking for each.
    private static let worthwhile = 16

    private func places() -> [UUID: Int] {
        Dictionary(fold.events.indices.map { (fold.events[$0].id, $0) }) { first, _ in first }
    }

    private func explain(_ at: Int) -> (Disposition.State, Reason?) {
        let event = fold.events[at]
        if isTooLate(event) { return (.applied, .tooLate) }
        switch event.payload {
        case .releaseActual(let p):
            if Leaving.read(p, registers).leaving != .community { return (.applied, .notCommunity) }
            let from = registers.prisons[p.prison]?.onboardedFrom
            let onboarded = from.map { $0 <= London.date(of: p.releasedAt) } ?? false
            return (.applied, onboarded ? nil : .notOnboarded)
        case .releasePlanned(let p): return plan(at, p.plan)
        case .releaseChanged(let p): return plan(at, p.plan)
        case .releaseCancelled(let p):
            guard let spell = spell(of: at, p.plan) else { return (.applied, .parked) }
            if spell.release != nil { return (.superseded, .stale) }
            return plan(at, p.plan)
        case .handoverAcknowledged(let p): return (.applied, acknowledgement(p))
        case .engagementRecorded(let p): return (.applied, engagement(p))
        case .taskResolved(let p): return (.applied, resolution(p, event.receivedAt))
        case .routingAssigned: return (.applied, assignment(at))
        default: return (.applied, fold.parked.contains(at) ? .parked : nil)
        }
    }

    // MARK: Plans

    private func plan(_ at: Int, _ id: Label) -> (Disposition.State, Reason?) {
        changesNothing(at, id) ? (.superseded, .nothingChanged) : (.applied, nil)
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
        return !revives && plan.isSameWithout(at, fold.events)
    }

    // MARK: Answers

    private func thread(_ handover: Label) -> HandoverThread? {
        guard let id = UUID(uuidString: handover.text) else { return nil }
        return state.threads.first { $0.id == id }
    }

    /// Only an answer to a version from ``HandoverThread/ackFrom`` on counts (domain.md §14 S29).
    private func acknowledgement(_ p: HandoverAcknowledged) -> Reason? {
        guard let thread = thread(p.handover), p.version.value <= Int64(thread.version) else { return .handoverUnknown }
        if p.decision == .needsInfo { return .needsInfo }
        if p.decision == .rejected { return .rejected }
        return p.version.value < Int64(thread.ackFrom) ? .freshAckNeeded : nil
    }

    private func engagement(_ p: EngagementRecorded) -> Reason? {
        guard let thread = thread(p.handover) else { return .handoverUnknown }
        if p.outcome == .died { return finder.death == nil ? .preRelease : .died }
        let release = fold.spells.first { $0.known?.id == thread.spell }?.release
        return release.map { p.at >= $0.at } ?? false ? nil : .preRelease
    }

    private func resolution(_ p: TaskResolved, _ receivedAt: Instant) -> Reason? {
        guard let id = UUID(uuidString: p.task.text), let task = state.tasks.first(where: { $0.id == id }) else {
            return .taskUnknown
        }
        return receivedAt < task.answersFrom ? .taskClosed : nil
    }

    private func assignment(_ at: Int) -> Reason? {
        let isInvalid = state.dataQuality.contains {
            $0.code == Reason.routeAssignedInvalid.rawValue && $0.event == fold.events[at].id
        }
        return isInvalid ? .routeAssignedInvalid : nil
    }
}
