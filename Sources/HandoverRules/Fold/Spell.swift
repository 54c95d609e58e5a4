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
    var release: Release?
    /// The last release that a reception undid, and that reception.
    var reversal: Reversal?
    var ending: Leaving.Ending?
    /// A leaving that was no release, if there was one.
    var otherLeaving: Int?
    /// The reception that opened the next spell.
    var nextReception: Int?
    /// The id that this spell is known by.
    var known: KnownSpell?

    struct Release {
        /// The release.actual that counts.
        var event: Int
        /// Announced again with other facts; they fill what the first left out.
        var repeats: [Int] = []
        var at: Instant
        var prison: PrisonID
        /// First receipt of any of them: the hold runs from it.
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
    /// The thn.kit.issued in force.
    var issue: Int
    var issuePoint: IssuePoint
    var collected: Int?
    /// Returned or lost.
    var gone: Int?
    /// In property at a prison that has not confirmed it since a transfer.
    var unverified = false
    /// The prison that issued it.
    var prison: PrisonID?
}
