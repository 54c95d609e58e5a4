import FoundationEssentials

/// The fold: a person's ordered event set becomes spells. Pure; nothing of it is kept between batches. A class only so
/// that handing it on costs one reference: it is finished when `init` returns.
final class SpellFold {
    let events: [Event]
    let registers: Registers
    let rules: Rulebook
    private let known: [KnownSpell]
    private(set) var spells: [Spell] = []
    /// Newest consent event by scope.
    private(set) var consents: [ConsentScope: Int] = [:]
    /// All assessments of the person, in order.
    private(set) var assessments: [Int] = []
    /// Events before any spell that wait for a reception.
    private(set) var parked: [Int] = []
    private(set) var dataQuality: [DataQuality] = []
    /// handover.acknowledged and engagement.recorded of the person, in order.
    private(set) var acknowledgements: [Int] = []
    private(set) var engagements: [Int] = []
    /// task.resolved, in order.
    private(set) var resolutions: [Int] = []

    init(events: [Event], registers: Registers, known: [KnownSpell], now: Instant, rules: Rulebook) {
        self.events = events
        self.registers = registers
        self.known = known
        self.rules = rules
        for i in events.indices { step(i) }
        openForParked(now)
    }

    private func step(_ i: Int) {
        switch events[i].payload {
        case .consentRecorded(let p): consents[p.scope] = i
        case .eligibilityAssessed: assess(i)
        case .custodyReceived(let p): receive(i, p)
        case .kitIssued(let p):
            let date = London.date(of: EventOrder.time(events[i]))
            for code in SupplyLaw.exceptions(p, on: date, rules) { note(code, i) }
            attachOrPark(i)
        case .kitCollected, .kitReturned, .kitLost, .releaseCancelled: attachOrPark(i)
        case .releasePlanned(let p): plan(i, p.plan, date: p.fields.plannedDate)
        case .releaseChanged(let p): plan(i, p.plan, date: p.fields.plannedDate)
        case .releaseActual(let p): leave(i, p)
        case .handoverAcknowledged: acknowledgements.append(i)
        case .engagementRecorded: engagements.append(i)
        case .taskResolved: resolutions.append(i)
        case .routingAssigned(let p): if !spells.isEmpty { spells[spells.count - 1].assigned[p.scope] = i }
        case .custodyMovedOut(let p):
            guard !spells.isEmpty, let to = p.to else { break }
            spells[spells.count - 1].transfers.append(Spell.Transfer(event: i, from: p.from, to: to))
            spells[spells.count - 1].custody = .inTransit
        case .trainingOffered: if !spells.isEmpty { spells[spells.count - 1].offers.append(i) }
        case .trainingCompleted: if !spells.isEmpty { spells[spells.count - 1].trainings.append(i) }
        case .trainingRefused: if !spells.isEmpty { spells[spells.count - 1].refusals.append(i) }
        case .custodyEndedOther(let p):
            guard !spells.isEmpty else { break }
            spells[spells.count - 1].ending = p.reason == .died ? .died : .elsewhere
            spells[spells.count - 1].otherLeaving = i
        case .identityMerged, .bookingMoved, .kitConfirmed, .kitReplaced, .kitUsed, .referenceChanged,
            .recordCorrected, .timerFired:
            break
        }
    }

    private func note(_ code: String, _ i: Int) {
        dataQuality.append(DataQuality(code: code, event: events[i].id))
    }

    // MARK: Opening

    /// Opens the next spell; it takes in everything parked.
    private func open(_ i: Int, provisional: Bool) {
        var spell = Spell(opening: i, provisional: provisional)
        recognise(i, &spell)
        spells.append(spell)
        let waiting = parked
        parked = []
        for event in waiting { attach(event) }
    }

    private func recognise(_ i: Int, _ spell: inout Spell) {
        guard !known.isEmpty, spell.known == nil else { return }
        let id = events[i].id
        if let match = known.first(where: { $0.anchor == id }) { spell.known = match }
    }

    private func attachOrPark(_ i: Int) {
        if spells.isEmpty { parked.append(i) } else { attach(i) }
    }

    private func attach(_ i: Int) {
        let last = spells.count - 1
        recognise(i, &spells[last])
        switch events[i].payload {
        case .kitIssued, .kitCollected, .kitReturned, .kitLost:
            spells[last].take(kitEvent: i, events[i])
        case .releasePlanned(let p): spells[last].take(p.plan, p.version, i)
        case .releaseChanged(let p): spells[last].take(p.plan, p.version, i)
        case .releaseCancelled(let p):
            spells[last].take(p.plan, p.version, i)
            if spells[last].release != nil { note("CANCEL_AFTER_RELEASE", i) }
        default: break
        }
    }

