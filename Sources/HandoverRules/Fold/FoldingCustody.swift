import FoundationEssentials

// The custody region (domain.md §12): in, out, away and back.

extension Folding {
    mutating func receive(_ i: Int, _ p: CustodyReceived) {
        guard let last = folded.spells.indices.last else {
            open(i, provisional: false)
            return admit(i, p, isNew: true)
        }
        let spell = folded.spells[last]
        if let release = spell.release {
            if spell.ending == nil, reverses(release, i, p) {
                folded.spells[last].reversal = Spell.Reversal(release: release, reception: i)
                folded.spells[last].release = nil
                return admit(i, p, isNew: false)
            }
            folded.spells[last].nextReception = i
        } else if spell.ending == nil {
            guard p.reason == .admission, isAnotherAdmission(i, spell) else { return admit(i, p, isNew: false) }
            let isDuplicate = events[spell.opening].subject != events[i].subject
            folded.spells[last].isDuplicate = isDuplicate
            note(isDuplicate ? "TWO_OPEN_SPELLS" : "MISSING_RELEASE", i)
            folded.spells[last].nextReception = i
        }
        open(i, provisional: false)
        admit(i, p, isNew: true)
    }

    /// The person is in `p.prison` from here on.
    private mutating func admit(_ i: Int, _ p: CustodyReceived, isNew: Bool) {
        let last = folded.spells.count - 1, time = EventOrder.time(events[i])
        recognise(i, last)
        folded.spells[last].arrive(i, p, isNew: isNew)
        folded.spells[last].provisional = false
        if folded.spells[last].admittedAt == nil { folded.spells[last].admittedAt = time }
        if p.opioidTest == .positive, folded.spells[last].positiveTestAt == nil {
            folded.spells[last].positiveTestAt = time
        }
    }

    /// Back in the same prison on the same day and not on recall: the release was a mistake (domain.md §12).
    private func reverses(_ release: Spell.Release, _ i: Int, _ p: CustodyReceived) -> Bool {
        guard p.prison == release.prison, !registers.isRecall(p) else { return false }
        let back = EventOrder.time(events[i])
        return London.date(of: back) == London.date(of: release.at)
            || back - release.at <= rules.reversalAcrossMidnightMax
    }

    private func isAnotherAdmission(_ i: Int, _ spell: Spell) -> Bool {
        guard !spell.provisional, let admitted = spell.admittedAt else { return false }
        return EventOrder.time(events[i]) - admitted >= rules.admissionRepeatMax
    }

    // MARK: Out

    /// Out of one prison, and expected back or elsewhere. Of somebody who left for good it changes nothing: a
    /// reception is missing.
    mutating func moveOut(_ i: Int, _ p: CustodyMovedOut) {
        if folded.spells.isEmpty { open(i, provisional: true) }
        let last = folded.spells.count - 1
        guard folded.spells[last].isOpen else { return note("MISSING_RECEPTION", i) }
        recognise(i, last)
        if !folded.spells[last].moveOut(i, p) { note("MOVEMENT_OUT_OF_ORDER", i) }
    }

    mutating func leave(_ i: Int, _ p: ReleaseActual) {
        let (leaving, oddity) = Leaving.read(p, registers)
        if let oddity { note(oddity, i) }
        switch leaving {
        case .community:
            openForLeaving(i, at: p.releasedAt)
            release(i, p)
        case .ends(let reason): end(i, reason, at: p.releasedAt)
        case .stays(let custody):
            if folded.spells.isEmpty { open(i, provisional: true) }
            let last = folded.spells.count - 1
            recognise(i, last)
            if folded.spells[last].isOpen { folded.spells[last].custody = custody }
            folded.spells[last].otherLeaving = i
        }
    }

    /// The spell ends, whether the person was still in prison or thought to be released: whoever says that a release
    /// was a removal or a death said it of the same leaving. Death ends every spell, however long after.
    mutating func end(_ i: Int, _ reason: EndingReason, at time: Instant) {
        if reason == .died, !folded.spells.isEmpty {
            recognise(i, folded.spells.count - 1)
        } else {
            openForLeaving(i, at: time)
        }
        let last = folded.spells.count - 1
        if folded.spells[last].ending != .died {
            folded.spells[last].ending = reason == .died ? .died : .elsewhere
            folded.spells[last].endedAs = reason
        }
        folded.spells[last].custody = .endedOther
        folded.spells[last].otherLeaving = i
    }

