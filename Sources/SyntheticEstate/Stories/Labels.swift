import HandoverRules

extension Situation {
    /// The cases that this situation shows.
    var cases: [EstateCase] {
        var shown: Set<EstateCase> = [exitCase, assessmentCase, homeCase].reduce(into: []) { set, found in
            if let found { set.insert(found) }
        }
        if assessment == .eligible { shown.formUnion([kitCase] + consentCases) }
        if recalled { shown.insert(.recalledSameWeek) }
        if atOutsidePrison { shown.insert(.prisonNotOnboarded) }
        if !hasRecord { shown.insert(.noPersonRecord) }
        if telling == .hmppsBare { shown.insert(.hmppsBare) }
        if telling == .hmppsInSNS { shown.insert(.hmppsInSNS) }
        if outOfOrder { shown.insert(.outOfOrder) }
        return shown.sorted()
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
        case .localConnection: hasPlan ? .noFixedAbodeLocalConnection : .noFixedAbodeLastHome
        case .lastHome: .noFixedAbodeLastHome
        case .nothingKnown: .noFixedAbodeNothingKnown
        case .uncovered: .areaWithoutProvider
        }
    }

    private var kitCase: EstateCase {
        switch kit {
        case .none: .noKit
        case .atGate: .kitAtGate
        case .collected: .kitCollected
        case .leftInProperty: .kitLeftInProperty
        case .expired: .kitExpired
        case .lost: .kitLost
        case .returned: .kitReturned
        case .reportedLate: .kitReportedLate
        }
    }

    private var consentCases: [EstateCase] {
        if consentWithdrawn { return [.consentWithdrawn] }
        switch (drugServiceConsent, supervisionConsent) {
        case (.given, .given): return []
        case (.given, _): return [.supervisionWithheld]
        case (_, .given): return [.supervisionOnly]
        case (.refused, _): return [.consentRefused]
        default: return [.consentNotAsked]
        }
    }
}
