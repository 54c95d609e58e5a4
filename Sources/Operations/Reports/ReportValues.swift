public import HandoverRules

/// A spell as the key figures count it. Nothing of it names a person.
public struct CountedSpell: Sendable, Hashable {
    /// The releasing prison, or the one that holds the person: it is credited (domain.md §13).
    public var prison = ""
    public var area: String?
    public var regime: String?
    public var admittedAt: Instant?
    public var assessedAt: Instant?
    /// The newest assessment said ELIGIBLE.
    public var isAssessedEligible = false
    /// Released, ended otherwise, or received anew.
    public var leftAt: Instant?
    public var offered = false
    /// First COMPLETE training.
    public var trainedAt: Instant?
    public var release: Release?

    /// What cohort R is counted by (domain.md §13).
    public struct Release: Sendable, Hashable {
        public var at: Instant
        public var holdEndsAt: Instant
        /// Adult, eligible, from an onboarded prison, into the community.
        public var isInCohort = true
        public var isPlanned = true
        public var kit = "NO"
        /// UNCONFIRMED or DISPUTED.
        public var kitDoubt: String?
        public var asked: Set<ConsentScope> = []
        public var given: Set<ConsentScope> = []
        public var hadNotice = false
        public var engagedAfterDays: Int?
        /// Returned to custody, died or moved before day 21, not engaged.
        public var isOutOfFollowUp = false
        public init(at: Instant, holdEndsAt: Instant) {
            self.at = at
            self.holdEndsAt = holdEndsAt
        }
    }

    /// The health services' threads and the supervising body's.
    public var threads: [CountedThread] = []
    public init() {}
}

/// A handover thread as the key figures count it.
public struct CountedThread: Sendable, Hashable {
    public var kind: RecipientKind
    public var body: String
    public var releasedSentAt: Instant?
    /// 17:00 on the second working day.
    public var ackBy: Instant?
    public var ackedAt: Instant?
    /// By its own clock.
    public var ackDueAt: Instant?
    public var isLive = true
    public var stoodDownAt: Instant?
    public var urgentSentAt: Instant?
    public var urgentAckDueAt: Instant?
    public var urgentAckedAt: Instant?
    public var urgentEndedAt: Instant?
    public var suppliedAt: Instant?
    public var reinforcedEarly = 0
    public init(kind: RecipientKind, body: String) {
        self.kind = kind
        self.body = body
    }
}

/// One refusal (domain.md §13 K7).
public struct CountedRefusal: Sendable, Hashable {
    public var reasons: [String]
    public var regime: String?
    public var laterAccepted: Bool
    public init(reasons: [String], regime: String?, laterAccepted: Bool) {
        self.reasons = reasons
        self.regime = regime
        self.laterAccepted = laterAccepted
    }
}

/// Kits issued in the period and what became of them (domain.md §13 K15).
public struct KitStock: Sendable, Hashable {
    public var issued = 0
    public var returned = 0
    public var expired = 0
    public var lost = 0
    public var disputed = 0
    /// In property, not heard of 24 hours after the release.
    public var unaccounted = 0
    public init() {}
}

/// The quality of what came in (domain.md §13 K16).
public struct EventQuality: Sendable, Hashable {
    public var events = 0
    /// Received more than 24 hours after it occurred.
    public var late = 0
    public var quarantined = 0
    public var medianDelay: Span?
    public var openExceptions: [Measure.Count] = []
    public init() {}
}
