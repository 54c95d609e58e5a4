import HandoverRules

extension Story {
    /// From the other prison to the one that they leave from.
    mutating func transfer() {
        guard let transferredAt else { return }
        let late = situation.transfer == .reportedLate
        if situation.transfer != .unannounced {
            var p = CustodyMovedOut()
            p.from = setting.otherPrison
            p.reason = .transferred
            p.to = setting.prison
            moved(transferredAt - .minutes(90), .custodyMovedOut(p), night: !late)
        }
        var p = CustodyReceived()
        p.prison = setting.prison
        p.reason = .transferred
        p.movementReason = MovementReasonCode(unchecked: "INT")
        guard late else { return moved(transferredAt, .custodyReceived(p), night: true) }
        // The gate was quicker than reception: told after the release.
        live(transferredAt, .custodyReceived(p), system: "nomis-feed", delay: leftAt + .minutes(25) - transferredAt)
    }

    private mutating func moved(_ at: Instant, _ payload: Payload, night: Bool) {
        live(at, payload, system: "nomis-feed")
        if night { drafts[drafts.count - 1].publishedAt = nil }
    }

    /// Two numbers become one, or the booking moves to the person whom it is about.
    mutating func identity() {
        guard let identifiedAt else { return }
        switch situation.identity {
        case .one: break
        case .incomplete: merge(.own, nil, at: identifiedAt)
        case .twice:
            merge(.former(0), .former(1), at: identifiedAt - .minutes(30))
            merge(.own, .former(0), at: identifiedAt)
        case .twoSpells:
            olderSpell()
            merge(.own, .former(0), at: identifiedAt)
        case .mergedBefore, .mergedAfter, .aliasUsed: merge(.own, .former(0), at: identifiedAt)
        case .bookingMoved:
            var p = BookingMoved()
            p.booking = setting.booking
            p.from = setting.noms(.former(0))
            p.to = setting.noms(.own)
            identified(.bookingMoved(p), .own, at: identifiedAt)
        }
    }

    private mutating func merge(_ surviving: PrisonNumber, _ removed: PrisonNumber?, at: Instant) {
        var p = IdentityMerged()
        p.surviving = setting.noms(surviving)
        p.removed = removed.map(setting.noms)
        identified(.identityMerged(p), surviving, at: at)
    }

    private mutating func identified(_ payload: Payload, _ number: PrisonNumber, at: Instant) {
        live(at, payload, system: "nomis-feed")
        let last = drafts.count - 1
        drafts[last].number = number
        guard situation.mergeTelling != .cloudEvent else { return }
        drafts[last].telling = situation.mergeTelling
        drafts[last].system = "prison-offender-events"
    }

    /// The surviving number stands for an admission too, two days older, with a plan, an assessment and consents.
    private mutating func olderSpell() {
        let first = drafts.count
        var p = CustodyReceived()
        p.prison = setting.prison
        p.reason = .admission
        p.movementReason = MovementReasonCode(unchecked: "I")
        p.legalStatus = .sentenced
        before(days: custodyDays + 2, .custodyReceived(p), system: "nomis-feed")
        before(days: 10, .eligibilityAssessed(eligibleAssessment(setting.label("b"))), system: "health-record")
        before(days: 10, .consentRecorded(Story.consent(.drugService, .given)), system: "health-record")
        var plan = firstPlan
        plan.plan = setting.label("q")
        plan.fields.plannedDate = releaseDate.adding(days: 1)
        before(days: 3, .releasePlanned(plan), system: "nomis-feed")
        for index in first..<drafts.count {
            drafts[index].number = .own
            drafts[index].isOlderBooking = true
        }
    }

    /// Somebody decides where a person belongs whose area nobody knows.
    mutating func routing() {
        guard let service = setting.area.drugService else { return }
        var p = RoutingAssigned()
        p.scope = situation.isChild ? .childService : .drugService
        p.provider = service
        p.reason = FreeText(unchecked: "Their key worker knows the area.")
        p.approver = StaffReference(unchecked: "DUTY_MANAGER/d-1")
        live(morning, .routingAssigned(p), system: "hub/tasks")
        drafts[drafts.count - 1].prison = nil
    }
}
