import EventContracts
import Foundation
import HandoverRules
import Testing

@Suite("rules: whom an event speaks of, and who speaks")
struct AddressTests {
    private let handover = UUID(uuidString: otherID)!
    private let noms = NomsNumber("Z1234BC")!

    private func acknowledged(_ id: String = otherID, subject: String = otherID) -> InboundRecord {
        sampleRecord(
            "handover.acknowledged",
            #"{"handoverId":"\#(id)","version":2,"ackAt":"2026-06-05T11:20:00+01:00","decision":"ACCEPTED"}"#
        ).setting("ce_subject", subject).setting("ce_source", "/providers/prov-leeds/case-system")
    }

    private func resolved(_ id: String = otherID, subject: String) -> InboundRecord {
        var record = sampleRecord("task.resolved", #"{"taskId":"\#(id)","outcome":"DONE","by":"MANAGER/m-2"}"#)
        record.set("ce_subject", subject)
        record.set("ce_source", "/hub/decisions")
        record.topic = topics.decisions
        return record
    }

    @Test("a response names its handover; the person stays blank, the provider is kept")
    func response() throws {
        let decoded = try #require(decode(acknowledged()).decoded)
        #expect(decoded.address == .handover(handover) && decoded.event.subject == .blank)
        #expect(decoded.sourceProvider == ProviderID("prov-leeds") && decoded.event.sourcePrison == nil)
        #expect(decoded.event.system == "providers/prov-leeds/case-system")
        let upper = decode(acknowledged(otherID.uppercased(), subject: otherID.uppercased())).decoded
        #expect(upper?.event == decoded.event && upper?.contentDigest == decoded.contentDigest)
        #expect(decode(sampleRecord()).decoded?.address == .person(noms))
        #expect(decode(sampleRecord()).decoded?.sourceProvider == nil)
    }

    @Test("a handover that the hub can't have sent breaks a constraint; another one than in data is invalid")
    func otherHandover() {
        let unknown = Rejection(.constraint, "subject: must be a handover that was sent")
        #expect(decode(acknowledged("h-71", subject: "h-71")).rejection == unknown)
        #expect(decode(acknowledged(subject: "Z1234BC")).rejection == unknown)
        #expect(decode(acknowledged("h-71")).rejection?.reason == .constraint)
        #expect(decode(acknowledged(subject: "no label!")).outcome == "FIELD_INVALID")
        #expect(decode(acknowledged().setting("ce_subject", nil)).outcome == "FIELD_INVALID")
        #expect(decode(acknowledged(sampleID)).outcome == "FIELD_INVALID")
        #expect(decode(sampleRecord().setting("ce_subject", otherID)).outcome == "FIELD_INVALID")
    }

    @Test("a task is named by itself or by its person")
    func task() {
        let byTask = decode(resolved(subject: otherID)).decoded
        #expect(byTask?.address == .task(handover) && byTask?.event.subject == .blank)
        let byPerson = decode(resolved(subject: "Z1234BC")).decoded
        #expect(byPerson?.address == .person(noms) && byPerson?.event.subject == noms)
        #expect(decode(resolved(subject: sampleID)).outcome == "FIELD_INVALID")
        #expect(decode(resolved("t-1", subject: "t-1")).outcome == "CONSTRAINT")
        #expect(decode(resolved("t-1", subject: "Z1234BC")).outcome == "CONSTRAINT")
    }

    @Test("the corrections of a response are addressed as it was")
    func corrections() {
        let head = #"{"correctionOf":"\#(sampleID.replacing("3", with: "5"))","kind":"#
        func corrected(_ rest: String, subject: String) -> DecodedRecord {
            decode(sampleRecord("record.corrected", head + rest).setting("ce_subject", subject))
        }
        #expect(corrected(#""VOID"}"#, subject: otherID).decoded?.address == .handover(handover))
        #expect(
            corrected(#""VOID","correctedType":"task.resolved"}"#, subject: otherID).decoded?.address == .task(handover)
        )
        let data = String(decoding: acknowledged().value!, as: UTF8.self)
        let amended = corrected(#""AMEND","replacement":\#(data)}"#, subject: otherID)
        #expect(amended.decoded?.address == .handover(handover))
        #expect(amended.event?.payload == decode(acknowledged()).event?.payload)
        #expect(corrected(#""AMEND","replacement":\#(data)}"#, subject: sampleID).outcome == "FIELD_INVALID")
        #expect(corrected(#""AMEND","replacement":\#(data)}"#, subject: "Z1234BC").outcome == "FIELD_INVALID")
        let release = corrected(#""AMEND","replacement":\#(releaseData)}"#, subject: otherID)
        #expect(release.outcome == "FIELD_INVALID")
    }

    @Test("a merge is the survivor's, whichever number its source spoke of; a moved booking is the right person's")
    func identity() {
        func merged(_ subject: String) -> DecodedRecord {
            decode(
                sampleRecord("identity.merged", #"{"survivingNoms":"Z2222BB","removedNoms":"Z1111AA"}"#)
                    .setting("ce_subject", subject))
        }
        let survivor = NomsNumber("Z2222BB")!
        #expect(merged("Z2222BB").decoded?.address == .person(survivor))
        #expect(merged("Z1111AA").event?.subject == survivor)
        #expect(merged("Z1111AA").decoded?.contentDigest == merged("Z2222BB").decoded?.contentDigest)
        #expect(merged("Z1234BC").outcome == "FIELD_INVALID")
        let moved = sampleRecord(
            "identity.booking_moved", #"{"bookingId":"1221642","fromNoms":"Z1111AA","toNoms":"Z2222BB"}"#)
        let event = decode(moved.setting("ce_subject", "Z2222BB")).decoded
        #expect(event?.event.booking == BookingID(unchecked: 1_221_642) && event?.unknownFields == 0)
        #expect(decode(moved.setting("ce_subject", "Z1111AA")).outcome == "FIELD_INVALID")
    }

    @Test(
        "who names a prison in its data must be that prison",
        arguments: [
            ("custody.moved_out", #"{"fromPrisonId":"MDI","reason":"HOSPITAL"}"#),
            ("custody.ended_other", #"{"reason":"ESCAPE","prisonId":"MDI"}"#),
            ("thn.kit.confirmed", #"{"kitId":"k-1","prisonId":"MDI"}"#),
        ])
    func entitled(type: String, data: String) {
        let record = sampleRecord(type, data)
        #expect(decode(record).event != nil)
        #expect(decode(record.setting("ce_source", "/prisons/LEI/nomis-feed")).outcome == "NOT_ENTITLED")
        #expect(decode(record.setting("ce_source", "/providers/prov-leeds/cms")).outcome == "NOT_ENTITLED")
    }

    @Test("the prison somebody goes to is not the one that speaks")
    func destination() {
        let data = #"{"fromPrisonId":"MDI","reason":"TRANSFERRED","toPrisonId":"LEI"}"#
        #expect(decode(sampleRecord("custody.moved_out", data)).event != nil)
    }

    @Test("a decision of the hub's people is taken on hub.decisions, or from a file, and nowhere else")
    func decisions() {
        let data = #"{"scope":"DRUG_SERVICE","providerId":"prov-leeds","approver":"MANAGER/m-2"}"#
        for type in [("routing.assigned", data), ("reference.changed", #"{"what":"ROUTE"}"#)] {
            var record = sampleRecord(type.0, type.1)
            #expect(decode(record).outcome == "UNKNOWN_TYPE")
            record.topic = topics.decisions
            #expect(decode(record).event != nil)
            record.topic = ""
            #expect(decode(record).event != nil)
        }
        var resolved = resolved(subject: otherID)
        resolved.topic = topics.communityResponses
        #expect(decode(resolved).outcome == "UNKNOWN_TYPE")
    }

    @Test("what an import sets off is the same event however often it is published")
    func reference() throws {
        let at = Instant(milliseconds: 1_780_650_000_000)
        func event(_ version: Int64, _ subject: NomsNumber) -> Event {
            EventEncoder.event(of: .person, registerVersion: version, subject: subject, at: at)
        }
        #expect(event(7, noms) == event(7, noms))
        #expect(Set([event(7, noms), event(8, noms), event(7, NomsNumber("Z1234BD")!)].map(\.id)).count == 3)
        #expect(event(7, noms).id == DerivedID.referenceChanged(registerVersion: 7, noms))
        let record = try EventEncoder(topics: topics).record(of: event(7, noms))
        #expect(record.topic == "hub.decisions" && record.key == Array("Z1234BC".utf8))
        #expect(decode(inbound(record)).event == event(7, noms))
    }

    @Test("a decision goes to hub.decisions under its person, else under its task")
    func decision() throws {
        var resolution = TaskResolved()
        resolution.task = Label(otherID)!
        resolution.by = StaffReference("MANAGER/m-2")!
        let at = Instant(milliseconds: 1_780_650_000_000)
        for (subject, key) in [(noms, "Z1234BC"), (.blank, otherID)] {
            let event = EventEncoder.decision(.taskResolved(resolution), id: UUID(), subject: subject, at: at)
            let record = try EventEncoder(topics: topics).record(of: event)
            #expect(record.topic == "hub.decisions" && record.key == Array(key.utf8))
            #expect(decode(inbound(record)).event == event)
        }
    }

    @Test("a bare void of a response can be written to its handover")
    func voidOfResponse() throws {
        var event = try #require(decode(acknowledged()).event)
        event.correction = Correction(of: event.id, kind: .void, keepsTime: false)
        event.id = UUID(uuidString: sampleID.replacing("3", with: "5"))!
        event.payload = .recordCorrected(RecordCorrected())
        let record = try EventEncoder(topics: topics).record(of: event, to: .handover(handover))
        #expect(record.topic == topics.communityResponses && record.key == Array(otherID.utf8))
        #expect(decode(inbound(record)).event == event)
        #expect(decode(inbound(record)).decoded?.address == .handover(handover))
    }
}
