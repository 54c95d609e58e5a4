import FoundationEssentials

extension Rulebook {
    /// A PLANNED version this many working days before release is notice (domain.md §13 K12).
    static let noticeWorkingDays = 5
    /// A RELEASED version is acknowledged in time by 17:00 of this working day (domain.md §13 K9).
    static let measuredAckWorkingDays = 2
}

// Consent, notice and what became of the person: what §13 counts around a release.

extension RecordReading {
    /// Consent is judged when the handover would go: at the end of the hold, or now.
    func consentCut(_ spell: Spell) -> Instant {
        guard let release = spell.release else { return now }
        let hold = fold.registers.prisons[release.prison]?.releaseHold ?? rules.releaseHold
        return min(now, max(release.at, release.receivedAt + hold))
    }

    func isAsked(_ scope: ConsentScope, by cut: Instant) -> Bool {
        events.indices.contains { i in
            guard case .consentRecorded(let p) = events[i].payload else { return false }
            return p.scope == scope && p.state != .notAsked && time(i) <= cut
        }
    }

    /// By the newest consent then (domain.md §6).
    func isGiven(_ scope: ConsentScope, at cut: Instant) -> Bool {
        for i in events.indices.reversed() where time(i) <= cut {
            guard case .consentRecorded(let p) = events[i].payload, p.scope == scope else { continue }
            return ConsentRule.allows(p, occurredAt: time(i), now: cut, rules)
        }
        return false
    }

    func hadNotice(_ threads: [ThreadRow], _ date: LocalDate?, _ area: AuthorityID?) -> Bool {
        guard let date else { return false }
        let latest = fold.registers.calendar(area, rules).workingDay(-Rulebook.noticeWorkingDays, from: date)
        return threads.contains {
            Disclosure.scope(of: $0.recipient.kind) != .supervision
                && $0.plannedSentAt.map { London.date(of: $0) <= latest } ?? false
        }
    }

    /// Days to the first contact with treatment that counts (domain.md §13 K10).
    func engagedAfterDays(_ release: SpellRow.Release?, _ threads: [ThreadRow]) -> Int? {
        guard let release else { return nil }
        let health = Set(threads.filter { Disclosure.scope(of: $0.recipient.kind) != .supervision }.map(\.id))
        return engagements(of: health).filter { $0.outcome.isTreatment && $0.at >= release.at }
            .map { London.date(of: $0.at).days(since: release.date) }.min()
    }

    /// Back in custody, dead or moved away before day 21 and not engaged until then.
    func followUpEnd(_ spell: Spell, _ release: SpellRow.Release?, _ threads: [ThreadRow]) -> SpellRow.FollowUpEnd? {
        guard let release else { return nil }
        let engaged = engagedAfterDays(release, threads)
        func ends(_ at: Instant) -> Bool {
            let day = London.date(of: at).days(since: release.date)
            return day < rules.engagementDueDays && (engaged.map { $0 > day } ?? true)
        }
        // Death is out of K10 whenever it was reported (domain.md §12).
        let told = engagements(of: Set(threads.map(\.id)))
        if told.contains(where: { $0.outcome == .died }) { return .died }
        if let back = spell.nextReception, ends(time(back)) { return .returned }
        if told.contains(where: { $0.outcome == .returnedToCustody && ends($0.at) }) { return .returned }
        return told.contains { $0.outcome == .moved && ends($0.at) } ? .moved : nil
    }

    private func engagements(of threads: Set<UUID>) -> [EngagementRecorded] {
        events.compactMap { event in
            guard case .engagementRecorded(let p) = event.payload, let id = UUID(uuidString: p.handover.text),
                threads.contains(id)
            else { return nil }
            return p
        }
    }
}

extension EngagementOutcome {
    /// Counts as engaged in treatment (domain.md §13 K10).
    var isTreatment: Bool { self == .attended || self == .treatmentStarted }
}
