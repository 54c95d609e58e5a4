import FoundationEssentials
import HandoverRules
import Testing

/// Invariants that hold after every single decision (domain.md §14: I2, I3, I4, I6, and the timers' law).
enum Laws {
    static func check(_ decision: Decision, before: PersonState, arrivals: [Event], registers: Registers) {
        let after = decision.state
        // I6: one disposition per arrival.
        #expect(decision.dispositions.map(\.event).sorted() == arrivals.map(\.id).sorted())
        // I4: versions rise by one, each from the last one told.
        var versions = [UUID: Int](uniqueKeysWithValues: before.threads.map { ($0.id, $0.version) })
        for out in decision.outbound {
            guard case .handover = out.destination else { continue }
            let last = versions[out.id] ?? 0
            #expect(out.version == last + 1)
            let supersedes: BodyValue? = last == 0 ? nil : .int(last)
            #expect(out["supersedes"] == supersedes)
            #expect(out.sentAt == after.now)
            versions[out.id] = out.version
            if out.kind == .stoodDown { checkStandDown(out) } else { checkConsent(out, after) }
        }
        // I3: one live thread per spell and kind of recipient.
        for thread in after.threads where thread.kind != .stoodDown {
            let twins = after.threads.filter {
                $0.spell == thread.spell && $0.recipient.kind == thread.recipient.kind && $0.kind != .stoodDown
            }
            #expect(twins.count == 1)
        }
        // Timers lie ahead, none twice, and the diff is what the state says.
        #expect(after.openTimers.allSatisfy { $0.dueAt > after.now })
        #expect(Set(after.openTimers).count == after.openTimers.count)
        let written = Set(before.openTimers).union(decision.newTimers).subtracting(decision.cancelledTimers)
        #expect(Set(after.openTimers).isSubset(of: written))
        #expect(!after.events.contains { $0.payload.type == .timerFired })
        // The total order has no two events of one id.
        #expect(Set(after.events.map(\.id)).count == after.events.count)
    }

    /// I2: the newest consent by occurredAt allows it at sentAt; I8: P1 only if eligible.
    private static func checkConsent(_ out: OutboundDecision, _ state: PersonState) {
        guard case .handover(let recipient) = out.destination else { return }
        let records: [(Instant, ConsentRecorded)] = state.events.compactMap {
            guard case .consentRecorded(let p) = $0.payload, p.scope == Disclosure.scope(of: recipient.kind) else {
                return nil
            }
            return ($0.occurredAt, p)
        }
        let newest = records.max { $0.0 < $1.0 }?.1
        #expect(newest.map { $0.state == .given || $0.state == .override } == true)
        if let last = newest?.expiresOn { #expect(London.date(of: out.sentAt) <= last) }
        let isEligible = state.events.contains {
            if case .eligibilityAssessed(let p) = $0.payload { p.outcome == .eligible } else { false }
        }
        let hasKit = state.events.contains { $0.payload.type == .kitIssued }
        #expect(isEligible || hasKit, "somebody not eligible was spoken of")
    }

    /// Exactly these fields and nothing of the person.
    private static func checkStandDown(_ out: OutboundDecision) {
        guard case .object(let fields) = out.body else {
            Issue.record("a stand-down is an object")
            return
        }
        #expect(fields.map(\.name) == ["handoverId", "version", "supersedes", "kind", "reason", "sentAt"])
    }
}
