import HandoverRules

extension Story {
    /// The kit part of a story: issued while inside or at the gate, and what became of it before release.
    mutating func kit() {
        switch situation.kit {
        case .none, .declaredOnly: break
        case .atGate, .declaredAbsent, .supplierNotPermitted, .reissued: gateKit(publishedAfter: nil)
        case .reportedLate: gateKit(publishedAfter: .hours(5))
        case .leftInProperty: propertyKit()
        case .collected:
            propertyKit()
            collected()
        case .expired: before(days: 9, .kitIssued(issued(.property, expiry: day(before: 4))), system: "health-record")
        case .disputed:
            // One of the two gets it a week before, the other at the gate.
            if setting.index == setting.kitNumber {
                gateKit(publishedAfter: nil)
            } else {
                before(days: 7, .kitIssued(issued(.inPossession)), system: "health-record")
            }
        case .replaced:
            propertyKit()
            replaced()
        case .used:
            gateKit(publishedAfter: nil)
            if situation.releasedForGood, !situation.recalled { used() }
        case .returnedToStock:
            before(days: 9, .kitIssued(issued(.property)), system: "health-record")
            before(days: 5, .kitReturned(returned(.damaged, toStock: true)), system: "health-record")
        case .lost:
            before(days: 9, .kitIssued(issued(.inPossession)), system: "health-record")
            var p = KitLost()
            p.kit = setting.kit
            p.place = .custody
            p.reportedBy = .person
            before(days: 2, .kitLost(p), system: "health-record")
        case .returned:
            propertyKit()
            live(leftAt - .minutes(20), .kitReturned(returned(.refusedAtGate, toStock: true)), system: "health-record")
        }
        if situation.kitConfirmed { confirmed() }
    }

    func returned(_ reason: KitReturnReason, toStock: Bool) -> KitReturned {
        var p = KitReturned()
        p.kit = setting.kit
        p.reason = reason
        p.toStock = toStock
        return p
    }

    /// The receiving prison found the kit among the property that came along.
    private mutating func confirmed() {
        var p = KitConfirmed()
        p.kit = setting.kit
        p.prison = setting.prison
        before(days: 2, .kitConfirmed(p), system: "health-record")
    }

    private mutating func replaced() {
        var p = KitReplaced()
        p.old = setting.kit
        p.new = issued(.inPossession)
        p.new.kit = setting.secondKit
        p.reason = .damaged
        before(days: 2, .kitReplaced(p), system: "health-record")
    }

    /// Told by the drug service that the person went to.
    private mutating func used() {
        let at = leftAt + .hours(Int64(dice.within(24...72)))
        var p = KitUsed()
        p.kit = setting.kit
        p.usedOn = London.date(of: at)
        p.usedFor = dice.pick([.other, .other, .oneself])
        p.survived = dice.pick([.yes, .yes, .yes, .unknown])
        live(at, .kitUsed(p), system: "providers/\(setting.area.drugService?.text ?? "none")/cases", delay: .hours(2))
        drafts[drafts.count - 1].prison = nil
    }

    /// Handed over at the gate half an hour before leaving; `publishedAfter` the leaving where the report is late.
    private mutating func gateKit(publishedAfter delay: Span?) {
        let at = leftAt - .minutes(35)
        live(at, .kitIssued(issued(.gate)), system: "health-record", delay: delay)
    }

    private mutating func propertyKit() {
        before(days: 7, .kitIssued(issued(.property)), system: "health-record")
    }

    private mutating func collected() {
        var p = KitCollected()
        p.kit = setting.kit
        p.collectedAt = leftAt - .minutes(10)
        p.witnessedByRole = .prisonOfficer
        live(p.collectedAt, .kitCollected(p), system: "health-record")
    }

    private mutating func issued(_ point: IssuePoint, expiry: LocalDate? = nil) -> KitIssued {
        var p = KitIssued()
        p.kit = setting.kit
        p.product = dice.pick([.nyxoid, .nyxoid, .prenoxad])
        p.batch = BatchNumber(unchecked: p.product == .nyxoid ? "NX4471" : "PX0912")
        p.expiry = expiry ?? London.date(of: setting.plan.start).adding(days: dice.within(300...900))
        p.quantity = KitQuantity(unchecked: 1)
        p.issuePoint = point
        p.supplierRole = dice.pick([.nurse, .drugTreatmentWorker, .pharmacist])
        p.supplierTrainingConfirmed = true
        // Before 2024-12 nobody supplied on their own authority but by prescription or direction (domain.md §3).
        let wide = London.date(of: setting.plan.start) >= Rulebook.standard.widerSupplyFrom
        p.authority = wide && p.supplierRole == .drugTreatmentWorker ? .route1 : .pgd
        if situation.kit == .supplierNotPermitted {
            (p.supplierRole, p.supplierTrainingConfirmed, p.authority) = (.prisonOfficer, false, .route1)
        }
        return p
    }
}
