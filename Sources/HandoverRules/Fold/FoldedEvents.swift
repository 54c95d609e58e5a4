import FoundationEssentials

/// What a person's events come to so far: a value that the next event in the total order moves one step on. Events are
/// named by their index in the ordered set.
struct FoldedEvents {
    var spells: [Spell] = []
    /// Newest consent event by scope.
    var consents = NewestConsents()
    /// All assessments of the person, in order.
    var assessments: [Int] = []
    /// Events before any spell that wait for a reception.
    var parked: [Int] = []
    var dataQuality: [DataQuality] = []
    /// handover.acknowledged and engagement.recorded of the person, in order.
    var acknowledgements: [Int] = []
    var engagements: [Int] = []
    /// task.resolved, in order.
    var resolutions: [Int] = []
    var holdings = KitHoldings()
    /// Prison numbers that merges joined, in the order in which they are named.
    var mergedNumbers: [NomsNumber] = []
}

/// The newest consent event of each scope, by index. Every person has one or two: a dictionary would hash their names.
struct NewestConsents {
    private var drugService, supervision, childService: Int?

    subscript(scope: ConsentScope) -> Int? {
        get {
            switch scope {
            case .drugService: drugService
            case .supervision: supervision
            case .childService: childService
            }
        }
        set {
            switch scope {
            case .drugService: drugService = newValue
            case .supervision: supervision = newValue
            case .childService: childService = newValue
            }
        }
    }
}

/// One step of the fold after another. Its parts: ``Folding/step(_:)`` here, custody in `FoldingCustody.swift`, kits
/// and training in `FoldingHealth.swift`.
struct Folding {
    let events: [Event]
    let registers: Registers
    let rules: Rulebook
    let known: [KnownSpell]
    var folded = FoldedEvents()

    /// Takes the event at `i`; all before it were taken.
    mutating func step(_ i: Int) {
        switch events[i].payload {
        case .consentRecorded(let p): folded.consents[p.scope] = i
        case .eligibilityAssessed: assess(i)
        case .custodyReceived(let p): receive(i, p)
        case .custodyMovedOut(let p): moveOut(i, p)
        case .custodyEndedOther(let p): end(i, p.reason, at: EventOrder.time(events[i]))
        case .trainingOffered, .trainingCompleted, .trainingRefused, .kitIssued, .kitConfirmed, .kitCollected,
            .kitReturned, .kitLost, .kitReplaced, .kitUsed:
            takeHealth(i)
        case .releasePlanned(let p): plan(i, p.plan, date: p.fields.plannedDate)
        case .releaseChanged(let p): plan(i, p.plan, date: p.fields.plannedDate)
        case .releaseCancelled: attachOrPark(i)
        case .releaseActual(let p): leave(i, p)
        case .handoverAcknowledged, .engagementRecorded, .routingAssigned, .taskResolved: answer(i)
        case .identityMerged(let p): folded.mergedNumbers += [p.surviving] + (p.removed.map { [$0] } ?? [])
        case .bookingMoved, .referenceChanged, .recordCorrected, .timerFired: break
        }
    }

    mutating func note(_ code: String, _ i: Int) {
        folded.dataQuality.append(DataQuality(code: code, event: events[i].id))
    }

    // MARK: Opening

    /// Opens the next spell; it takes in everything parked.
    mutating func open(_ i: Int, provisional: Bool) {
        folded.spells.append(Spell(opening: i, provisional: provisional))
        recognise(i, folded.spells.count - 1)
        let waiting = folded.parked
        folded.parked = []
        for event in waiting { attach(event) }
    }

    /// Gives the spell the id that it was known by, where the event at `i` lies in it and is what it was known by.
    mutating func recognise(_ i: Int, _ spell: Int) {
        guard !known.isEmpty, folded.spells[spell].known == nil else { return }
        let id = events[i].id
        for match in known where match.anchor == id {
            folded.spells[spell].known = match
            return
        }
    }

    mutating func attachOrPark(_ i: Int) {
        if folded.spells.isEmpty { folded.parked.append(i) } else { attach(i) }
    }

    /// Parked events have waited long enough by `now`: they open a provisional spell.
    mutating func openForParked(_ now: Instant) {
        guard let due = folded.parked.first(where: { events[$0].receivedAt + rules.parkedMax <= now }) else { return }
        note("NO_RECEPTION", due)
        open(folded.parked[0], provisional: true)
    }

    private mutating func attach(_ i: Int) {
        let last = folded.spells.count - 1
        switch events[i].payload {
        case .releasePlanned(let p): folded.spells[last].take(p.plan, p.version, i)
        case .releaseChanged(let p): folded.spells[last].take(p.plan, p.version, i)
        case .releaseCancelled(let p):
            folded.spells[last].take(p.plan, p.version, i)
            if folded.spells[last].release != nil { note("CANCEL_AFTER_RELEASE", i) }
        default: return attachHealth(i)
        }
        recognise(i, last)
    }

    // MARK: Steps

    private mutating func assess(_ i: Int) {
        folded.assessments.append(i)
        guard let last = folded.spells.indices.last, folded.spells[last].isOpen else { return }
        recognise(i, last)
        folded.spells[last].assessments.append(i)
    }

    /// A plan of somebody who left already, for a day after that, is the next spell's.
    private mutating func plan(_ i: Int, _ id: Label, date: LocalDate?) {
        guard let last = folded.spells.indices.last else {
            open(i, provisional: true)
            return attach(i)
        }
        if let left = folded.spells[last].release, !folded.spells[last].plans.contains(where: { $0.id == id }),
            let date, date > London.date(of: left.at)
        {
            note("MISSING_RECEPTION", i)
            open(i, provisional: true)
        }
        attach(i)
    }

    /// What recipients and the hub's own people answered. It is about the spell that stands then.
    private mutating func answer(_ i: Int) {
        let last = folded.spells.indices.last
        switch events[i].payload {
        case .handoverAcknowledged: folded.acknowledgements.append(i)
        case .engagementRecorded:
            folded.engagements.append(i)
            if let last, folded.spells[last].release != nil { folded.spells[last].engagements.append(i) }
        case .routingAssigned(let p): if let last { folded.spells[last].assigned[p.scope] = i }
        case .taskResolved: folded.resolutions.append(i)
        default: break
        }
    }
}
