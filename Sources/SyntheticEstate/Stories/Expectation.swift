import HandoverRules

extension Situation {
    /// What each recipient should hold when the stream has ended, from the story alone.
    func expected(planWasSent: Bool) -> ExpectedHandovers {
        ExpectedHandovers(
            drugService: end(reasons(drugServiceConsent), planWasSent: planWasSent, isSupervision: false),
            supervision: end(supervisionReasons, planWasSent: planWasSent, isSupervision: true))
    }

    private func reasons(_ consent: ConsentState) -> [String] {
        var reasons: [String] = []
        if assessment == .notEligible { reasons.append("NOT_ELIGIBLE") }
        if assessment == .missing { reasons.append("NOT_ASSESSED") }
        if consent != .given { reasons.append("NO_CONSENT") }
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
        case .secureHospital, .removal: ["NOT_COMMUNITY"]
        case .planCancelled: ["RELEASE_CANCELLED"]
        default: []
        }
    }

    private func end(_ reasons: [String], planWasSent: Bool, isSupervision: Bool) -> ExpectedEnd {
        if [.temporaryAbsence, .courtMovement, .backWithinHold].contains(exit) { return .nothing }
        let gone = [.died, .secureHospital, .removal].contains(exit)
        if !reasons.isEmpty {
            let unknown = isSupervision && !hasPlan && !gone
            return .suppressed(anyOf: reasons + exitReasons + (unknown ? ["NO_SUPERVISION"] : []))
        }
        if gone, !planWasSent { return .suppressed(anyOf: exitReasons) }
        if home == .nothingKnown { return unroutableEnd(isSupervision: isSupervision) }
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
        case .secureHospital, .removal: .stoodDown(reason: "NOT_COMMUNITY")
        case .planCancelled: .stoodDown(reason: "RELEASE_CANCELLED")
        case .backAfterHold: .stoodDown(reason: "RELEASE_REVERSED")
        case .unconfirmed: .planned
        default:
            if recalled {
                .stoodDown(reason: "RETURNED_TO_CUSTODY")
            } else if consentWithdrawn, !isSupervision {
                .stoodDown(reason: "CONSENT_WITHDRAWN")
            } else {
                .released(kit: [.atGate, .collected, .reportedLate].contains(kit))
            }
        }
    }
}
