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
        checkTasks(decision, before)
        checkMessages(decision)
        // Every message says what it was decided from, and how its thread stands with it.
        for out in decision.outbound where out.kind != nil {
            #expect(out.thread?.version == out.version && out.thread?.id == out.id)
            #expect(out.kind == .stoodDown || !out.decidedFrom.isEmpty)
        }
        // I7: what a live thread was sent shows as its outcome.
        for thread in after.threads where thread.kind != .stoodDown {
            let scope = Disclosure.scope(of: thread.recipient.kind)
            #expect(
                after.outcomes.contains { $0.spell == thread.spell && $0.scope == scope && $0.state != .suppressed })
        }
        for outcome in after.outcomes { #expect(outcome.state == .sent || !outcome.reason.isEmpty) }
        // Every reason has words.
        for code in after.outcomes.map(\.reason) + decision.dispositions.map(\.reason) where !code.isEmpty {
            #expect(Reason(rawValue: code) != nil, "\(code)")
        }
        // One standing per thread.
        if !decision.standings.isEmpty {
            #expect(decision.standings.map(\.thread) == after.threads.map(\.id))
        }
        // I3: one live thread per spell and kind of recipient.
        for thread in after.threads where thread.kind != .stoodDown {
            let twins = after.threads.filter {
                $0.spell == thread.spell && $0.recipient.kind == thread.recipient.kind && $0.kind != .stoodDown
            }
            #expect(twins.count == 1)
        }
        // Timers lie ahead, one for the next look and one for each retry, and the diff is what the state says.
        #expect(after.openTimers.filter { $0.kind != .retry }.count <= 1)
        #expect(after.openTimers.allSatisfy { $0.dueAt > after.now })
        #expect(Set(after.openTimers).count == after.openTimers.count)
        let written = Set(before.openTimers).union(decision.newTimers).subtracting(decision.cancelledTimers)
        #expect(Set(after.openTimers).isSubset(of: written))
        #expect(!after.events.contains { $0.payload.type == .timerFired })
        // The total order has no two events of one id.
        #expect(Set(after.events.map(\.id)).count == after.events.count)
    }

    /// A task's messages form one chain: versions rise by one, raised and closed take turns; bodies hold what their
    /// code may hold, and only a prison reads of the person.
    private static func checkTasks(_ decision: Decision, _ before: PersonState) {
        var chain = [UUID: (version: Int, isOpen: Bool)](
            uniqueKeysWithValues: before.tasks.map { ($0.id, ($0.version, $0.isOpen)) })
        for out in decision.outbound {
            guard let name = out.taskCode, let code = TaskCode(rawValue: name) else { continue }
            let last = chain[out.id] ?? (0, false)
            #expect(out.version == last.version + 1)
            #expect(out.closes == last.isOpen)
            chain[out.id] = (out.version, !out.closes)
            let common: Set = ["taskId", "code", "state", "priority", "outcome", "sentAt", "dueAt"]
            let names = Set(out.names(""))
            #expect(names.subtracting(common).isSubset(of: out.closes ? [] : code.fields), "\(name)")
            if out.destination == .hubTask { #expect(!names.contains("noms")) }
            for word in [out.text("reason"), out.text("outcome")].compactMap({ $0 }) {
                #expect(Reason(rawValue: word) != nil)
            }
        }
        for task in decision.state.tasks where TaskCode(rawValue: task.code) != nil {
            #expect(chain[task.id]?.version == task.version && chain[task.id]?.isOpen == task.isOpen)
        }
    }

    /// I5: no key message outside its audience, and to supervisors none that only a refusal calls for.
    private static func checkMessages(_ decision: Decision) {
        let catalogue = KeyMessageCatalogue.builtIn.messages
        for out in decision.outbound {
            guard case .handover(let recipient) = out.destination else { continue }
            let isHealth = Disclosure.allowed(recipient.kind).contains(.health)
            for id in out.texts("keyMessages") {
                let message = catalogue.first { $0.id == id }
                #expect(message.map { $0.audience.contains(isHealth ? .drugService : .supervision) } == true, "\(id)")
                if !isHealth { #expect(message.map { $0.triggers.isSubset(of: .refusals) } == false, "\(id)") }
            }
        }
    }

    /// I2: the newest consent by occurredAt allows it at sentAt; I8: P1 only if eligible.
    private static func checkConsent(_ out: OutboundDecision, _ state: PersonState) {
        guard case .handover(let recipient) = out.destination else { return }
        let events = effectiveEvents(state.events, aliases: state.aliases)
        let records: [ConsentRecorded] = events.compactMap {
            guard case .consentRecorded(let p) = $0.payload, p.scope == Disclosure.scope(of: recipient.kind) else {
                return nil
            }
            return p
        }
        let newest = records.last
        #expect(newest.map { $0.state == .given || $0.state == .override } == true)
        if let last = newest?.expiresOn { #expect(London.date(of: out.sentAt) <= last) }
        let isEligible = events.contains {
            if case .eligibilityAssessed(let p) = $0.payload { p.outcome == .eligible } else { false }
        }
        let isImplied = events.contains { [.kitIssued, .kitReplaced, .trainingCompleted].contains($0.payload.type) }
        #expect(isEligible || isImplied, "somebody not eligible was spoken of")
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
