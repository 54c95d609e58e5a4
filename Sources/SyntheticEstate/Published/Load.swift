public import HandoverRules

/// A uniform stream for benchmarks: the same few events for every person, made one at a time, so that memory does not
/// grow with its length. Person by person round robin, each event published one millisecond after the one before.
public struct SyntheticLoad: Sequence, Sendable {
    public let seed: UInt64
    public let peopleCount: Int
    public let eventCount: Int
    public let start: Instant
    private let identities: Identities
    private static let areas = HomeArea.pilot.filter { $0.drugService != nil }

    /// - Parameters:
    ///   - people: at least 1; more than 6,760,000 would repeat prison numbers.
    ///   - events: in all. The first seven of a person are reception, assessment, two consents, kit, plan, release;
    ///     more are further assessments.
    public init(people: Int, events: Int, seed: UInt64, start: Instant = EstatePlan.thursday) {
        self.seed = seed
        peopleCount = Swift.max(1, Swift.min(people, Identities.capacity))
        eventCount = Swift.max(0, events)
        self.start = start
        identities = Identities(seed: seed)
    }

    /// The people, for the register.
    public var people: some Sequence<(noms: NomsNumber, record: PersonRecord)> {
        (0..<peopleCount).lazy.map { ($0, Dice(seed: seed, stream: $0)) }.map { index, dice in
            var dice = dice
            let area = dice.pick(SyntheticLoad.areas)
            var record = PersonRecord(
                name: InventedNames.name(&dice),
                dateOfBirth: LocalDate(daysSince1970: Int32(dice.within(-2922...12_000))))
            record.crn = identities.crn(index)
            record.postcode = Identities.postcode(in: area.outcode, &dice)
            record.addressStatus = .own
            record.lastHomeAuthority = area.authority
            return (identities.noms(index), record)
        }
    }

    public func makeIterator() -> AnyIterator<Event> {
        var index = 0
        return AnyIterator {
            defer { index += 1 }
            return index < eventCount ? event(index) : nil
        }
    }

    /// The `index`th event, 0 ..< ``eventCount``, without making those before it.
    public func event(_ index: Int) -> Event {
        let person = index % peopleCount
        let step = index / peopleCount
        var dice = Dice(seed: seed &+ 1, stream: index)
        let published = start + Span(microseconds: Int64(index) * 1_000)
        let prison = EstatePlan.pilotPrisons[person % EstatePlan.pilotPrisons.count]
        return Event(
            id: dice.uuid(), subject: identities.noms(person), occurredAt: occurredAt(step, published),
            publishedAt: published, receivedAt: published, system: "nomis-feed", sourcePrison: prison,
            sequence: Int64(step + 1), booking: BookingID(unchecked: 1_200_000 + Int64(person)),
            payload: payload(step, person, prison, occurredAt(step, published)))
    }

    private func occurredAt(_ step: Int, _ published: Instant) -> Instant {
        published - (step == 6 ? .minutes(2) : .days(Int64(Swift.max(1, 20 - step))))
    }

    private func payload(_ step: Int, _ person: Int, _ prison: PrisonID, _ at: Instant) -> Payload {
        switch step {
        case 0:
            var p = CustodyReceived()
            p.prison = prison
            p.reason = .admission
            p.movementReason = MovementReasonCode(unchecked: "I")
            p.legalStatus = .sentenced
            return .custodyReceived(p)
        case 2: return .consentRecorded(Story.consent(.drugService, .given))
        case 3: return .consentRecorded(Story.consent(.supervision, .given))
        case 4: return .kitIssued(kit(person, at))
        case 5: return .releasePlanned(plan(person, prison))
        case 6:
            var p = ReleaseActual()
            p.releasedAt = at
            p.prison = prison
            p.releaseReason = .crd
            p.place = .prison
            p.movementReason = MovementReasonCode(unchecked: "CR")
            p.plan = Label(unchecked: "p-\(person)")
            return .releaseActual(p)
        default: return .eligibilityAssessed(assessment(person, step))
        }
    }

    private func assessment(_ person: Int, _ step: Int) -> EligibilityAssessed {
        var p = EligibilityAssessed()
        p.assessment = Label(unchecked: "a-\(person)-\(step)")
        p.outcome = .eligible
        p.criteria = [.recentUse, .injecting]
        p.wingRegime = .general
        return p
    }

    private func kit(_ person: Int, _ at: Instant) -> KitIssued {
        var p = KitIssued()
        p.kit = Label(unchecked: "LOD-26-\(person)")
        p.product = .nyxoid
        p.batch = BatchNumber(unchecked: "NX4471")
        p.expiry = London.date(of: at).adding(days: 700)
        p.quantity = KitQuantity(unchecked: 1)
        p.issuePoint = .inPossession
        p.supplierRole = .nurse
        p.supplierTrainingConfirmed = true
        p.authority = .pgd
        return p
    }

    private func plan(_ person: Int, _ prison: PrisonID) -> ReleasePlanned {
        let area = SyntheticLoad.areas[person % SyntheticLoad.areas.count]
        var p = ReleasePlanned()
        p.plan = Label(unchecked: "p-\(person)")
        p.version = PlanVersion(unchecked: 1)
        p.fields.plannedDate = London.date(of: start)
        p.fields.releaseReason = .crd
        p.fields.prison = prison
        var address = ReleaseAddress()
        address.status = .own
        address.postcode = Postcode(unchecked: "\(area.outcode) 1CC")
        p.fields.address = address
        var supervision = Supervision()
        supervision.type = .licence
        supervision.allocation = .ps
        p.fields.supervision = supervision
        return p
    }
}
