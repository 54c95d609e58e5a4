import Foundation
import HandoverRules

/// A person's story, told event by event at London times.
struct Story {
    let noms: NomsNumber
    var events: [Event] = []
    private var count = 0

    init(_ noms: String) { self.noms = NomsNumber(unchecked: noms) }

    static func london(_ text: String) -> Instant {
        let parts = text.split(separator: " ")
        let date = LocalDate(parts[0]) ?? LocalDate(daysSince1970: 0)
        let clock = parts[1].split(separator: ":").compactMap { Int64($0) }
        return London.instant(date, at: .minutes(clock[0] * 60 + clock[1]))
    }

    mutating func add(_ payload: Payload, at: String, id: UUID = UUID()) {
        let when = Story.london(at)
        events.append(
            Event(
                id: id, subject: noms, occurredAt: when, publishedAt: when, receivedAt: when, system: "nomis-feed",
                sourcePrison: PrisonID("MDI"), payload: payload))
        count += 1
    }

    /// In custody, eligible, both consents given, no kit.
    static func ready(_ noms: String, on day: String = "2026-06-01") -> Story {
        var story = Story(noms)
        var received = CustodyReceived()
        received.prison = PrisonID(unchecked: "MDI")
        received.reason = .admission
        story.add(.custodyReceived(received), at: "\(day) 10:00")
        var assessed = EligibilityAssessed()
        assessed.assessment = Label(unchecked: "a-1")
        assessed.outcome = .eligible
        assessed.criteria = [.pastOverdose]
        story.add(.eligibilityAssessed(assessed), at: "\(day) 11:00")
        for scope in [ConsentScope.drugService, .supervision] {
            var consent = ConsentRecorded()
            consent.scope = scope
            consent.state = .given
            consent.method = .written
            consent.capacity = true
            story.add(.consentRecorded(consent), at: "\(day) 11:30")
        }
        return story
    }

    mutating func plan(for date: String, at: String) {
        var planned = ReleasePlanned()
        planned.plan = Label(unchecked: "p-1")
        planned.version = PlanVersion(unchecked: 1)
        planned.fields.plannedDate = LocalDate(date)
        planned.fields.releaseReason = .crd
        planned.fields.prison = PrisonID("MDI")
        var address = ReleaseAddress()
        address.postcode = Postcode("LS9 7FL")
        address.status = .own
        planned.fields.address = address
        var supervision = Supervision()
        supervision.type = .licence
        supervision.allocation = .ps
        supervision.officeCode = Label("YHLDS01")
        planned.fields.supervision = supervision
        add(.releasePlanned(planned), at: at)
    }

    mutating func kit(_ id: String, at: String) {
        var issued = KitIssued()
        issued.kit = Label(unchecked: id)
        issued.product = .nyxoid
        issued.batch = BatchNumber(unchecked: "NX4471")
        issued.expiry = LocalDate("2028-03-31") ?? issued.expiry
        issued.quantity = KitQuantity(unchecked: 1)
        issued.issuePoint = .gate
        issued.supplierRole = .nurse
        issued.supplierTrainingConfirmed = true
        issued.authority = .pgd
        add(.kitIssued(issued), at: at)
    }

    mutating func release(at: String, address: String? = "LS9 7FL") {
        var released = ReleaseActual()
        released.releasedAt = Story.london(at)
        released.prison = PrisonID(unchecked: "MDI")
        released.releaseReason = .crd
        released.place = .prison
        released.movementReason = MovementReasonCode("CR")
        if let address {
            var at = ReleaseAddress()
            at.postcode = Postcode(address)
            at.status = .own
            released.address = at
        }
        add(.releaseActual(released), at: at)
    }
}
