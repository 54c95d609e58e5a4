import HandoverRules

extension Story {
    /// The kit part of a story: issued while inside or at the gate, and what became of it before release.
    mutating func kit() {
        switch situation.kit {
        case .none: break
        case .atGate: gateKit(publishedAfter: nil)
        case .reportedLate: gateKit(publishedAfter: .hours(5))
        case .leftInProperty: propertyKit()
        case .collected:
            propertyKit()
            collected()
        case .expired: before(days: 9, .kitIssued(issued(.property, expiry: day(before: 4))), system: "health-record")
        case .lost:
            before(days: 9, .kitIssued(issued(.inPossession)), system: "health-record")
            var p = KitLost()
            p.kit = setting.kit
            p.place = .custody
            p.reportedBy = .person
            before(days: 2, .kitLost(p), system: "health-record")
        case .returned:
            propertyKit()
            var p = KitReturned()
            p.kit = setting.kit
            p.reason = .refusedAtGate
            p.toStock = true
            live(leftAt - .minutes(20), .kitReturned(p), system: "health-record")
        }
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
        p.authority = p.supplierRole == .drugTreatmentWorker ? .route1 : .pgd
        return p
    }
}
