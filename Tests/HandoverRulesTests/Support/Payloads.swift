import HandoverRules

// Short ways to say what happened.

extension Payload {
    static func admitted(
        _ prison: String = "MDI", _ reason: ReceptionReason = .admission, code: String? = "V",
        test: OpioidTest? = nil, status: LegalStatus? = nil
    ) -> Payload {
        var p = CustodyReceived()
        p.prison = PrisonID(unchecked: prison)
        p.reason = reason
        p.movementReason = code.map { MovementReasonCode(unchecked: $0) }
        p.opioidTest = test
        p.legalStatus = status
        return .custodyReceived(p)
    }

    static func assessed(
        _ outcome: EligibilityOutcome = .eligible, id: String = "a-1",
        _ change: (inout EligibilityAssessed) -> Void = { _ in }
    ) -> Payload {
        var p = EligibilityAssessed()
        p.assessment = Label(unchecked: id)
        p.outcome = outcome
        if outcome == .eligible { p.criteria = [.recentUse] }
        if outcome == .notEligible { p.notEligibleReason = .noOpioidRisk }
        change(&p)
        return .eligibilityAssessed(p)
    }

    static func consent(
        _ scope: ConsentScope, _ state: ConsentState = .given, _ change: (inout ConsentRecorded) -> Void = { _ in }
    ) -> Payload {
        var p = ConsentRecorded()
        p.scope = scope
        p.state = state
        p.method = .written
        p.capacity = true
        change(&p)
        return .consentRecorded(p)
    }

    static func kit(
        _ point: IssuePoint, id: String = "MDI-26-000123", expiry: String = "2028-03-31",
        _ change: (inout KitIssued) -> Void = { _ in }
    ) -> Payload {
        var p = KitIssued()
        p.kit = Label(unchecked: id)
        p.product = .nyxoid
        p.batch = BatchNumber(unchecked: "NX4471")
        p.expiry = date(expiry)
        p.quantity = KitQuantity(unchecked: 1)
        p.issuePoint = point
        p.supplierRole = .drugTreatmentWorker
        p.supplierTrainingConfirmed = true
        p.authority = .route1
        change(&p)
        return .kitIssued(p)
    }

    static func collected(_ at: String, id: String = "MDI-26-000123") -> Payload {
        var p = KitCollected()
        p.kit = Label(unchecked: id)
        p.collectedAt = time(at)
        return .kitCollected(p)
    }

    static func returned(_ reason: KitReturnReason = .leftBehind, id: String = "MDI-26-000123") -> Payload {
        var p = KitReturned()
        p.kit = Label(unchecked: id)
        p.reason = reason
        p.toStock = true
        return .kitReturned(p)
    }

    static func lost(id: String = "MDI-26-000123") -> Payload {
        var p = KitLost()
        p.kit = Label(unchecked: id)
        p.place = .confiscated
        return .kitLost(p)
    }

    static func planned(
        _ on: String, id: String = "p-20", version: Int64 = 1, _ change: (inout PlanFields) -> Void = { _ in }
    ) -> Payload {
        var p = ReleasePlanned()
        p.plan = Label(unchecked: id)
        p.version = PlanVersion(unchecked: version)
        p.fields.plannedDate = date(on)
        p.fields.releaseReason = .crd
        p.fields.prison = PrisonID(unchecked: "MDI")
        p.fields.supervision = .licence()
        change(&p.fields)
        return .releasePlanned(p)
    }

    static func changed(_ version: Int64, id: String = "p-20", _ change: (inout PlanFields) -> Void) -> Payload {
        var p = ReleaseChanged()
        p.plan = Label(unchecked: id)
        p.version = PlanVersion(unchecked: version)
        change(&p.fields)
        p.changeReason = .crdRecalculated
        return .releaseChanged(p)
    }

    static func cancelled(_ version: Int64, id: String = "p-20") -> Payload {
        var p = ReleaseCancelled()
        p.plan = Label(unchecked: id)
        p.version = PlanVersion(unchecked: version)
        p.reason = .furtherRemand
        return .releaseCancelled(p)
    }

    static func released(
        _ at: String, _ prison: String = "MDI", code: String? = "CR", reason: ReleaseReason? = .crd,
        _ change: (inout ReleaseActual) -> Void = { _ in }
    ) -> Payload {
        var p = ReleaseActual()
        p.releasedAt = time(at)
        p.prison = PrisonID(unchecked: prison)
        p.releaseReason = reason
        p.place = .prison
        p.movementReason = code.map { MovementReasonCode(unchecked: $0) }
        change(&p)
        return .releaseActual(p)
    }
}

extension Supervision {
    static func licence(_ allocation: SupervisionAllocation = .ps, office: String? = "YHLDS01") -> Supervision {
        var s = Supervision()
        s.type = .licence
        s.allocation = allocation
        s.officeCode = office.map { Label(unchecked: $0) }
        return s
    }
    static var noneAtAll: Supervision {
        var s = Supervision()
        s.type = .none
        return s
    }
}

extension Appointment {
    static func at(_ when: String, _ provider: Label = World.drugLeeds) -> Appointment {
        var a = Appointment()
        a.provider = provider
        a.at = time(when)
        return a
    }
}

extension ReleaseAddress {
    static func of(_ status: AddressStatus, _ postcode: String? = nil) -> ReleaseAddress {
        var a = ReleaseAddress()
        a.status = status
        a.postcode = postcode.map { Postcode(unchecked: $0) }
        return a
    }
}
