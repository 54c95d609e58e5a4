import FoundationEssentials

/// Every release ends in an outcome with a reason (design law 4).
extension Speaker {
    mutating func report(_ aims: SpellAims, _ spell: UUID) {
        for (kind, aim) in aims.aims {
            let scope = Disclosure.scope(of: kind)
            guard let (state, reason) = outcome(kind, aim, spell) else { continue }
            set(
                Outcome(
                    spell: spell, scope: scope, state: state, reason: reason?.rawValue ?? "", released: aims.released),
                kind)
        }
    }

    private func outcome(_ kind: RecipientKind, _ aim: Aim, _ spell: UUID) -> (Outcome.State, Reason?)? {
        switch aim {
        case .keep: return nil
        case .hold: return (.queued, .releaseHold)
        case .human(let queue): return (.humanQueue, queue.reason)
        case .send: return (.sent, nil)
        case .suppress(let reason):
            let stopped = wasTold(kind, spell) && reason != .tooLate
            return stopped ? (.stoodDown, reason.asStandDown) : (.suppressed, reason)
        case .standDown(let reason): return (wasTold(kind, spell) ? .stoodDown : .suppressed, reason)
        }
    }

    private func wasTold(_ kind: RecipientKind, _ spell: UUID) -> Bool {
        decision.state.threads.contains { $0.spell == spell && $0.recipient.kind == kind }
    }

    /// Two youth recipients share a scope: the one that needs a human, or failed, is the outcome of both.
    mutating func set(_ outcome: Outcome, _ kind: RecipientKind) {
        var outcome = outcome
        let at = decision.state.outcomes.firstIndex { $0.spell == outcome.spell && $0.scope == outcome.scope }
        if kind == .youngPeopleDrugService, outcome.state == .sent, let at,
            decision.state.outcomes[at].state != .sent, decision.state.outcomes[at].state != .queued
        {
            outcome = decision.state.outcomes[at]
        }
        if let at {
            guard decision.state.outcomes[at] != outcome else { return }
            decision.state.outcomes[at] = outcome
        } else {
            decision.state.outcomes.append(outcome)
        }
        decision.outcomes.removeAll { $0.spell == outcome.spell && $0.scope == outcome.scope }
        decision.outcomes.append(outcome)
    }
}

extension Outcome {
    /// Of a spell that went to somebody else, or into another spell: it is not spoken of again.
    var isOfLostSpell: Bool { reason == Reason.merged.rawValue || reason == Reason.wrongPerson.rawValue }
}
