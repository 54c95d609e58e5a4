import HandoverRules

extension Situation {
    /// The cases that this situation shows.
    var cases: [EstateCase] {
        var shown: Set<EstateCase> = []
        for found in [exitCase, assessmentCase, homeCase, trainingCase, correctionCase] {
            if let found { shown.insert(found) }
        }
        if assessment == .eligible { shown.formUnion([kitCase] + consentCases) }
        shown.formUnion(transferCases)
        shown.formUnion(identityCases)
        for (holds, name) in flags where holds { shown.insert(name) }
        return shown.sorted()
    }

    private var flags: [(Bool, EstateCase)] {
        [
            (recalled, .recalledSameWeek), (kitReturnedOnRecall, .kitReturnedOnRecall), (isChild, .youngPerson),
            (toldAsEnding, .endedOther), (atOutsidePrison, .prisonNotOnboarded), (!hasRecord, .noPersonRecord),
            (telling == .hmppsBare, .hmppsBare), (telling == .hmppsInSNS, .hmppsInSNS), (outOfOrder, .outOfOrder),
        ]
    }

    private var exitCase: EstateCase? {
        switch exit {
        case .planned: .plannedRelease
        case .atCourt: .courtRelease
        default: Situation.exits.first { $0.value == exit }?.key
        }
    }

    private var assessmentCase: EstateCase? {
        switch assessment {
        case .eligible: nil
        case .notEligible: .notEligible
        case .missing: .notAssessed
        }
    }

    private var homeCase: EstateCase? {
        switch home {
        case .own, .family: nil
        // The connection is said in the plan; without one only the last home is known.
        case .localConnection: hasPlan ? .noFixedAbodeLocalConnection : .noFixedAbodeLastHome
        default: Situation.homes.first { $0.value == home }?.key
        }
    }

    private var trainingCase: EstateCase? { Situation.trainings.first { $0.value == training }?.key }
    private var correctionCase: EstateCase? { Situation.corrections.first { $0.value == correction }?.key }

    private var kitCase: EstateCase {
        switch kit {
        case .atGate: .kitAtGate
        case .returnedToStock: .kitReturned
        default: Situation.kits.first { $0.value == kit }?.key ?? .noKit
        }
    }

    private var transferCases: [EstateCase] {
        var found: [EstateCase] = []
        switch transfer {
        case .none: return []
        case .announced: found.append(.transferAnnounced)
        case .unannounced: found.append(.transferUnannounced)
        case .reportedLate: found.append(.transferReportedLate)
        }
        if kitConfirmed { found.append(.kitConfirmed) } else if kit.isProperty { found.append(.kitNotConfirmed) }
        return found
    }

    private var identityCases: [EstateCase] {
        let name: EstateCase? =
            switch identity {
            case .one: nil
            case .mergedBefore: .mergedBeforeRelease
            default: Situation.identities.first { $0.value == identity }?.key
            }
        guard let name else { return [] }
        let byHmpps = mergeTelling != .cloudEvent && identity != .bookingMoved
        return byHmpps ? [name, .mergedByHmpps] : [name]
    }

    private var consentCases: [EstateCase] {
        if consentWithdrawn { return [.consentWithdrawn] }
        if consentExpired { return [.consentExpired] }
        switch (drugServiceConsent, supervisionConsent) {
        case (.override, _): return [.consentOverridden]
        case (.lacksCapacity, _): return [.lacksCapacity]
        case (.given, .given): return []
        case (.given, _): return [.supervisionWithheld]
        case (_, .given): return [.supervisionOnly]
        case (.refused, _): return [.consentRefused]
        default: return [.consentNotAsked]
        }
    }
}
