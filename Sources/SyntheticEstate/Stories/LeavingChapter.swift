import HandoverRules

extension Story {
    /// How custody ends, or does not.
    mutating func leaving() {
        switch situation.exit {
        case .planned, .dateMoved, .unplanned, .atCourt:
            leave(code: Story.code(situation.reason), reason: situation.reason)
            if situation.recalled { receive(after: .hours(Int64(dice.within(30...60))), code: "L", status: .recall) }
        case .planCancelled, .unconfirmed: break
        case .backWithinHold:
            leave(code: "CR", reason: .crd)
            receive(after: .minutes(20), code: "N", status: nil)
        case .backAfterHold:
            leave(code: "CR", reason: .crd)
            receive(after: .minutes(Int64(dice.within(80...180))), code: "N", status: nil)
        case .died: leave(code: "DEC", reason: .died)
        case .secureHospital: leave(code: dice.pick(["HO", "HP", "HQ"]), reason: .secureHospital)
        case .removal: leave(code: dice.pick(["DD", "DE", "DEIRC"]), reason: .removalOrIRC)
        case .temporaryAbsence: outAndBack(.temporaryAbsence, "C5", .temporaryAbsenceReturn)
        case .courtMovement: outAndBack(.toCourt, "CRT", .returnFromCourt)
        }
    }

    private mutating func leave(code: String, reason: ReleaseReason) {
        var p = ReleaseActual()
        p.releasedAt = leftAt
        p.prison = setting.prison
        p.movementReason = MovementReasonCode(unchecked: code)
        guard situation.telling == .cloudEvent else {
            p.hmppsReason = .released
            return hmpps(leftAt, .releaseActual(p))
        }
        p.releaseReason = reason
        p.place = situation.exit == .atCourt ? .court : .prison
        p.plan = situation.hasPlan ? setting.label("p") : nil
        p.kitDeclaration = .notStated
        // Without a plan the release itself says where the person goes.
        if !situation.hasPlan { p.address = address }
        live(leftAt, .releaseActual(p), system: "nomis-feed")
    }

    private mutating func receive(after span: Span, code: String, status: LegalStatus?) {
        var p = CustodyReceived()
        p.prison = setting.prison
        p.reason = .admission
        p.movementReason = MovementReasonCode(unchecked: code)
        p.legalStatus = status
        live(leftAt + span, .custodyReceived(p), system: "nomis-feed", delay: .seconds(60))
    }

    private mutating func outAndBack(_ out: HmppsReleaseReason, _ code: String, _ back: ReceptionReason) {
        var left = ReleaseActual()
        left.releasedAt = leftAt
        left.prison = setting.prison
        left.movementReason = MovementReasonCode(unchecked: code)
        left.hmppsReason = out
        hmpps(leftAt, .releaseActual(left))
        var returned = CustodyReceived()
        returned.prison = setting.prison
        returned.reason = back
        returned.movementReason = MovementReasonCode(unchecked: code)
        hmpps(leftAt + .hours(6), .custodyReceived(returned))
    }

    /// HMPPS events come two minutes after the fact here; the real feed waits 45 minutes.
    private mutating func hmpps(_ at: Instant, _ payload: Payload) {
        let telling: Situation.Telling = situation.telling == .cloudEvent ? .hmppsBare : situation.telling
        drafts.append(
            Draft(
                occurredAt: at, publishedAt: at + .minutes(2) + Span(microseconds: Int64(dice.below(1_000_000))),
                payload: payload, system: "prison-offender-events", telling: telling))
    }

    /// The movement reason code under which NOMIS files a release.
    static func code(_ reason: ReleaseReason) -> String {
        switch reason {
        case .recallRelease: "PD"
        case .hdc: "HD"
        case .parole: "PX"
        case .courtRelease: "NCS"
        case .bail: "BL"
        case .acquitted: "AU"
        case .immigrationBail: "BD"
        case .sentenceServed: "SC"
        case .dto: "D1"
        default: "CR"
        }
    }
}
