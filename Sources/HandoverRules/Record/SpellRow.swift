public import FoundationEssentials

/// One custody spell as the record has it: what domain.md §11 names, and what §13 counts.
public struct SpellRow: Sendable, Hashable {
    public enum Training: String, Sendable, Hashable, CaseIterable {
        case notAssessed = "NOT_ASSESSED", notEligible = "NOT_ELIGIBLE", eligible = "ELIGIBLE", offered = "OFFERED"
        case refused = "REFUSED", partlyTrained = "TRAINED_PARTIAL", trained = "TRAINED"
    }
    public enum Eligibility: String, Sendable, Hashable, CaseIterable {
        case assessed = "ASSESSED", implied = "IMPLIED", notEligible = "NOT_ELIGIBLE", notAssessed = "NOT_ASSESSED"
        /// Counts as ELIGIBLE in cohort R (domain.md §13).
        public var isEligible: Bool { self == .assessed || self == .implied }
    }
    /// Why a spell is not in cohort R (domain.md §13).
    public enum Exclusion: String, Sendable, Hashable, CaseIterable {
        case notReleased = "NOT_RELEASED", died = "DIED", notCommunity = "NOT_COMMUNITY", child = "CHILD"
        case notEligible = "NOT_ELIGIBLE", notAssessed = "NOT_ASSESSED", notOnboarded = "NOT_ONBOARDED"
    }
    /// Why a spell does not count for K10 (domain.md §13).
    public enum FollowUpEnd: String, Sendable, Hashable, CaseIterable {
        case returned = "RETURNED_TO_CUSTODY", died = "DIED", moved = "MOVED"
    }
    /// Beside a NO or an UNCONFIRMED: the kit may have been there (domain.md §13 K6).
    public enum KitDoubt: String, Sendable, Hashable, CaseIterable {
        case unconfirmed = "UNCONFIRMED", disputed = "DISPUTED"
    }

    public var id: UUID
    /// For display only; an older spell that arrives late shifts it.
    public var number: Int
    public var booking: BookingID?
    /// Opened without a reception.
    public var isProvisional: Bool
    /// The prison that holds the person, or last did.
    public var prison: PrisonID?
    public var admittedAt: Instant?
    /// `IN_PRISON`, `RELEASED` … (domain.md §12).
    public var custody: String
    public var isOpen: Bool
    public var training: Training
    public var release: Release?
    /// DIED or NOT_COMMUNITY, where the spell ended otherwise than by release.
    public var ended: Exclusion?
    /// When it ended otherwise, or the next reception came.
    public var endedAt: Instant?
    /// nil: in cohort R.
    public var exclusion: Exclusion?
    /// At the release, or as it stands.
    public var eligibility: Eligibility
    /// First assessment with an outcome, made in this spell.
    public var assessedAt: Instant?
    /// The newest of them.
    public var assessed: EligibilityOutcome?
    public var wingRegime: WingRegime?
    public var offeredAt: Instant?
    /// First COMPLETE training.
    public var trainedAt: Instant?
    public var partlyTrainedAt: Instant?
    /// Offers made so far, and the last of them (domain.md §4, re-offers).
    public var offers: Int
    public var lastOfferedAt: Instant?
    /// A refusal's own date from which it may be offered again.
    public var reofferAfter: LocalDate?
    /// A kit is held, or waits in property, now.
    public var hasKit: Bool
    /// The plan that stands: its date and its prison.
    public var plannedDate: LocalDate?
    public var plannedPrison: PrisonID?
    /// Area of the release address.
    public var area: AuthorityID?
    /// Scopes that were asked for by the release, and those that allowed sharing then.
    public var asked: [ConsentScope]
    public var given: [ConsentScope]
    /// The drug service's PLANNED version went out five working days before the release (domain.md §13 K12).
    public var hadNotice: Bool
    /// Days from release to the first ATTENDED or TREATMENT_STARTED that counts; nil: none.
    public var engagedAfterDays: Int?
    /// Out of K10, and why.
    public var followUpEnd: FollowUpEnd?
    public var flags: [String]

    /// The release that counts.
    public struct Release: Sendable, Hashable {
        public var event: UUID
        public var at: Instant
        /// Local.
        public var date: LocalDate
        public var receivedAt: Instant
        public var holdEndsAt: Instant
        public var prison: PrisonID
        public var reason: ReleaseReason?
        public var isPlanned: Bool
        public var isAdult: Bool
        public var isOnboarded: Bool
        public var kit: String
        public var kitDoubt: KitDoubt?
    }
}
