/// Whether a person left with a kit (domain.md §8). Doubt is no kit.
enum KitAtRelease: String {
    case yes = "YES", unconfirmed = "UNCONFIRMED", no = "NO"
}

/// What a spell's kits come to at its release, or so far.
struct KitFacts {
    var status = KitAtRelease.no
    /// Kits the person has, may have, or (before release) is to be given, by issue event.
    var held: [Int] = []
    /// A kit was lost or taken.
    var lost = false
    /// A kit supplied in the community after the release.
    var suppliedSince = false
    var expiresSoon = false
    /// When UNCONFIRMED becomes NO; nil where time changes nothing.
    var settlesAt: Instant?
    var exceptions: [(code: String, event: Int)] = []
}

/// Judges kits against one release, or against a planned date while the person is still held.
struct KitJudge {
    let events: [Event]
    let spell: Spell
    let now: Instant
    /// The release date, or the planned one.
    let date: LocalDate
    let rules: Rulebook

    func facts() -> KitFacts {
        var facts = KitFacts()
        for kit in spell.kits where counts(kit.issue) { weigh(kit, &facts) }
        if let release = spell.release { settle(release, &facts) }
        return facts
    }

    private func weigh(_ kit: Kit, _ facts: inout KitFacts) {
        guard case .kitIssued(let issue) = events[kit.issue].payload else { return }
        if let gone = kit.gone, counts(gone), case .kitLost = events[gone].payload { facts.lost = true }
        let issuedAt = EventOrder.time(events[kit.issue])
        guard let release = spell.release else {
            if kit.gone == nil, issue.issuePoint != .community, issue.expiry >= date {
                hold(kit, issue, .yes, &facts)
            }
            return
        }
        if issuedAt > release.at {
            facts.suppliedSince = facts.suppliedSince || kit.gone == nil
        } else if issue.issuePoint != .community, issue.expiry >= date {
            let status = status(kit, release)
            if status == .no { return }
            hold(kit, issue, status, &facts)
        }
    }

    private func hold(_ kit: Kit, _ issue: KitIssued, _ status: KitAtRelease, _ facts: inout KitFacts) {
        facts.held.append(kit.issue)
        if status == .yes || facts.status == .no { facts.status = status }
        if issue.expiry.days(since: date) < rules.kitExpirySoonDays { facts.expiresSoon = true }
    }

    /// One unexpired kit issued before the release. UNCONFIRMED here knows no time; ``settle(_:_:)`` does.
    private func status(_ kit: Kit, _ release: Spell.Release) -> KitAtRelease {
        let goneAt = kit.gone.flatMap { counts($0) ? EventOrder.time(events[$0]) : nil }
        if let goneAt, goneAt <= release.at { return .no }
        guard kit.issuePoint == .property else { return .yes }
        if wasCollected(kit, release) { return .yes }
        // Found in property afterwards, left at the prison while released at court, or not confirmed after a transfer.
        if goneAt != nil || kit.unverified || isAtCourt(release) { return .no }
        if let prison = kit.prison, prison != release.prison { return .no }
        return .unconfirmed
    }

    private func wasCollected(_ kit: Kit, _ release: Spell.Release) -> Bool {
        guard let collected = kit.collected, counts(collected),
            case .kitCollected(let p) = events[collected].payload
        else { return false }
        return p.collectedAt >= release.at - rules.collectedBeforeReleaseMax
            && p.collectedAt <= release.at + rules.collectedAfterReleaseMax
    }

    /// The prison's declaration is a hint; four hours after release doubt becomes NO (domain.md §8).
    private func settle(_ release: Spell.Release, _ facts: inout KitFacts) {
        let declared = declaration(release)
        if declared == .withoutKit, facts.status != .no {
            if facts.status == .yes { facts.exceptions.append(("KIT_DECLARATION_CONFLICT", release.event)) }
            facts.status = .no
            facts.held = []
        }
        let settles = release.at + rules.kitUnconfirmedMax
        if declared == .withKit, spell.kits.isEmpty {
            facts.status = .unconfirmed
            if now >= settles { facts.exceptions.append(("DECLARED_KIT_NO_RECORD", release.event)) }
        }
        guard facts.status == .unconfirmed else { return }
        if now >= settles {
            facts.status = .no
            facts.held = []
        } else {
            facts.settlesAt = settles
        }
    }

    private func declaration(_ release: Spell.Release) -> KitDeclaration? {
        read(release) { $0.kitDeclaration == .notStated ? nil : $0.kitDeclaration }
    }

    private func isAtCourt(_ release: Spell.Release) -> Bool { read(release) { $0.place } == .court }

    private func read<T>(_ release: Spell.Release, _ field: (ReleaseActual) -> T?) -> T? {
        release.first(events, field)
    }

    /// Facts that came 28 days late, and that long after the release, send nothing (domain.md §12).
    private func counts(_ event: Int) -> Bool { spell.heeds(events[event]) }
}

extension Spell {
    /// Whether a fact about this spell came in time to change what is sent.
    func heeds(_ event: Event) -> Bool {
        guard isTooLate(event), let release else { return true }
        return event.receivedAt - release.at <= Rulebook.latenessOfHealthFacts
    }
}

extension Spell.Release {
    /// A field of the release as first announced that has it.
    func first<T>(_ events: [Event], _ field: (ReleaseActual) -> T?) -> T? {
        for i in [event] + repeats {
            if case .releaseActual(let p) = events[i].payload, let value = field(p) { return value }
        }
        return nil
    }
}