    private mutating func openForLeaving(_ i: Int, at time: Instant) {
        if folded.spells.isEmpty {
            open(i, provisional: true)
        } else if isAfterTheEnd(i, at: time) {
            note("MISSING_RECEPTION", i)
            open(i, provisional: true)
        }
        recognise(i, folded.spells.count - 1)
    }

    /// A leaving of somebody who had left for good already, too long ago to be the same one.
    private func isAfterTheEnd(_ i: Int, at time: Instant) -> Bool {
        guard let spell = folded.spells.last, spell.ending != .died else { return false }
        if let release = spell.release {
            let apart = time < release.at ? release.at - time : time - release.at
            return apart >= rules.releaseRepeatMax && London.date(of: time) != London.date(of: release.at)
        }
        guard spell.ending != nil, let before = spell.otherLeaving else { return false }
        return EventOrder.time(events[i]) - EventOrder.time(events[before]) >= rules.releaseRepeatMax
    }

    private mutating func release(_ i: Int, _ p: ReleaseActual) {
        let last = folded.spells.count - 1
        if folded.spells[last].ending != nil { return note("RELEASE_AFTER_END", i) }
        if folded.spells[last].release != nil {
            note("RELEASE_REPEATED", i)
            return folded.spells[last].repeatRelease(i, events[i])
        }
        folded.spells[last].release = Spell.Release(
            event: i, at: p.releasedAt, prison: p.prison, receivedAt: events[i].receivedAt,
            fromCourt: folded.spells[last].custody == .atCourt)
        folded.spells[last].custody = .released
        folded.spells[last].voidedRelease = nil
    }

    /// A release that was voided would have stood here: the spell goes on, and knows it.
    mutating func noteVoided(_ event: Event) {
        guard case .releaseActual(let p) = event.payload, Leaving.read(p, registers).leaving == .community,
            let last = folded.spells.indices.last, folded.spells[last].isOpen
        else { return }
        folded.spells[last].voidedRelease = Spell.VoidedRelease(
            event: event.id, at: p.releasedAt, prison: p.prison, receivedAt: event.receivedAt)
    }
}

extension Spell {
    fileprivate mutating func repeatRelease(_ i: Int, _ event: Event) {
        release?.repeats.append(i)
        if let first = release?.receivedAt { release?.receivedAt = min(first, event.receivedAt) }
    }

    /// Received: transfers under way have ended, one that nobody announced has taken place.
    fileprivate mutating func arrive(_ i: Int, _ p: CustodyReceived, isNew: Bool) {
        var wasAnnounced = false
        for at in transfers.indices where transfers[at].arrival == nil {
            transfers[at].arrival = i
            if transfers[at].to == p.prison { wasAnnounced = true }
        }
        let isElsewhere = prison != p.prison
        if !isNew, !wasAnnounced, isElsewhere, prison != nil || p.reason == .transferred {
            transfers.append(Transfer(event: i, from: prison, to: p.prison, arrival: i))
        }
        if prison != nil, isElsewhere { doubtPropertyKits(goingTo: p.prison) }
        prison = p.prison
        custody = .inPrison
    }

    /// False where it is the announcement of a transfer that has ended: clocks differ between prisons.
    fileprivate mutating func moveOut(_ i: Int, _ p: CustodyMovedOut) -> Bool {
        if p.reason == .transferred, let to = p.to, to == prison, to != p.from, transfers.last?.to == to {
            return false
        }
        if let prison, prison != p.from { doubtPropertyKits(goingTo: p.from) }
        prison = p.from
        switch p.reason {
        case .toCourt: custody = .atCourt
        case .temporaryAbsence: custody = .temporaryAbsence
        case .hospital: custody = .hospitalEscort
        case .transferred:
            custody = .inTransit
            guard let to = p.to else { return true }
            transfers.append(Transfer(event: i, from: p.from, to: to))
            doubtPropertyKits(goingTo: to)
        }
        return true
    }

    /// A transfer leaves kits in property behind until the new prison says that it has them, or they are collected
    /// (domain.md §12).
    private mutating func doubtPropertyKits(goingTo: PrisonID) {
        for i in kits.indices where kits[i].issuePoint == .property && kits[i].prison != goingTo {
            kits[i].unverified = true
        }
    }
}
