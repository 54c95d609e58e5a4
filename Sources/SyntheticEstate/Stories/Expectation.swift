import HandoverRules

extension Situation {
    /// What each recipient should hold when the stream has ended, from the story alone.
    func expected(planWasSent: Bool) -> ExpectedHandovers {
        if isChild {
            let end = end(.childService, reasons(drugServiceConsent), planWasSent: planWasSent)
            return ExpectedHandovers(
                drugService: .nothing, supervision: .nothing, youthJustice: end, youngPeopleDrugService: end)
        }
        return ExpectedHandovers(
            drugService: end(.drugService, reasons(drugServiceConsent), planWasSent: planWasSent),
            supervision: end(.supervision, supervisionReasons, planWasSent: planWasSent))
    }

    /// What was said of a person under whose number somebody else's booking stood until it was moved.
    var expectedOfWrongPerson: ExpectedHandovers {
        func end(_ reasons: [String]) -> ExpectedEnd {
            let wasSent = reasons.isEmpty && home != .nothingKnown && home != .uncovered && hasPlan
            return wasSent ? .stoodDown(reason: "WRONG_PERSON") : .open
        }
        return ExpectedHandovers(drugService: end(reasons(drugServiceConsent)), supervision: end(supervisionReasons))
    }

    private func reasons(_ consent: ConsentState) -> [String] {
        var reasons: [String] = []
        if assessment == .notEligible { reasons.append("NOT_ELIGIBLE") }
        if assessment == .missing { reasons.append("NOT_ASSESSED") }
        if ![.given, .override].contains(consent) || consentExpired { reasons.append("NO_CONSENT") }
        if atOutsidePrison { reasons.append("NOT_ONBOARDED") }
        return reasons
    }

    private var supervisionReasons: [String] {
        let unsupervised = Story.supervisionType(reason) == .none && hasPlan
        return reasons(supervisionConsent) + (unsupervised ? ["NO_SUPERVISION"] : [])
    }

    /// Why the leaving itself, or its absence, leads to no handover.
    private var exitReasons: [String] {
        switch exit {
        case .died: ["NOT_COMMUNITY", "DIED"]
        case .secureHospital, .removal, .absconded: ["NOT_COMMUNITY"]
        case .planCancelled: ["RELEASE_CANCELLED"]
        case .voided: ["RELEASE_REVERSED"]
        default: recalled ? ["RETURNED_TO_CUSTODY"] : []
        }
    }

    private func end(_ scope: ConsentScope, _ reasons: [String], planWasSent: Bool) -> ExpectedEnd {
        let isSupervision = scope == .supervision
        if [.temporaryAbsence, .courtMovement, .backWithinHold].contains(exit) { return .nothing }
        if !reasons.isEmpty {
            // Without a plan nobody said who supervises, and a release undone may never have been spoken of.
            if exit == .voided { return .nothing }
            let unknown = isSupervision && !hasPlan && !gone
            return .suppressed(anyOf: reasons + exitReasons + (unknown ? ["NO_SUPERVISION"] : []))
        }
        if gone, !planWasSent { return .suppressed(anyOf: exitReasons) }
        if home == .nothingKnown || home == .routedByHand && isSupervision {
            return unroutableEnd(isSupervision: isSupervision)
        }
        // Without a plan nobody said who supervises; without coverage the register decides who is told.
        if isSupervision, !hasPlan, !gone { return .open }
        if home == .uncovered { return .open }
        return sentEnd(isSupervision: isSupervision)
    }

    /// Nobody knows where this person belongs: a human is asked while there is something to say.
    private func unroutableEnd(isSupervision: Bool) -> ExpectedEnd {
        if consentWithdrawn, !isSupervision { return .suppressed(anyOf: ["NO_CONSENT"]) }
        if !exitReasons.isEmpty { return .suppressed(anyOf: exitReasons) }
        return hasPlan ? .humanQueue : .open
    }

    private func sentEnd(isSupervision: Bool) -> ExpectedEnd {
        switch exit {
        case .died: .stoodDown(reason: "DIED")
        case .secureHospital, .removal, .absconded: .stoodDown(reason: "NOT_COMMUNITY")
        case .planCancelled: .stoodDown(reason: "RELEASE_CANCELLED")
        case .backAfterHold, .voided: .stoodDown(reason: "RELEASE_REVERSED")
        case .unconfirmed: .planned
        default:
            if recalled {
                .stoodDown(reason: "RETURNED_TO_CUSTODY")
            } else if consentWithdrawn || drugServiceConsent == .override, !isSupervision {
                .stoodDown(reason: "CONSENT_WITHDRAWN")
            } else {
                .released(kit: kit.counts && correction != .kitVoided)
            }
        }
    }
}
