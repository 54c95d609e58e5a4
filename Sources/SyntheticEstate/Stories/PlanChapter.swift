import HandoverRules

extension Story {
    /// The release plan: made days before the start, moved or cancelled where the story says so.
    mutating func plan() {
        before(days: dice.within(2...6), .releasePlanned(firstPlan), system: "nomis-feed")
        if situation.exit == .dateMoved { moved() }
        if situation.exit == .planCancelled { cancelled() }
    }

    var firstPlan: ReleasePlanned {
        var p = ReleasePlanned()
        p.plan = setting.label("p")
        p.version = PlanVersion(unchecked: 1)
        p.fields.plannedDate = firstPlannedDate
        p.fields.releaseReason = situation.reason
        p.fields.prison = setting.prison
        p.fields.address = address
        p.fields.localConnection = situation.home == .localConnection ? setting.area.authority : nil
        p.fields.supervision = supervision
        p.fields.appointment = appointment
        return p
    }

    /// The Friday after a release that the Friday rule moved to its Thursday.
    private var firstPlannedDate: LocalDate {
        situation.exit == .dateMoved ? releaseDate.adding(days: 1) : releaseDate
    }

    private mutating func moved() {
        var p = ReleaseChanged()
        p.plan = setting.label("p")
        p.version = PlanVersion(unchecked: 2)
        p.fields.plannedDate = releaseDate
        p.changeReason = .fridayRule
        before(days: 1, .releaseChanged(p), system: "nomis-feed")
    }

    private mutating func cancelled() {
        var p = ReleaseCancelled()
        p.plan = setting.label("p")
        p.version = PlanVersion(unchecked: 2)
        p.reason = .furtherRemand
        // After the plan's first handover went out in the first night, before the planned hour.
        live(setting.plan.start + .minutes(Int64(dice.within(390...470))), .releaseCancelled(p), system: "nomis-feed")
    }

    /// Where the person says they will live.
    var address: ReleaseAddress {
        var a = ReleaseAddress()
        switch situation.home {
        case .own, .uncovered: (a.status, a.postcode) = (.own, setting.postcode)
        case .family: (a.status, a.postcode) = (.family, setting.postcode)
        case .localConnection, .lastHome, .nothingKnown, .routedByHand:
            (a.status, a.postcode) = (.noFixedAbode, .noFixedAbode)
        }
        return a
    }

    private var supervision: Supervision {
        var s = Supervision()
        s.type = Story.supervisionType(situation.reason)
        s.allocation = s.type == .none ? nil : allocation
        return s
    }

    /// Who supervised when (domain.md §10 R6): companies and the national service until June 2021.
    private var allocation: SupervisionAllocation {
        if releaseDate >= Rulebook.standard.probationServiceFrom { return .ps }
        return setting.index.isMultiple(of: 4) ? .nps : .crc
    }

    /// Nobody supervises people who were never sentenced or have served all of it.
    static func supervisionType(_ reason: ReleaseReason) -> SupervisionType {
        [.bail, .acquitted, .immigrationBail, .sentenceServed].contains(reason) ? .none : .licence
    }

    private var appointment: Appointment? {
        guard let service = setting.area.drugService, ![.nothingKnown, .routedByHand].contains(situation.home),
            !setting.index.isMultiple(of: 3)
        else { return nil }
        var a = Appointment()
        a.provider = service
        a.at = London.instant(releaseDate, at: .hours(14))
        return a
    }
}
