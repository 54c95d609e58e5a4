import HandoverRules

extension Story {
    /// How custody ends, or does not.
    mutating func leaving() {
        switch situation.exit {
        case .planned, .dateMoved, .unplanned, .atCourt:
            leave(code: Story.code(situation.reason), reason: situation.reason)
            if situation.recalled { recalled() }
        case .planCancelled, .unconfirmed: break
        case .backWithinHold:
            leave(code: "CR", reason: .crd)
            receive(after: .minutes(20), code: "N", status: nil)
        case .backAfterHold:
            leave(code: "CR", reason: .crd)
            receive(after: .minutes(Int64(dice.within(80...180))), code: "N", status: nil)
        case .voided:
            leave(code: "CR", reason: .crd)
            void(drafts.count - 1, at: leftAt + .minutes(Int64(dice.within(80...180))), asRecord: false)
        case .died: gone(.died, code: "DEC", .died)
        case .secureHospital: gone(.secureHospital, code: dice.pick(["HO", "HP", "HQ"]), .secureHospital)
        case .removal: gone(.removalOrIRC, code: dice.pick(["DD", "DE", "DEIRC"]), .removalOrIRC)
        case .absconded: gone(.abscond, code: "UAL", .abscond)
        case .temporaryAbsence: outAndBack(.temporaryAbsence, "C5", .temporaryAbsenceReturn)
        case .courtMovement: outAndBack(.toCourt, "CRT", .returnFromCourt)
        }
    }

    /// Told as an ending of its own, or as a release whose movement code says that it was none.
    private mutating func gone(_ ending: EndingReason, code: String, _ reason: ReleaseReason) {
        guard situation.toldAsEnding else { return leave(code: code, reason: reason) }
        var p = CustodyEndedOther()
        p.reason = ending
        p.prison = setting.prison
        live(leftAt, .custodyEndedOther(p), system: "nomis-feed")
    }

    private mutating func recalled() {
        let back = Span.hours(Int64(dice.within(30...60)))
        receive(after: back, code: "L", status: .recall)
        guard situation.kitReturnedOnRecall else { return }
        live(
            leftAt + back + .hours(1), .kitReturned(returned(.recalled, toStock: false)), system: "health-record")
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
        p.kitDeclaration =
            switch situation.kit {
            case .declaredOnly: .withKit
            case .declaredAbsent: .withoutKit
            default: .notStated
            }
        // Without a plan the release itself says where the person goes.
        if !situation.hasPlan { p.address = address }
        live(leftAt, .releaseActual(p), system: "nomis-feed")
        if situation.identity == .aliasUsed { drafts[drafts.count - 1].number = .former(0) }
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
