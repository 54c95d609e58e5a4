public import FoundationEssentials

/// Everything that the record tables of domain.md §11 hold of one person: plain values, derived from what the hub
/// keeps of the person and from nothing else. Made by ``SpellRecord/of(state:record:registers:rules:sent:elsewhere:)``.
public struct PersonRecordRows: Sendable, Hashable {
    /// Derived from the prison number, so that it is the same whoever computes it. A pseudonym, not anonymous.
    public var id: UUID
    public var noms: NomsNumber
    public var identifiers: [IdentifierRow] = []
    public var addresses: [AddressRow] = []
    public var spells: [SpellRow] = []
    public var movements: [MovementRow] = []
    public var assessments: [AssessmentRow] = []
    public var offers: [OfferRow] = []
    public var trainings: [TrainingRow] = []
    public var refusals: [RefusalRow] = []
    public var kits: [KitRow] = []
    public var kitEvents: [KitEventRow] = []
    public var plans: [PlanRow] = []
    public var consents: [ConsentRow] = []
    public var threads: [ThreadRow] = []
    public var acknowledgements: [AcknowledgementRow] = []
    public var engagements: [EngagementRow] = []

    init(id: UUID, noms: NomsNumber) {
        self.id = id
        self.noms = noms
    }
}

/// One identifier of a person; a merged prison number stays findable.
public struct IdentifierRow: Sendable, Hashable {
    public enum Kind: String, Sendable, Hashable { case noms = "NOMS", crn = "CRN", pnc = "PNC" }
    public enum Status: String, Sendable, Hashable { case active = "ACTIVE", merged = "MERGED" }
    public var kind: Kind
    public var value: String
    public var status: Status
    /// The number that took its place.
    public var mergedInto: String?
    /// When a merged number ceased to be one of its own.
    public var validTo: Instant?
}

/// An address as an import, a plan or a release gave it.
public struct AddressRow: Sendable, Hashable {
    public enum Source: String, Sendable, Hashable { case record = "RECORD", plan = "PLAN", release = "RELEASE" }
    public var id: UUID
    public var source: Source
    public var postcode: Postcode?
    public var status: AddressStatus
    public var area: AuthorityID?
    public var validFrom: Instant?
}

/// A movement in or out of custody.
public struct MovementRow: Sendable, Hashable {
    public var event: UUID
    public var spell: UUID
    public var kind: EventType
    public var reason: String
    public var from: String?
    public var to: String?
    public var at: Instant
}

public struct AssessmentRow: Sendable, Hashable {
    public var event: UUID
    public var spell: UUID?
    public var assessment: Label
    public var outcome: EligibilityOutcome
    public var criteria: [EligibilityCriterion]
    public var notEligibleReason: NotEligibleReason?
    public var overdoseSelf: OverdoseHistory?
    public var overdoseWitnessed: Bool?
    public var onOst: Bool
    public var wingRegime: WingRegime?
    public var at: Instant
}

public struct OfferRow: Sendable, Hashable {
    public var event: UUID
    public var spell: UUID
    public var offer: Label
    public var method: TrainingMethod?
    public var scheduledAt: Instant?
    public var at: Instant
}

public struct TrainingRow: Sendable, Hashable {
    public var event: UUID
    public var spell: UUID
    public var training: Label
    public var elements: [TrainingElement]
    public var result: TrainingResult
    public var product: KitProduct?
    public var trainerRole: SupplierRole?
    public var at: Instant
}

/// One refusal, by the regime of the wing at the time (domain.md §13 K7).
public struct RefusalRow: Sendable, Hashable {
    public var event: UUID
    public var spell: UUID
    public var offer: Label?
    public var stage: RefusalStage
    public var reasons: [RefusalReason]
    public var reofferAfter: LocalDate?
    /// The newest assessment's up to then; nil where none says.
    public var wingRegime: WingRegime?
    /// Training or a kit was accepted later in the same spell.
    public var laterAccepted: Bool
    public var at: Instant
}

/// A kit as this person's record has it. Another person may have the same label (domain.md §14 S18, S19).
public struct KitRow: Sendable, Hashable {
    public enum State: String, Sendable, Hashable, CaseIterable {
        case property = "PROPERTY", collected = "COLLECTED", held = "HELD", used = "USED", lost = "LOST"
        case expired = "EXPIRED", replaced = "REPLACED", returned = "RETURNED"
    }
    /// The thn.kit.issued in force.
    public var issue: UUID
    public var kit: Label
    public var spell: UUID
    public var product: KitProduct
    public var batch: BatchNumber
    public var expiry: LocalDate
    public var quantity: Int
    public var issuePoint: IssuePoint
    public var issuedAt: Instant
    public var state: State
    /// Neither returned, lost, used nor replaced, as far as the record says.
    public var isHeld: Bool
    /// Somebody else holds a kit of this label too.
    public var isDisputed: Bool
    /// In property, and nothing was heard of it within 24 hours after the release (domain.md §13 K15).
    public var isUnaccounted: Bool
}

public struct KitEventRow: Sendable, Hashable {
    public var event: UUID
    public var kit: Label?
    public var spell: UUID?
    public var type: EventType
    /// RECALLED, CUSTODY, LOST … as the event has it.
    public var reason: String?
    public var at: Instant
}

/// One version of a release plan, its fields as they stood with it.
public struct PlanRow: Sendable, Hashable {
    public enum Status: String, Sendable, Hashable {
        case live = "LIVE", superseded = "SUPERSEDED", cancelled = "CANCELLED"
    }
    public var plan: Label
    public var version: Int64
    public var spell: UUID
    public var event: UUID
    public var fields: PlanFields
    public var address: UUID?
    public var status: Status
    public var at: Instant
}

public struct ConsentRow: Sendable, Hashable {
    public var event: UUID
    public var scope: ConsentScope
    public var state: ConsentState
    public var method: ConsentMethod?
    public var expiresOn: LocalDate?
    public var overrideBasis: OverrideBasis?
    public var overrideExpiresAt: Instant?
    public var at: Instant
}

public struct AcknowledgementRow: Sendable, Hashable {
    public var event: UUID
    public var thread: UUID
    public var version: Int64
    public var decision: AckDecision
    public var rejectReason: RejectReason?
    public var at: Instant
}

public struct EngagementRow: Sendable, Hashable {
    public var event: UUID
    public var thread: UUID
    public var outcome: EngagementOutcome
    public var at: Instant
    public var reinforced: [Label]
    public var kitSeen: KitSeen?
    /// In-reach work before the release: does not count for K10 (domain.md §12).
    public var isBeforeRelease: Bool
}