    private func openForParked(_ now: Instant) {
        guard let due = parked.first(where: { events[$0].receivedAt + rules.parkedMax <= now }) else { return }
        note("NO_RECEPTION", due)
        open(parked[0], provisional: true)
    }

    // MARK: Steps

    private func assess(_ i: Int) {
        assessments.append(i)
        guard let last = spells.indices.last, spells[last].isOpen else { return }
        recognise(i, &spells[last])
        spells[last].assessments.append(i)
    }

    private func receive(_ i: Int, _ p: CustodyReceived) {
        guard let last = spells.indices.last else {
            open(i, provisional: false)
            return admit(i, p)
        }
        if let release = spells[last].release {
            if spells[last].ending == nil, reverses(release, i, p) {
                spells[last].reversal = Spell.Reversal(release: release, reception: i)
                spells[last].release = nil
                return admit(i, p)
            }
            spells[last].nextReception = i
        } else if spells[last].ending == nil {
            guard p.reason == .admission, isAnotherAdmission(i, spells[last]) else { return admit(i, p) }
            spells[last].isDuplicate = events[spells[last].opening].subject != events[i].subject
            note(spells[last].isDuplicate ? "TWO_OPEN_SPELLS" : "MISSING_RELEASE", i)
            spells[last].nextReception = i
        }
        open(i, provisional: false)
        admit(i, p)
    }

    /// The person is in `p.prison` from here on.
    private func admit(_ i: Int, _ p: CustodyReceived) {
        let last = spells.count - 1, time = EventOrder.time(events[i])
        recognise(i, &spells[last])
        spells[last].provisional = false
        if spells[last].admittedAt == nil { spells[last].admittedAt = time }
        if p.opioidTest == .positive, spells[last].positiveTestAt == nil { spells[last].positiveTestAt = time }
        if let before = spells[last].prison, before != p.prison { spells[last].doubtPropertyKits() }
        if let t = spells[last].transfers.indices.last, spells[last].transfers[t].arrival == nil {
            spells[last].transfers[t].arrival = i
        }
        spells[last].prison = p.prison
        spells[last].custody = .inPrison
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

    private func plan(_ i: Int, _ id: Label, date: LocalDate?) {
        guard let last = spells.indices.last else {
            open(i, provisional: true)
            return attach(i)
        }
        if let left = spells[last].release, !spells[last].plans.contains(where: { $0.id == id }),
            let date, date > London.date(of: left.at)
        {
            note("MISSING_RECEPTION", i)
            open(i, provisional: true)
        }
        attach(i)
    }

    private func leave(_ i: Int, _ p: ReleaseActual) {
        let (leaving, oddity) = Leaving.read(p, registers)
        if let oddity { note(oddity, i) }
        if spells.isEmpty { open(i, provisional: true) }
        if leaving == .community || leaving == .ends(.died) || leaving == .ends(.elsewhere) {
            if isAfterTheEnd(i, p) {
                note("MISSING_RECEPTION", i)
                open(i, provisional: true)
            }
        }
        let last = spells.count - 1
        recognise(i, &spells[last])
        switch leaving {
        case .community: release(i, p, last)
        case .ends(let ending):
            spells[last].ending = spells[last].ending == .died ? .died : ending
            spells[last].custody = .endedOther
            spells[last].otherLeaving = i
        case .stays(let custody):
            if spells[last].isOpen { spells[last].custody = custody }
            spells[last].otherLeaving = i
        }
    }

    /// A leaving of somebody who had left for good already, too long ago to be the same one.
    private func isAfterTheEnd(_ i: Int, _ p: ReleaseActual) -> Bool {
        guard let spell = spells.last, spell.ending != .died else { return false }
        if let release = spell.release {
            let apart = p.releasedAt < release.at ? release.at - p.releasedAt : p.releasedAt - release.at
            return apart >= rules.releaseRepeatMax && London.date(of: p.releasedAt) != London.date(of: release.at)
        }
        guard spell.ending != nil, let before = spell.otherLeaving else { return false }
        return EventOrder.time(events[i]) - EventOrder.time(events[before]) >= rules.releaseRepeatMax
    }

    private func release(_ i: Int, _ p: ReleaseActual, _ last: Int) {
        if spells[last].ending != nil { return note("RELEASE_AFTER_END", i) }
        if var earlier = spells[last].release {
            note("RELEASE_REPEATED", i)
            earlier.repeats.append(i)
            earlier.receivedAt = min(earlier.receivedAt, events[i].receivedAt)
            spells[last].release = earlier
            return
        }
        spells[last].release = Spell.Release(
            event: i, at: p.releasedAt, prison: p.prison, receivedAt: events[i].receivedAt)
        spells[last].custody = .released
    }
}
