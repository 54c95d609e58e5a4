import HandoverRules

extension Situation {
    /// A situation drawn from the mix.
    static func drawn(_ dice: inout Dice, plan: EstatePlan, kitCoverage: Double) -> Situation {
        let mix = plan.mix
        var s = Situation()
        s.exit = drawnExit(&dice, mix)
        s.toldAsEnding = s.exit == .absconded || s.gone && dice.chance(mix.toldAsEndingShare)
        let fromCourt = s.exit == .atCourt
        if s.exit == .planned || fromCourt {
            s.reason = dice.pick(mix.communityReasons.filter { courtReasons.contains($0.value) == fromCourt })
        }
        let need = dice.chance(mix.opioidNeedShare)
        s.assessment = need ? .eligible : dice.chance(mix.notAssessedShare) ? .missing : .notEligible
        s.kit = need && dice.chance(kitCoverage) ? dice.pick(mix.kitStories) : .none
        if fromCourt, s.kit != .none { s.kit = .leftInProperty }
        s.training = need ? dice.pick(mix.trainingStories) : .none
        s.drugServiceConsent = need ? dice.pick(mix.drugServiceConsent) : .notAsked
        s.supervisionConsent = need ? dice.pick(mix.supervisionConsent) : .notAsked
        s.consentWithdrawn = s.exit == .planned && s.drugServiceConsent == .given && dice.chance(mix.withdrawnShare)
        s.home = drawnHome(&dice, mix)
        s.outOfOrder = dice.chance(plan.outOfOrderShare)
        if s.releasedForGood { s.telling = dice.pick(tellings) }
        s.drawRareThings(&dice, mix)
        return s
    }

    /// What few stories hold. A story holds one of them at most, so that its end stays plain.
    private mutating func drawRareThings(_ dice: inout Dice, _ mix: ReleaseMix) {
        let plain =
            exit == .planned && telling == .cloudEvent && !consentWithdrawn && !outOfOrder && home != .nothingKnown
        if dice.chance(mix.transferShare) {
            transfer = dice.pick(mix.transferStories)
            if transfer == .reportedLate, !plain { transfer = .announced }
            kitConfirmed = transfer == .announced && kit.isProperty && dice.chance(mix.kitConfirmedShare)
        } else if plain, dice.chance(mix.mergedShare) {
            identity = dice.pick(mix.identityStories)
            // The other number's spell brings an assessment and a consent along.
            let isPlain = assessment == .eligible && drugServiceConsent == .given
            if identity == .twoSpells, !isPlain { identity = .mergedBefore }
            mergeTelling = dice.pick(Situation.tellings)
        } else if plain, assessment == .eligible, dice.chance(mix.correctedShare) {
            correction = dice.pick(mix.correctionStories)
            if correction == .kitVoided || correction == .kitAmended { kit = .atGate }
            if correction == .consentVoided { drugServiceConsent = .given }
        } else if plain, dice.chance(mix.childShare) {
            isChild = true
        } else if plain, dice.chance(mix.recalledShare) {
            recalled = true
            kitReturnedOnRecall = kit == .atGate
        }
        // A declaration is part of a release that the prison itself tells.
        if kit == .declaredAbsent { telling = .cloudEvent }
        if drugServiceConsent == .override, !releasedForGood || recalled || home == .nothingKnown {
            drugServiceConsent = .refused
        }
    }

    private static let courtReasons: Set<ReleaseReason> = [.courtRelease, .bail, .acquitted, .immigrationBail]
    private static let tellings: [Weighted<Telling>] = [
        Weighted(.cloudEvent, 0.9), Weighted(.hmppsBare, 0.05), Weighted(.hmppsInSNS, 0.05),
    ]

    private static func drawnExit(_ dice: inout Dice, _ mix: ReleaseMix) -> Exit {
        let others = mix.removalShare + mix.secureHospitalShare + mix.diedShare + mix.abscondedShare
        let first: [Weighted<Exit>] = [
            Weighted(.removal, mix.removalShare), Weighted(.secureHospital, mix.secureHospitalShare),
            Weighted(.died, mix.diedShare), Weighted(.absconded, mix.abscondedShare),
            Weighted(.planned, max(0, 1 - others)),
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
