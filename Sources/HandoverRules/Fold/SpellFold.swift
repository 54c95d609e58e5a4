import FoundationEssentials

/// The fold: a person's ordered event set becomes spells. Pure. A class only so that handing it on costs one reference:
/// it is finished when `init` returns.
final class SpellFold {
    /// The events that count, corrections applied, in the total order.
    let events: [Event]
    let registers: Registers
    let rules: Rulebook
    /// nil where nothing is corrected.
    let corrections: Corrections?
    /// Kits that somebody else holds too.
    let kitsHeldByOthers: Set<Label>
    private let folded: FoldedEvents
    /// What may be carried to the next fold: nothing that time did. nil where something is corrected.
    let carriable: FoldedEvents?

    /// - Parameter carried: what an earlier fold of the same person came to; used where it fits.
    init(
        events kept: [Event], aliases: [EventAlias] = [], registers: Registers, known: [KnownSpell], now: Instant,
        rules: Rulebook, elsewhere: Elsewhere = Elsewhere(), carried: CarriedFold? = nil
    ) {
        let corrections = Corrections(kept, aliases)
        let events = corrections?.events ?? kept
        var folding = Folding(events: events, registers: registers, rules: rules, known: known)
        if let corrections {
            folding.fold(around: corrections.voidedReleases)
            folding.folded.dataQuality += corrections.dataQuality
            carriable = nil
        } else {
            folding.fold(from: carried.flatMap { $0.fits(events, registers, known, rules) ? $0 : nil })
            carriable = folding.folded
        }
        folding.openForParked(now)
        self.corrections = corrections
        self.events = events
        self.registers = registers
        self.rules = rules
        kitsHeldByOthers = elsewhere.kitsHeldByOthers
        folded = folding.folded
    }

    var spells: [Spell] { folded.spells }
    /// Newest consent event by scope.
    var consents: NewestConsents { folded.consents }
    /// All assessments of the person, in order.
    var assessments: [Int] { folded.assessments }
    /// Events before any spell that wait for a reception.
    var parked: [Int] { folded.parked }
    var dataQuality: [DataQuality] { folded.dataQuality }
    /// handover.acknowledged and engagement.recorded of the person, in order.
    var acknowledgements: [Int] { folded.acknowledgements }
    var engagements: [Int] { folded.engagements }
    /// task.resolved, in order.
    var resolutions: [Int] { folded.resolutions }
    /// Labels of the kits that the person holds, sorted (domain.md §14 S18).
    var heldKits: [Label] { folded.holdings.labels.sorted() }
    /// Prison numbers that merges joined.
    var mergedNumbers: [NomsNumber] { folded.mergedNumbers }
    /// Whether a kept event was declared void.
    func isVoided(_ event: UUID) -> Bool { corrections?.effects[event] == .voided }
}

extension Folding {
    /// Folds what was not folded before.
    fileprivate mutating func fold(from carried: CarriedFold?) {
        if let carried { folded = carried.folded }
        for i in (carried?.count ?? 0)..<events.count { step(i) }
    }

    /// Folds everything, and notes where releases stood that were voided.
    fileprivate mutating func fold(around voided: [Event]) {
        var next = 0
        for i in events.indices {
            while next < voided.count, EventOrder.precedes(voided[next], events[i]) {
                noteVoided(voided[next])
                next += 1
            }
            step(i)
        }
        for event in voided[next...] { noteVoided(event) }
    }
}
