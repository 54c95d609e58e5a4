import EventContracts
import HandoverRules

/// One custody spell as prisons publish it: the data of domain.md §7.2, ten events, two recipients told.
enum TypicalPerson {
    static let data: [(type: String, time: String, data: String)] = [
        (
            "custody.received", "2026-04-02T17:20:00+01:00",
            #"{"prisonId":"MDI","reason":"ADMISSION","movementReasonCode":"V","#
                + #""opioidTest":"POS","legalStatus":"REMAND"}"#
        ),
        (
            "thn.eligibility.assessed", "2026-04-04T10:00:00+01:00",
            #"{"assessmentId":"a-10","outcome":"ELIGIBLE","criteria":["E1","E3","E5"],"odSelf":"LE12M","#
                + #""odWitnessed":true,"mixedUse":true,"onOst":true,"ostMedicine":"METHADONE","wingRegime":"OST_WING"}"#
        ),
        (
            "consent.recorded", "2026-04-04T10:05:00+01:00",
            #"{"scope":"DRUG_SERVICE","state":"GIVEN","method":"WRITTEN","capacity":true}"#
        ),
        (
            "consent.recorded", "2026-04-04T10:06:00+01:00",
            #"{"scope":"SUPERVISION","state":"GIVEN","method":"WRITTEN","capacity":true}"#
        ),
        (
            "thn.kit.issued", "2026-05-20T11:00:00+01:00",
            #"{"kitId":"MDI-26-000123","product":"NYXOID_NASAL_1_8MG","batchNo":"NX4471","expiryDate":"2028-03-31","#
                + #""quantity":1,"issuePoint":"PROPERTY","supplierRole":"DRUG_TREATMENT_WORKER","#
                + #""supplierTrainingConfirmed":true,"authority":"REG237_ROUTE1"}"#
        ),
        (
            "release.planned", "2026-05-22T09:00:00+01:00",
            #"{"bookingId":1221642,"planId":"p-20","planVersion":1,"plannedDate":"2026-06-05","releaseReason":"CRD","#
                + #""prisonId":"MDI","address":{"postcode":"LS9 7FL","status":"FAMILY"},"#
                + #""supervision":{"type":"LICENCE","allocation":"PS","officeCode":"YHLDS01"},"#
                + #""appointment":{"providerId":"prov-leeds","#
                + #""at":"2026-06-05T14:00:00+01:00"}}"#
        ),
        (
            "release.changed", "2026-05-29T09:00:00+01:00",
            #"{"planId":"p-20","planVersion":2,"plannedDate":"2026-06-04","changeReason":"FRIDAY_RULE"}"#
        ),
        (
            "thn.kit.collected", "2026-06-05T09:10:00+01:00",
            #"{"kitId":"MDI-26-000123","collectedAt":"2026-06-05T09:10:00+01:00","witnessedByRole":"PRISON_OFFICER"}"#
        ),
        (
            "release.actual", "2026-06-05T09:15:00+01:00",
            #"{"releasedAt":"2026-06-05T09:15:00+01:00","prisonId":"MDI","releaseReason":"CRD","place":"PRISON","#
                + #""movementReasonCode":"CR","planId":"p-20","kitDeclaration":"WITH_KIT"}"#
        ),
        (
            "thn.kit.lost", "2026-06-05T18:00:00+01:00",
            #"{"kitId":"MDI-26-000123","lostPlace":"COMMUNITY","reportedBy":"PERSON"}"#
        ),
    ]

    static func state() throws -> PersonState {
        var generator = SeededGenerator(seed: 1)
        var state = PersonState(subject: NomsNumber("Z1234BC")!)
        for sample in data {
            var record = sampleRecord(sample.type, sample.data, time: sample.time)
            record.set("ce_id", UUIDString.of(generator.uuid()))
            guard let event = decode(record).event else { throw NotTyped(type: sample.type) }
            state.events.append(event)
        }
        state.now = state.events.last!.receivedAt
        for (kind, scope) in [(RecipientKind.drugService, ConsentScope.drugService), (.supervision, .supervision)] {
            let spell = state.spells.first?.id ?? generator.uuid()
            if state.spells.isEmpty { state.spells = [KnownSpell(id: spell, anchor: state.events[0].id)] }
            var thread = generator.thread()
            thread.spell = spell
            thread.recipient = Recipient(kind: kind, provider: ProviderID("prov-leeds")!)
            state.threads.append(thread)
            state.outcomes.append(Outcome(spell: spell, scope: scope, state: .sent, reason: "", released: true))
        }
        return state
    }

    struct NotTyped: Error { let type: String }
}
