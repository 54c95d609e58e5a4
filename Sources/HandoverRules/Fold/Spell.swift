import FoundationEssentials

/// Where a person in custody is (domain.md §12, the custody region).
enum Custody: Equatable {
    case inPrison, inTransit, atCourt, temporaryAbsence, hospitalEscort, released, endedOther
}

/// One admission to one final release, as the fold sees it. Events are named by their index in the ordered set.
struct Spell {
    /// The event that opened it.
    var opening: Int
    /// Opened without a reception.
    var provisional: Bool
    /// The prison that holds the person, as far as receptions say.
    var prison: PrisonID?
    var admittedAt: Instant?
    /// First opioid-positive reception test.
    var positiveTestAt: Instant?
    var custody = Custody.inPrison
    /// Assessments made in this spell, in order.
    var assessments: [Int] = []
    var kits: [Kit] = []
    var plans: [Plan] = []
    /// thn.training.offered, .completed and .refused of the spell, in order.
    var offers: [Int] = []
    var trainings: [Int] = []
    var refusals: [Int] = []
    /// engagement.recorded from this spell's release on, in order.
    var engagements: [Int] = []
    /// thn.kit.used that could not be said to be of one kit.
    var unnamedUses: [Int] = []
    /// custody.moved_out to another prison (or a reception there that nothing announced), in order.
    var transfers: [Transfer] = []
    /// The newest routing.assigned by scope.
    var assigned: [ConsentScope: Int] = [:]
    var release: Release?
    /// The last release that a reception undid, and that reception.
    var reversal: Reversal?
    /// The last community release that a VOID undid, while no other has taken its place.
    var voidedRelease: VoidedRelease?
    var ending: Leaving.Ending?
    /// How it ended otherwise than by release, as far as said.
    var endedAs: EndingReason?
    /// A leaving that was no release, if there was one.
    var otherLeaving: Int?
    /// The reception that opened the next spell.
    var nextReception: Int?
    /// Two prison numbers of one person each had an open spell: this is the older, closed as a duplicate (S8).
    var isDuplicate = false
    /// The id that this spell is known by.
    var known: KnownSpell?

    struct Transfer {
        /// The event that says where to: custody.moved_out, or the reception when nothing announced it.
        var event: Int
        var from: PrisonID?
        var to: PrisonID
        /// The reception that ended it, at `to` or, should the person have been taken elsewhere, there.
        var arrival: Int?
    }

    struct Release {
        /// The release.actual that counts.
        var event: Int
        /// Announced again with other facts; they fill what the first left out.
        var repeats: [Int] = []
        var at: Instant
        var prison: PrisonID
        /// First receipt of any of them: the hold runs from it.
        var receivedAt: Instant
        /// The person was out at court at the time.
        var fromCourt = false
    }

    struct VoidedRelease {
        var event: UUID
        var at: Instant
        var prison: PrisonID
        var receivedAt: Instant
    }

    struct Reversal {
        var release: Release
        var reception: Int
    }
}

/// One kit within a spell.
struct Kit {
    var id: Label
    /// The thn.kit.issued, or .replaced, that supplied it.
    var issue: Int
    var issuePoint: IssuePoint
    var collected: Int?
    /// thn.kit.confirmed that cleared its last doubt.
    var confirmed: Int?
    /// Returned, lost, used or replaced, in order.
    var ends: [Int] = []
    /// In property at a prison that has not confirmed it since a transfer.
    var unverified = false
    /// The prison that issued it, or that confirmed it last.
    var prison: PrisonID?

    /// What ended it, unless it was collected since.
    var gone: Int? { isEnded ? ends.last : nil }
}
