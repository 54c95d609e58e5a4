import EventContracts
import FoundationEssentials
import HandoverRules
import Postgres

/// What a replay puts in place of what was kept of some people.
struct ReplayWriting {
    private var writing = Writing()
    private var timers: [(timer: HandoverRules.Timer, subject: NomsNumber)] = []
    private var ended: [(timer: HandoverRules.Timer, subject: NomsNumber)] = []
    private var lostOutcomes: [(spell: UUID, scope: String)] = []
    private var subjects: [String] = []
    private var held: [String: Set<String>] = [:]

    mutating func add(_ state: PersonState, before: PersonState?, _ known: KitClaims) {
        let subject = state.subject.text
        subjects.append(subject)
        held[subject] = Set(known.claims(of: state.subject).map(\.kit.text))
        guard state != before else { return }
        writing.knownSubjects.append(subject)
        writing.knownSnapshots.append(PersonSnapshot.encode(state))
        for timer in state.openTimers { timers.append((timer, state.subject)) }
        for timer in before?.openTimers ?? [] where !state.openTimers.contains(timer) {
            ended.append((timer, state.subject))
        }
        for outcome in state.outcomes {
            writing.add(outcome: outcome, subject: subject, at: state.now, cause: outcome.spell)
        }
        for outcome in before?.outcomes ?? [] {
            let stays = state.outcomes.contains { $0.spell == outcome.spell && $0.scope == outcome.scope }
            if !stays { lostOutcomes.append((outcome.spell, outcome.scope.rawValue)) }
        }
    }

    mutating func write(on session: PostgresConnection, outbound: OutboundWriter) throws {
        for (timer, subject) in timers {
            writing.add(timer: timer, id: outbound.timerID(timer, of: subject), subject: subject.text)
        }
        try session.pipeline { pipe in
            if !writing.knownSubjects.isEmpty {
                pipe.execute(LedgerSQL.updateStates(writing.knownSubjects, writing.knownSnapshots))
            }
            pipe.execute(LedgerSQL.deleteTimers(ended.map { outbound.timerID($0.timer, of: $0.subject) }))
            pipe.execute(
                LedgerSQL.insertTimers(
                    writing.timerIDs, writing.timerSubjects, writing.timerKinds, writing.timerCauses,
                    writing.timerDue))
            pipe.execute(LedgerSQL.deleteOutcomes(lostOutcomes.map(\.spell), lostOutcomes.map(\.scope)))
            pipe.execute(LedgerSQL.replaceOutcomes(writing.outcomes))
        }
        try writeClaims(on: session)
    }

    /// Claims that stand keep their place.
    private func writeClaims(on session: PostgresConnection) throws {
        var standing: [String: Set<String>] = [:]
        for row in try session.query(LedgerSQL.claims(of: subjects)) {
            standing[try row.text(1), default: []].insert(try row.text(0))
        }
        var new = ClaimColumns(), ended = ClaimColumns()
        for subject in subjects {
            let before = standing[subject] ?? [], after = held[subject] ?? []
            for kit in after.subtracting(before).sorted() { new.add(kit, subject) }
            for kit in before.subtracting(after).sorted() { ended.add(kit, subject) }
        }
        if !ended.kits.isEmpty { try session.execute(LedgerSQL.deleteClaims(ended.kits, ended.numbers)) }
        if !new.kits.isEmpty { try session.execute(LedgerSQL.addClaims(new.kits, new.numbers)) }
    }
}
