import HandoverRules

/// Where a kit was put before release, and what became of it.
public enum KitStory: String, Sendable, Hashable, CaseIterable {
    case none, atGate, collected, leftInProperty, expired, lost, returned, reportedLate
    case replaced, used, supplierNotPermitted, declaredOnly, declaredAbsent, disputed, reissued, returnedToStock

    /// Whether the person leaves with a kit that counts, as the record says in the end.
    var counts: Bool {
        [.atGate, .collected, .reportedLate, .replaced, .used, .supplierNotPermitted, .reissued].contains(self)
    }
    /// In property when the person leaves.
    var isProperty: Bool { [.collected, .leftInProperty].contains(self) }
}

/// What became of the offer of training.
public enum TrainingStory: String, Sendable, Hashable, CaseIterable {
    case none, offered, completed, partial, refused, refusedThenTrained, refusalLate
}

/// Whether the person came from another prison, and how that was told.
public enum TransferStory: String, Sendable, Hashable, CaseIterable {
    case none, announced, unannounced, reportedLate
}

/// What was recorded wrongly and corrected.
public enum CorrectionStory: String, Sendable, Hashable, CaseIterable {
    case none, releaseAmended, kitVoided, kitAmended, assessmentAmended, consentVoided
}

/// Under which prison numbers the person was known.
public enum IdentityStory: String, Sendable, Hashable, CaseIterable {
    case one, mergedBefore, mergedAfter, twoSpells, twice, incomplete, aliasUsed, bookingMoved

    /// Prison numbers that are not the person's in the end.
    var formerNumbers: Int {
        switch self {
        case .one, .incomplete: 0
        case .twice: 2
        default: 1
        }
    }
}

/// Everything that shapes one person's story. Drawn from the mix, or made to show one case plainly.
struct Situation: Sendable, Hashable {
    enum Assessment: Sendable, Hashable { case eligible, notEligible, missing }
    enum Home: Sendable, Hashable {
        case own, family, localConnection, lastHome, nothingKnown, routedByHand, uncovered
    }
    enum Exit: Sendable, Hashable {
        case planned, dateMoved, planCancelled, unconfirmed, atCourt, unplanned, backWithinHold, backAfterHold, voided
        case died, secureHospital, removal, absconded, temporaryAbsence, courtMovement
    }
    enum Telling: Sendable, Hashable { case cloudEvent, hmppsBare, hmppsInSNS }

    var assessment = Assessment.eligible
    var kit = KitStory.atGate
    var training = TrainingStory.none
    var transfer = TransferStory.none
    /// The receiving prison said that it holds the property kit too.
    var kitConfirmed = false
    var drugServiceConsent = ConsentState.given
    var supervisionConsent = ConsentState.given
    var consentWithdrawn = false
    var consentExpired = false
    var home = Home.own
    var inWales = false
    var exit = Exit.planned
    /// An ending told as custody.ended_other and not as a release.
    var toldAsEnding = false
    var reason = ReleaseReason.crd
    var recalled = false
    var kitReturnedOnRecall = false
    var correction = CorrectionStory.none
    var identity = IdentityStory.one
    var mergeTelling = Telling.cloudEvent
    var isChild = false
    var atOutsidePrison = false
    var hasRecord = true
    var telling = Telling.cloudEvent
    var outOfOrder = false

    /// True where the leaving is a community release that stands.
    var releasedForGood: Bool { [.planned, .dateMoved, .atCourt, .unplanned].contains(exit) }

    /// True where custody ends without a release.
    var gone: Bool { [.died, .secureHospital, .removal, .absconded].contains(exit) }

    /// True where a plan was published before the leaving.
    var hasPlan: Bool { [.planned, .dateMoved, .planCancelled, .unconfirmed].contains(exit) }
}
