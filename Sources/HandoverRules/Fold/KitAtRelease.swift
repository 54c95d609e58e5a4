/// Whether a person left with a kit (domain.md §8). Doubt is no kit.
enum KitAtRelease: String {
    case yes = "YES", unconfirmed = "UNCONFIRMED", no = "NO"
}

/// What a spell's kits come to at its release, or so far.
struct KitFacts {
    var status = KitAtRelease.no
    /// Kits the person has, may have, or (before release) is to be given, by the event that supplied them.
    var held: [Int] = []
    /// A kit was lost or taken, and none came in its place.
    var lost = false
    /// A kit was used, and none came in its place.
    var used = false
    /// Somebody else holds one of them too, by the record: it counts as none (domain.md §14 S18).
    var disputed = false
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
    /// Kits that somebody else holds too.
    let disputed: Set<Label>

    func facts() -> KitFacts {
        var facts = KitFacts()
        let newest = spell.kits.filter { counts($0.issue) && end(of: $0) == nil }.map(\.issue).max()
        for kit in spell.kits where counts(kit.issue) { weigh(kit, newest, &facts) }
        for use in spell.unnamedUses where counts(use) && !isFollowed(use, newest) { facts.used = true }
        guard let release = spell.release else { return facts }
        if wasSeenSupplied(release) { facts.suppliedSince = true }
        settle(release, &facts)
        return facts
    }

    /// - Parameter newest: the last supply of a kit that is not ended.
    private func weigh(_ kit: Kit, _ newest: Int?, _ facts: inout KitFacts) {
        guard let supply = events[kit.issue].payload.supply else { return }
        let end = end(of: kit)
        if let end, !isFollowed(end, newest) { noteEnd(end, &facts) }
        let issuedAt = EventOrder.time(events[kit.issue])
        if let release = spell.release, issuedAt > release.at {
            if end == nil, !isDisputed(kit, &facts) { facts.suppliedSince = true }
            return
        }
        guard supply.issuePoint != .community, supply.expiry >= date else { return }
        let sofar = end == nil ? KitAtRelease.yes : .no
        let status = spell.release.map { self.status(kit, end, $0) } ?? sofar
        if status == .no { return }
        if isDisputed(kit, &facts) { return }
        facts.held.append(kit.issue)
        if status == .yes || facts.status == .no { facts.status = status }
        if supply.expiry.days(since: date) < rules.kitExpirySoonDays { facts.expiresSoon = true }
    }

    private func isDisputed(_ kit: Kit, _ facts: inout KitFacts) -> Bool {
        guard !kit.isEnded, disputed.contains(kit.id) else { return false }
        facts.disputed = true
        facts.exceptions.append(("KIT_DISPUTED", kit.issue))
        return true
    }

    /// What ended a kit for good, of what came in time: it was not collected after that.
    private func end(of kit: Kit) -> Int? {
        let since = kit.collected.flatMap { counts($0) ? $0 : nil } ?? -1
        return kit.ends.last { $0 > since && counts($0) }
    }

    private func noteEnd(_ end: Int, _ facts: inout KitFacts) {
        switch events[end].payload {
        case .kitLost: facts.lost = true
        case .kitUsed: facts.used = true
        default: break
        }
    }

    /// Another kit was supplied after that event.
    private func isFollowed(_ event: Int, _ newest: Int?) -> Bool { newest.map { $0 >= event } ?? false }

    /// One unexpired kit issued before the release. UNCONFIRMED here knows no time; ``settle(_:_:)`` does.
    private func status(_ kit: Kit, _ end: Int?, _ release: Spell.Release) -> KitAtRelease {
        if kit.ends.contains(where: { counts($0) && endedAt($0) <= release.at && !isUndone($0, kit) }) { return .no }
        guard kit.issuePoint == .property else { return .yes }
        if wasCollected(kit, release) { return .yes }
        // Found in property afterwards, left at the prison while released at court, or not confirmed after a transfer.
        if end != nil || kit.unverified || isAtCourt(release) { return .no }
        if let prison = kit.prison, prison != release.prison { return .no }
        return .unconfirmed
    }

    /// Collected after all.
    private func isUndone(_ end: Int, _ kit: Kit) -> Bool {
        kit.collected.map { $0 > end && counts($0) } ?? false
    }

    /// A use is told of later than it happened: it was over at the end of its day.
    private func endedAt(_ end: Int) -> Instant {
        let time = EventOrder.time(events[end])
        guard case .kitUsed(let p) = events[end].payload else { return time }
        return min(time, London.instant(p.usedOn.adding(days: 1), at: .zero))
    }

    private func wasCollected(_ kit: Kit, _ release: Spell.Release) -> Bool {
        guard let collected = kit.collected, counts(collected),
            case .kitCollected(let p) = events[collected].payload
        else { return false }
        return p.collectedAt >= release.at - rules.collectedBeforeReleaseMax
            && p.collectedAt <= release.at + rules.collectedAfterReleaseMax
    }

    /// A worker gave the person a kit after the release, or another in place of one.
    private func wasSeenSupplied(_ release: Spell.Release) -> Bool {
        spell.engagements.contains {
            guard case .engagementRecorded(let p) = events[$0].payload, p.at > release.at else { return false }
            return p.kitSeen == .firstSupply || p.kitSeen == .replaced
        }
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
        if declared == .withKit, !spell.kits.contains(where: { EventOrder.time(events[$0.issue]) <= release.at }) {
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

    /// Where it is not stated: whoever was out at court when released was released there (domain.md §12).
    private func isAtCourt(_ release: Spell.Release) -> Bool {
        (read(release) { $0.place } ?? (release.fromCourt ? .court : .prison)) == .court
    }

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
