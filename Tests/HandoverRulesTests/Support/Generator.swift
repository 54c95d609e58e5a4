import FoundationEssentials
import HandoverRules

/// A person's ten days in and out of custody, not always a likely story, with corrections of what was said.
enum Generator {
    static let start = time("05-25 08:00"), end = time("06-04 08:00")

    static func events(_ chance: inout Chance) -> [Event] {
        var maker = Story()
        var events: [Event] = []
        let count = 5 + chance.below(chance.happens(30) ? 56 : 20)
        for _ in 0..<count {
            let occurred = start + .minutes(chance.below(60 * 24 * 10))
            var event = maker.event(payload(&chance, occurred), occurred: "05-25 08:00")
            if !events.isEmpty, chance.happens(12) { correct(&event, events, &chance) }
            event.occurredAt = occurred
            event.publishedAt = occurred
            event.receivedAt = occurred
            event.system = chance.one(["nomis-feed", "clinical"])
            events.append(event)
        }
        return events
    }

    /// Makes the event a correction of one of those before, itself perhaps a correction.
    private static func correct(_ event: inout Event, _ events: [Event], _ chance: inout Chance) {
        let target = chance.one(events)
        let likes = events.filter { $0.payload.type == target.payload.type }
        let isVoid = chance.happens(60) || target.payload.type == .recordCorrected
        event.payload = isVoid ? .recordCorrected(RecordCorrected()) : chance.one(likes).payload
        if chance.happens(3), !isVoid { event.payload = chance.one(events).payload }
        event.correction = Correction(of: target.id, kind: isVoid ? .void : .amend, keepsTime: chance.happens(50))
    }

    private static func payload(_ chance: inout Chance, _ at: Instant) -> Payload {
        let prison = chance.one(["MDI", "MDI", "MDI", "LEI"])
        let kit = chance.one(["MDI-26-000001", "MDI-26-000002"])
        switch chance.below(34) {
        case 0: return .admitted(prison)
        case 1: return .admitted(prison, chance.one([.transferred, .returnFromCourt]), test: .positive)
        case 2: return .admitted(prison, code: chance.one(["L", "V"]))
        case 3: return .assessed(chance.one([.notEligible, .unable, .eligible]), id: "a-\(chance.below(3))")
        case 4, 5: return .assessed(id: "a-\(chance.below(4))") { $0.onOst = true }
        case 6: return .consent(.drugService, chance.one([.given, .given, .withdrawn]))
        case 7:
            let last = chance.one([nil, date("2026-06-02"), date("2026-06-30")])
            return .consent(.drugService) { $0.expiresOn = last }
        case 8: return .consent(.drugService)
        case 9: return .consent(.supervision, chance.one([.given, .given, .given, .refused]))
        case 10: return .consent(.supervision)
        case 11: return .kit(chance.one([.property, .gate, .inPossession, .community]), id: kit)
        case 12: return .kit(chance.one([.property, .gate]), id: kit)
        case 13: return collected(kit, at)
        case 14: return chance.happens(50) ? .returned(id: kit) : .lost(id: kit)
        case 24...30: return care(&chance, at, kit, prison)
        case 15, 16: return plan(&chance)
        case 17: return .changed(1 + chance.below(4)) { $0.plannedDate = London.date(of: at).adding(days: 2) }
        case 18: return .changed(1 + chance.below(4)) { $0.appointment = .at("06-05 14:00") }
        case 19: return .cancelled(1 + chance.below(4))
        default:
            var release = ReleaseActual()
            release.releasedAt = at
            release.prison = PrisonID(unchecked: prison)
            release.releaseReason = .crd
            let code = chance.one(["CR", "CR", "CR", "CR", "CR", "CR", "TRN", "HO"])
            release.movementReason = MovementReasonCode(unchecked: code)
            release.kitDeclaration = chance.one([nil, nil, .withKit, .withoutKit])
            return .releaseActual(release)
        }
    }

    /// Training, kits after their issue, movements and answers.
    private static func care(_ chance: inout Chance, _ at: Instant, _ kit: String, _ prison: String) -> Payload {
        let day = London.date(of: at).description
        switch chance.below(14) {
        case 0: return .offered(id: "o-\(chance.below(3))")
        case 1: return .trained(id: "tr-\(chance.below(3))")
        case 2: return .session([.signs, .call999, .breathing], id: "tr-\(chance.below(3))", .partial)
        case 3: return .session([.naloxone, .recoveryPosition, .stay], id: "tr-\(chance.below(3))", .complete)
        case 4, 5:
            let reason = chance.one([RefusalReason.needleFear, .highMyth, .policeFear, .privacy])
            return .refused([reason], chance.one([.training, .kit, .both]), offer: "o-\(chance.below(3))")
        case 6: return .confirmed(prison, id: kit)
        case 7: return .replaced(kit, by: "MDI-26-00000\(chance.below(4))", chance.one([.property, .gate, .community]))
        case 8: return .used(id: chance.one([nil, kit]), on: day)
        case 9: return .movedOut(.transferred, from: prison, to: chance.one(["MDI", "LEI"]))
        case 10: return .movedOut(chance.one([.toCourt, .temporaryAbsence, .hospital]), from: prison)
        case 11: return chance.happens(40) ? .ended(chance.one(EndingReason.allCases), prison) : .admitted(prison)
        case 12: return .assigned(chance.one([.drugService, .supervision]), chance.one([World.drugBradford]))
        default:
            var seen = EngagementRecorded()
            seen.handover = Label(unchecked: "00000000-0000-4000-8000-000000000000")
            seen.outcome = chance.one([.attended, .contacted])
            seen.at = at
            seen.kitSeen = chance.one([nil, .firstSupply, .no])
            return .engagementRecorded(seen)
        }
    }

    /// Shows a failing set in the order in which it occurred.
    static func show(_ events: [Event]) {
        for event in events.sorted(by: { $0.occurredAt < $1.occurredAt }) {
            let target = event.correction.map { "\($0.kind) of \($0.of), keeps time: \($0.keepsTime)" } ?? ""
            let words = String(describing: event.payload).replacing("HandoverRules.", with: "")
            print(RFC3339.london(event.occurredAt), event.id, event.system, words, target)
        }
    }

    private static func collected(_ kit: String, _ at: Instant) -> Payload {
        var collected = KitCollected()
        collected.kit = Label(unchecked: kit)
        collected.collectedAt = at
        return .kitCollected(collected)
    }

    private static func plan(_ chance: inout Chance) -> Payload {
        let day = date("2026-05-26").adding(days: Int(chance.below(12)))
        let postcode = chance.one(["LS9 7FL", "BD1 1AA", "ZZ99 3VZ"])
        return .planned(day.description, id: chance.one(["p-20", "p-20", "p-21"]), version: 1 + chance.below(3)) {
            $0.address = .of(.own, postcode)
        }
    }
}
