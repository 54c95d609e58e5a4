import EventContracts
import Foundation
import HandoverRules
import Testing

/// One valid instance of each inbound event, as domain.md §7.2 gives them, with ids that are the hub's.
@Suite("rules: the catalogue of inbound events")
struct CatalogueTests {
    static let instances: [(type: EventType, data: String)] = [
        (
            .custodyReceived,
            #"{"prisonId":"LEI","reason":"ADMISSION","movementReasonCode":"V","opioidTest":"POS","#
                + #""legalStatus":"REMAND"}"#
        ),
        (.custodyMovedOut, #"{"fromPrisonId":"LEI","reason":"TRANSFERRED","toPrisonId":"MDI"}"#),
        (.custodyEndedOther, #"{"reason":"REMOVAL_OR_IRC","prisonId":"MDI"}"#),
        (.identityMerged, #"{"survivingNoms":"Z1234BC","removedNoms":"Z9999XY","bookingId":1221642}"#),
        (.bookingMoved, #"{"bookingId":1221642,"fromNoms":"Z9999XY","toNoms":"Z1234BC"}"#),
        (.eligibilityAssessed, TypicalPerson.data[1].data),
        (.trainingOffered, #"{"offerId":"o-11","method":"GROUP","scheduledAt":"2026-05-20T10:00:00+01:00"}"#),
        (
            .trainingRefused,
            #"{"offerId":"o-11","stage":"BOTH","reasons":["POLICE_FEAR","NEEDLE_FEAR"],"reofferAfter":"2026-05-27"}"#
        ),
        (
            .trainingCompleted,
            #"{"trainingId":"tr-12","offerId":"o-13","elements":["T1","T2","T3","T4","T5","T6","T7"],"#
                + #""result":"COMPLETE","product":"NYXOID_NASAL_1_8MG","trainerRole":"DRUG_TREATMENT_WORKER","#
                + #""durationMin":30}"#
        ),
        (.kitIssued, TypicalPerson.data[4].data),
        (.kitConfirmed, #"{"kitId":"MDI-26-000123","prisonId":"MDI"}"#),
        (.kitCollected, TypicalPerson.data[7].data),
        (.kitReturned, #"{"kitId":"MDI-26-000123","reason":"RELEASE_CANCELLED","toStock":true}"#),
        (.kitLost, #"{"kitId":"MDI-26-000123","lostPlace":"CONFISCATED","reportedBy":"PERSON"}"#),
        (
            .kitReplaced,
            #"{"oldKitId":"MDI-26-000123","kitId":"MDI-26-000188","product":"PRENOXAD_PFS","batchNo":"PX0912","#
                + #""expiryDate":"2028-11-30","quantity":1,"issuePoint":"COMMUNITY","#
                + #""supplierRole":"DRUG_TREATMENT_WORKER","supplierTrainingConfirmed":true,"#
                + #""authority":"REG237_ROUTE1","reason":"LOST"}"#
        ),
        (.kitUsed, #"{"kitId":"MDI-26-000188","usedOn":"2026-06-14","usedFor":"OTHER","survived":"YES"}"#),
        (.releasePlanned, TypicalPerson.data[5].data),
        (
            .releaseChanged,
            #"{"planId":"p-20","planVersion":2,"plannedDate":"2026-06-04","changeReason":"FRIDAY_RULE"}"#
        ),
        (.releaseCancelled, #"{"planId":"p-20","planVersion":3,"reason":"FURTHER_REMAND"}"#),
        (.releaseActual, TypicalPerson.data[8].data),
        (.consentRecorded, #"{"scope":"DRUG_SERVICE","state":"GIVEN","method":"WRITTEN","capacity":true}"#),
        (
            .handoverAcknowledged,
            #"{"handoverId":"\#(otherID)","version":2,"ackAt":"2026-06-05T11:20:00+01:00","workerRef":"w-5","#
                + #""decision":"ACCEPTED"}"#
        ),
        (
            .engagementRecorded,
            #"{"handoverId":"\#(otherID)","outcome":"TREATMENT_STARTED","at":"2026-06-09T15:00:00+01:00","#
                + #""kmReinforced":["KM-03","KM-09"],"kitSeen":"FIRST_SUPPLY"}"#
        ),
        (
            .routingAssigned,
            #"{"scope":"SUPERVISION","providerId":"ps-yorkshire","reason":"moved","approver":"DUTY_MANAGER/m-2"}"#
        ),
        (.taskResolved, #"{"taskId":"\#(otherID)","outcome":"DONE","by":"DUTY_MANAGER/m-2"}"#),
        (.referenceChanged, #"{"what":"PERSON"}"#),
        (
            .recordCorrected,
            #"{"correctionOf":"\#(otherID)","kind":"VOID","reason":"entered on wrong person"}"#
        ),
    ]

    private func record(_ type: EventType, _ data: String) -> InboundRecord {
        var record = sampleRecord(type.rawValue, data)
        record.topic = topics.inbound(type)
        if data.contains("LEI\",\"reason") { record.set("ce_source", "/prisons/LEI/nomis-feed") }
        if data.contains("handoverId") || data.contains("taskId") { record.set("ce_subject", otherID) }
        return record
    }

    @Test("each has its example", arguments: EventType.allCases)
    func complete(type: EventType) {
        #expect(Self.instances.contains { $0.type == type } || type == .timerFired)
    }

    @Test("each example is taken, whole, as its type", arguments: instances.indices)
    func taken(index: Int) throws {
        let (type, data) = Self.instances[index]
        let found = decode(record(type, data))
        let decoded = try #require(found.decoded, "\(type): \(found.rejection?.detail ?? "")")
        #expect(decoded.event.payload.type == type && decoded.unknownFields == 0)
        // Whatever was said comes out again.
        let written = try JSONTree(reading: EventEncoder.data(of: decoded.event))
        let said = try JSONTree(reading: Array(data.utf8)).members
        #expect(Set(written.members.keys) == Set(said.keys))
        for (name, value) in said where Self.isPlain(value) {
            // Sets come out sorted.
            #expect(written[name]?.elements.isEmpty == false || written[name] == value, "\(name)")
            #expect(Set(written[name]?.elements ?? []) == Set(value.elements), "\(name)")
        }
    }

    /// Times come out in UTC.
    private static func isPlain(_ value: JSONTree) -> Bool {
        switch value {
        case .string(let text): !text.contains("T") || !text.contains(":")
        case .object: false
        default: true
        }
    }

    @Test("unknown fields are counted, null is absent, an unknown version is told apart", arguments: instances.indices)
    func lenient(index: Int) throws {
        let (type, data) = Self.instances[index]
        let tree = try JSONTree(reading: Array(data.utf8)).setting("wing", .string("B")).setting("tv", .null)
        #expect(decode(record(type, data).valued(tree.bytes)).decoded?.unknownFields == 2)
        let next = record(type, data).setting("ce_type", "throughgate.\(type.rawValue).v2")
        #expect(decode(next).outcome == "UNKNOWN_VERSION")
    }

    @Test("a required field that is missing is named", arguments: instances.indices)
    func required(index: Int) throws {
        let (type, data) = Self.instances[index]
        let tree = try JSONTree(reading: Array(data.utf8))
        let schema = try SchemaFolder.data(of: type)
        let required = (schema["required"]?.elements ?? []).compactMap(\.string)
        // A plan's change may leave out all but its name; every other event requires something of its own.
        #expect(!required.isEmpty)
        for name in required {
            let rejection = decode(record(type, data).valued(tree.setting(name, nil).bytes)).rejection
            #expect(rejection?.reason == .fieldInvalid && rejection?.detail.contains("data.\(name):") == true)
        }
    }
}
