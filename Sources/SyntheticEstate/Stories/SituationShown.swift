import HandoverRules

extension Situation {
    /// The plainest person who shows `wanted`: eligible, a kit at the gate, both consents, a home, a planned release.
    static func showing(_ wanted: EstateCase) -> Situation {
        var s = Situation()
        if let kit = kits[wanted] { s.kit = kit }
        if let training = trainings[wanted] { s.training = training }
        if let exit = exits[wanted] { s.exit = exit }
        if let correction = corrections[wanted] { s.correction = correction }
        if let identity = identities[wanted] { s.identity = identity }
        if let home = homes[wanted] { s.home = home }
        if let change = changes[wanted] { change(&s) }
        return s
    }

    static let kits: [EstateCase: KitStory] = [
        .kitCollected: .collected, .kitLeftInProperty: .leftInProperty, .noKit: .none, .kitExpired: .expired,
        .kitLost: .lost, .kitReturned: .returned, .kitReportedLate: .reportedLate, .kitReplaced: .replaced,
        .kitUsed: .used, .kitSupplierNotPermitted: .supplierNotPermitted, .kitDeclaredOnly: .declaredOnly,
        .kitDeclaredAbsent: .declaredAbsent, .kitDisputed: .disputed, .kitReissued: .reissued,
    ]
    static let trainings: [EstateCase: TrainingStory] = [
        .trainingOffered: .offered, .trainingCompleted: .completed, .trainingPartial: .partial,
        .trainingRefused: .refused, .refusedThenTrained: .refusedThenTrained, .refusalReportedLate: .refusalLate,
    ]
    static let exits: [EstateCase: Exit] = [
        .dateMoved: .dateMoved, .planCancelled: .planCancelled, .releaseUnconfirmed: .unconfirmed,
        .unplannedRelease: .unplanned, .backWithinHold: .backWithinHold, .backAfterHold: .backAfterHold,
        .releaseVoided: .voided, .died: .died, .secureHospital: .secureHospital, .removal: .removal,
        .absconded: .absconded, .temporaryAbsence: .temporaryAbsence, .courtMovement: .courtMovement,
    ]
    static let corrections: [EstateCase: CorrectionStory] = [
        .releaseAmended: .releaseAmended, .kitVoided: .kitVoided, .kitAmended: .kitAmended,
        .assessmentAmended: .assessmentAmended, .consentVoided: .consentVoided,
    ]
    static let identities: [EstateCase: IdentityStory] = [
        .mergedBeforeRelease: .mergedBefore, .mergedAfterRelease: .mergedAfter, .mergedTwoSpells: .twoSpells,
        .mergedTwice: .twice, .mergedByHmpps: .mergedBefore, .mergeIncomplete: .incomplete, .aliasUsed: .aliasUsed,
        .bookingMoved: .bookingMoved,
    ]
    static let homes: [EstateCase: Home] = [
        .noFixedAbodeLocalConnection: .localConnection, .noFixedAbodeLastHome: .lastHome,
        .noFixedAbodeNothingKnown: .nothingKnown, .routedByHand: .routedByHand, .areaWithoutProvider: .uncovered,
    ]
    private static let changes: [EstateCase: @Sendable (inout Situation) -> Void] = [
        .transferAnnounced: { $0.transfer = .announced },
        .transferUnannounced: { $0.transfer = .unannounced },
        .transferReportedLate: { $0.transfer = .reportedLate },
        .kitConfirmed: { ($0.transfer, $0.kit, $0.kitConfirmed) = (.announced, .collected, true) },
        .kitNotConfirmed: { ($0.transfer, $0.kit) = (.announced, .leftInProperty) },
        .kitReturnedOnRecall: { ($0.recalled, $0.kitReturnedOnRecall) = (true, true) },
        .consentRefused: { ($0.drugServiceConsent, $0.supervisionConsent) = (.refused, .refused) },
        .consentNotAsked: { ($0.drugServiceConsent, $0.supervisionConsent) = (.notAsked, .notAsked) },
        .supervisionOnly: { $0.drugServiceConsent = .refused },
        .supervisionWithheld: { $0.supervisionConsent = .refused },
        .consentWithdrawn: { $0.consentWithdrawn = true },
        .consentExpired: { $0.consentExpired = true },
        .lacksCapacity: { ($0.drugServiceConsent, $0.supervisionConsent) = (.lacksCapacity, .lacksCapacity) },
        .consentOverridden: { $0.drugServiceConsent = .override },
        .notEligible: { ($0.assessment, $0.kit) = (.notEligible, .none) },
        .notAssessed: { ($0.assessment, $0.kit) = (.missing, .none) },
        .homeInWales: { $0.inWales = true },
        .prisonNotOnboarded: { $0.atOutsidePrison = true },
        .noPersonRecord: { $0.hasRecord = false },
        .youngPerson: { $0.isChild = true },
        .courtRelease: { ($0.exit, $0.reason, $0.kit) = (.atCourt, .courtRelease, .leftInProperty) },
        .recalledSameWeek: { $0.recalled = true },
        .endedOther: { ($0.exit, $0.toldAsEnding) = (.died, true) },
        .absconded: { $0.toldAsEnding = true },
        .mergedByHmpps: { $0.mergeTelling = .hmppsInSNS },
        .hmppsBare: { $0.telling = .hmppsBare },
        .hmppsInSNS: { $0.telling = .hmppsInSNS },
        .outOfOrder: { $0.outOfOrder = true },
    ]
}
