import HandoverRules

extension Story {
    /// The assessment, in this custody.
    mutating func assessment() {
        let eligible = eligibleAssessment(setting.label("a"))
        let wrong = situation.assessment == .notEligible || situation.correction == .assessmentAmended
        before(
            days: min(custodyDays, 25) - 2, .eligibilityAssessed(wrong ? Story.notEligible(eligible) : eligible),
            system: "health-record")
        if situation.correction == .assessmentAmended {
            amend(drafts.count - 1, with: .eligibilityAssessed(eligible), at: morning, asRecord: true)
        }
    }

    mutating func eligibleAssessment(_ label: Label) -> EligibilityAssessed {
        var p = EligibilityAssessed()
        p.assessment = label
        p.wingRegime = dice.pick([.general, .general, .ostWing, .recoveryWing])
        p.outcome = .eligible
        p.onOst = dice.chance(0.5)
        p.ostMedicine = p.onOst ? dice.pick([.methadone, .buprenorphine]) : nil
        p.criteria = [p.onOst ? .onOst : .recentUse, .injecting]
        p.overdoseSelf = dice.pick([.never, .never, .overAYear, .withinAYear, .unknown])
        p.overdoseWitnessed = dice.chance(0.73)
        p.mixedUse = dice.chance(0.4)
        p.detoxCompletedOn = p.onOst || !dice.chance(0.2) ? nil : day(before: dice.within(8...20))
        return p
    }

    private static func notEligible(_ eligible: EligibilityAssessed) -> EligibilityAssessed {
        var p = EligibilityAssessed()
        p.assessment = eligible.assessment
        p.wingRegime = eligible.wingRegime
        p.outcome = .notEligible
        p.notEligibleReason = .noOpioidRisk
        return p
    }

    mutating func consents() {
        if situation.isChild {
            consent(.childService, situation.drugServiceConsent)
        } else {
            consent(.drugService, situation.drugServiceConsent)
            consent(.supervision, situation.supervisionConsent)
        }
        if situation.consentWithdrawn {
            let at = min(leftAt - .hours(1), setting.plan.start + .hours(7))
            live(at, .consentRecorded(Story.consent(.drugService, .withdrawn)), system: "health-record")
        }
    }

    private mutating func consent(_ scope: ConsentScope, _ state: ConsentState) {
        // Never having been asked leaves no record.
        if state == .notAsked { return }
        if state == .override { return override(scope) }
        var p = Story.consent(scope, state)
        if situation.consentExpired { p.expiresOn = day(before: 1) }
        before(days: min(custodyDays, 25) - 3, .consentRecorded(p), system: "health-record")
        // In a chain of numbers the middle one has a record too.
        if situation.identity == .twice { drafts[drafts.count - 1].number = .former(0) }
        guard situation.correction == .consentVoided, scope != .supervision else { return }
        let mistaken = Payload.consentRecorded(Story.consent(scope, .refused))
        before(days: 6, mistaken, system: "health-record")
        void(drafts.count - 1, at: morning, asRecord: false)
    }

    /// Refused, and told all the same on the day: good for 72 hours (domain.md §6).
    private mutating func override(_ scope: ConsentScope) {
        before(
            days: min(custodyDays, 25) - 3, .consentRecorded(Story.consent(scope, .refused)), system: "health-record")
        var p = Story.consent(scope, .override)
        var override = ConsentOverride()
        override.basis = .vitalInterests
        override.approver = StaffReference(unchecked: "PRESCRIBER/p-7")
        let at = leftAt - .minutes(50)
        override.expiresAt = at + .hours(72)
        p.override = override
        live(at, .consentRecorded(p), system: "health-record")
    }

    static func consent(_ scope: ConsentScope, _ state: ConsentState) -> ConsentRecorded {
        var p = ConsentRecorded()
        p.scope = scope
        p.state = state
        p.method = .written
        p.capacity = state != .lacksCapacity
        return p
    }

    /// Early on the first day, after the night in which all that went before is published.
    var morning: Instant { setting.plan.start + .minutes(400) }
}
