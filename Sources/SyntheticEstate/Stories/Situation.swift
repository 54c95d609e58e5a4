import HandoverRules

/// Where a kit was put before release, and what became of it.
public enum KitStory: String, Sendable, Hashable, CaseIterable {
    case none, atGate, collected, leftInProperty, expired, lost, returned, reportedLate
}

/// Everything that shapes one person's story. Drawn from the mix, or made to show one case plainly.
struct Situation: Sendable, Hashable {
    enum Assessment: Sendable, Hashable { case eligible, notEligible, missing }
    enum Home: Sendable, Hashable { case own, family, localConnection, lastHome, nothingKnown, uncovered }
    enum Exit: Sendable, Hashable {
        case planned, dateMoved, planCancelled, unconfirmed, atCourt, unplanned, backWithinHold, backAfterHold
        case died, secureHospital, removal, temporaryAbsence, courtMovement
    }
    enum Telling: Sendable, Hashable { case cloudEvent, hmppsBare, hmppsInSNS }

    var assessment = Assessment.eligible
    var kit = KitStory.atGate
    var drugServiceConsent = ConsentState.given
    var supervisionConsent = ConsentState.given
    var consentWithdrawn = false
    var home = Home.own
    var exit = Exit.planned
    var reason = ReleaseReason.crd
    var recalled = false
    var atOutsidePrison = false
    var hasRecord = true
    var telling = Telling.cloudEvent
    var outOfOrder = false

    /// A situation drawn from the mix.
    static func drawn(_ dice: inout Dice, plan: EstatePlan, kitCoverage: Double) -> Situation {
        let mix = plan.mix
        var s = Situation()
        s.exit = drawnExit(&dice, mix)
        s.reason =
            s.exit == .planned ? dice.pick(mix.communityReasons.filter { !courtReasons.contains($0.value) }) : .crd
        if s.exit == .atCourt { s.reason = dice.pick(mix.communityReasons.filter { courtReasons.contains($0.value) }) }
        let need = dice.chance(mix.opioidNeedShare)
        s.assessment = need ? .eligible : dice.chance(mix.notAssessedShare) ? .missing : .notEligible
        s.kit = need && dice.chance(kitCoverage) ? dice.pick(mix.kitStories) : .none
        if s.exit == .atCourt, s.kit != .none { s.kit = .leftInProperty }
        s.drugServiceConsent = need ? dice.pick(mix.drugServiceConsent) : .notAsked
        s.supervisionConsent = need ? dice.pick(mix.supervisionConsent) : .notAsked
        s.consentWithdrawn =
            s.exit == .planned && s.drugServiceConsent == .given && dice.chance(mix.withdrawnShare)
        s.home = drawnHome(&dice, mix)
        s.outOfOrder = dice.chance(plan.outOfOrderShare)
        if s.releasedForGood { s.telling = dice.pick(tellings) }
        return s
    }

    /// The plainest person who shows `wanted`: eligible, a kit at the gate, both consents, a home, a planned release.
    static func showing(_ wanted: EstateCase) -> Situation {
        var s = Situation()
        switch wanted {
        case .kitAtGate, .plannedRelease: break
        case .kitCollected: s.kit = .collected
        case .kitLeftInProperty: s.kit = .leftInProperty
        case .noKit: s.kit = .none
        case .kitExpired: s.kit = .expired
        case .kitLost: s.kit = .lost
        case .kitReturned: s.kit = .returned
        case .kitReportedLate: s.kit = .reportedLate
        case .consentRefused: (s.drugServiceConsent, s.supervisionConsent) = (.refused, .refused)
        case .consentNotAsked: (s.drugServiceConsent, s.supervisionConsent) = (.notAsked, .notAsked)
        case .supervisionOnly: s.drugServiceConsent = .refused
        case .supervisionWithheld: s.supervisionConsent = .refused
        case .consentWithdrawn: s.consentWithdrawn = true
        case .notEligible: (s.assessment, s.kit) = (.notEligible, .none)
        case .notAssessed: (s.assessment, s.kit) = (.missing, .none)
        case .noFixedAbodeLocalConnection: s.home = .localConnection
        case .noFixedAbodeLastHome: s.home = .lastHome
        case .noFixedAbodeNothingKnown: s.home = .nothingKnown
        case .areaWithoutProvider: s.home = .uncovered
        case .prisonNotOnboarded: s.atOutsidePrison = true
        case .noPersonRecord: s.hasRecord = false
        case .courtRelease: (s.exit, s.reason, s.kit) = (.atCourt, .courtRelease, .leftInProperty)
        case .recalledSameWeek: s.recalled = true
        case .hmppsBare: s.telling = .hmppsBare
        case .hmppsInSNS: s.telling = .hmppsInSNS
        case .outOfOrder: s.outOfOrder = true
        default: s.exit = exits[wanted] ?? .planned
        }
        return s
    }

    /// True where the leaving is a community release that stands.
    var releasedForGood: Bool { [.planned, .dateMoved, .atCourt, .unplanned].contains(exit) }

    /// True where a plan was published before the leaving.
    var hasPlan: Bool { [.planned, .dateMoved, .planCancelled, .unconfirmed].contains(exit) }

    static let exits: [EstateCase: Exit] = [
        .dateMoved: .dateMoved, .planCancelled: .planCancelled, .releaseUnconfirmed: .unconfirmed,
        .unplannedRelease: .unplanned, .backWithinHold: .backWithinHold, .backAfterHold: .backAfterHold,
        .died: .died, .secureHospital: .secureHospital, .removal: .removal, .temporaryAbsence: .temporaryAbsence,
        .courtMovement: .courtMovement,
    ]
    private static let courtReasons: Set<ReleaseReason> = [.courtRelease, .bail, .acquitted, .immigrationBail]
    private static let tellings: [Weighted<Telling>] = [
        Weighted(.cloudEvent, 0.9), Weighted(.hmppsBare, 0.05), Weighted(.hmppsInSNS, 0.05),
    ]

    private static func drawnExit(_ dice: inout Dice, _ mix: ReleaseMix) -> Exit {
        let community = max(0, 1 - mix.removalShare - mix.secureHospitalShare - mix.diedShare)
        let first: [Weighted<Exit>] = [
            Weighted(.removal, mix.removalShare), Weighted(.secureHospital, mix.secureHospitalShare),
            Weighted(.died, mix.diedShare), Weighted(.planned, community),
        ]
        let exit = dice.pick(first)
        guard exit == .planned else { return exit }
        if dice.chance(mix.unplannedShare) {
            // Releases at court are the greater part of those without notice.
            return dice.chance(mix.courtShareOfUnplanned) ? .atCourt : .unplanned
        }
        return dice.pick(mix.planFates)
    }

    private static func drawnHome(_ dice: inout Dice, _ mix: ReleaseMix) -> Home {
        guard dice.chance(mix.noFixedAbodeShare) else { return dice.pick(mix.settledHomes) }
        return dice.pick(mix.unsettledHomes)
    }
}
