import EventContracts
import Foundation
import HandoverRules
import Testing

@Suite("rules: HMPPS domain events are taken as they are")
struct HmppsEventTests {
    private func record(_ text: String, contentType: String? = nil) -> InboundRecord {
        var record = sampleRecord().valued(text)
        record.headers = contentType.map { [RecordHeader("content-type", $0)] } ?? []
        return record
    }

    private func released(
        occurredAt: String = "2026-10-14T15:09:54+01:00",
        publishedAt: String? = "2026-10-14T15:55:01.742536797+01:00", version: String = "1",
        person: String? = #"{"identifiers":[{"type":"CRN","value":"X1"},{"type":"NOMS","value":"Z1234BC"}]}"#,
        info: String = #""nomsNumber":"Z1234BC","prisonId":"MDI","reason":"RELEASED","nomisMovementReasonCode":"CR""#,
        description: String = "A person left", type: String = "prisoner.released"
    ) -> String {
        let published = publishedAt.map { #""publishedAt":"\#($0)","# } ?? ""
        let reference = person.map { #""personReference":\#($0),"# } ?? ""
        return #"{"eventType":"prison-offender-events.\#(type)","version":\#(version),"#
            + #""description":"\#(description)","occurredAt":"\#(occurredAt)",\#(published)\#(reference)"#
            + #""additionalInformation":{\#(info)}}"#
    }

    private func wrapped(_ text: String, messageID: String = "m-1", timestamp: String? = nil) -> String {
        var writer = JSONWriter()
        writer.beginObject()
        writer.name("Type")
        writer.string("Notification")
        writer.name("MessageId")
        writer.string(messageID)
        writer.name("Message")
        writer.string(text)
        if let timestamp {
            writer.name("Timestamp")
            writer.string(timestamp)
        }
        writer.endObject()
        return String(decoding: writer.bytes, as: UTF8.self)
    }

    @Test("a release becomes release.actual with the reason of HMPPS")
    func release() throws {
        let decoded = try #require(decode(record(released())).decoded)
        let event = decoded.event
        #expect(decoded.identityIsDerived)
        #expect(event.subject == NomsNumber("Z1234BC") && event.system == "hmpps-domain-events")
        #expect(event.sourcePrison == nil && event.booking == nil)
        #expect(RFC3339.utc(event.publishedAt) == "2026-10-14T14:55:01.742536Z")
        guard case .releaseActual(let release) = event.payload else {
            Issue.record("no release")
            return
        }
        #expect(release.releasedAt == event.occurredAt && release.prison == PrisonID("MDI"))
        #expect(release.hmppsReason == .released && release.movementReason == MovementReasonCode("CR"))
        #expect(release.releaseReason == nil)
    }

    @Test("a reception becomes custody.received; a recall in words is kept")
    func reception() throws {
        let info =
            #""nomsNumber":"Z1234BC","prisonId":"LEI","reason":"ADMISSION","nomisMovementReasonCode":"L","#
            + #""probableCause":"RECALL","bookingId":"1221642""#
        let event = try #require(decode(record(released(info: info, type: "prisoner.received"))).event)
        guard case .custodyReceived(let received) = event.payload else {
            Issue.record("no reception")
            return
        }
        #expect(received.reason == .admission && received.legalStatus == .recall)
        #expect(received.movementReason == MovementReasonCode("L") && received.prison == PrisonID("LEI"))
        #expect(event.booking == BookingID(unchecked: 1_221_642))
    }

    @Test("wrapped in an SNS notification it is the same event")
    func sns() {
        let bare = decode(record(released())).decoded
        #expect(bare != nil)
        #expect(decode(record(wrapped(released()))).decoded == bare)
        #expect(decode(record(wrapped(released()), contentType: "application/json")).decoded == bare)
    }

    @Test("its id comes from type, person, time, prison and reason, not from MessageId, words or written form")
    func identity() {
        func id(_ text: String) -> UUID? { decode(record(text)).event?.id }
        let one = id(released())
        #expect(one != nil)
        #expect(one?.uuidString.dropFirst(14).first == "5")
        #expect(id(wrapped(released(), messageID: "other")) == one)
        #expect(id(released(occurredAt: "2026-10-14T14:09:54.000000000+00:00")) == one)
        #expect(id(released(publishedAt: nil, description: "Somebody else")) == one)
        #expect(id(released(occurredAt: "2026-10-14T15:09:55+01:00")) != one)
        let hospital = #""nomsNumber":"Z1234BC","prisonId":"MDI","reason":"RELEASED_TO_HOSPITAL""#
        #expect(id(released(info: hospital)) != one)
        #expect(id(released(info: hospital.replacing("MDI", with: "LEI"))) != id(released(info: hospital)))
        let unknown = hospital.replacing("RELEASED_TO_HOSPITAL", with: "NEW_CODE")
        #expect(id(released(info: unknown)) != id(released(info: unknown.replacing("NEW", with: "NEWER"))))
    }

    @Test("publishedAt, else the SNS timestamp, else occurredAt")
    func published() {
        func publishedAt(_ text: String) -> String? {
            (decode(record(text)).event?.publishedAt).map(RFC3339.utc)
        }
        let silent = released(publishedAt: nil)
        #expect(publishedAt(silent) == "2026-10-14T14:09:54Z")
        #expect(publishedAt(wrapped(silent, timestamp: "2026-10-14T15:00:00.123Z")) == "2026-10-14T15:00:00.123000Z")
        #expect(publishedAt(wrapped(released(), timestamp: "2026-10-14T16:00:00Z")) == "2026-10-14T14:55:01.742536Z")
    }

    @Test(
        "0 to 9 fractional digits and both offsets are read",
        arguments: [
            "2026-10-14T15:09:54+01:00", "2026-10-14T14:09:54Z", "2026-10-14T14:09:54.0+00:00",
            "2026-10-14T15:09:54.000000001+01:00",
        ])
    func fractions(time: String) {
        #expect(decode(record(released(occurredAt: time))).event?.occurredAt.milliseconds == 1_791_986_994_000)
    }

    @Test("an old event without personReference is read by additionalInformation.nomsNumber")
    func oldShape() {
        #expect(decode(record(released(person: nil))).event?.subject == NomsNumber("Z1234BC"))
        let crn = #"{"identifiers":[{"type":"CRN","value":"X026350"}]}"#
        #expect(decode(record(released(person: crn))).event?.subject == NomsNumber("Z1234BC"))
    }

    @Test("a reason that HMPPS adds later is UNKNOWN, never a community release")
    func newReason() {
        let info = #""nomsNumber":"Z1234BC","prisonId":"MDI","reason":"TELEPORTED""#
        guard case .releaseActual(let release)? = decode(record(released(info: info))).event?.payload else {
            Issue.record("refused")
            return
        }
        #expect(release.hmppsReason == .unknown)
    }

    private let moved = #""bookingId":"1221642","movedFromNomsNumber":"Z9999XY","movedToNomsNumber":"Z1234BC""#

    @Test("a merge becomes identity.merged; the number that survives is nomsNumber")
    func merge() throws {
        let info = #""nomsNumber":"Z1234BC","removedNomsNumber":"Z9999XY","reason":"MERGE","bookingId":"1221642""#
        let text = released(info: info, description: "Z1234BC merged into Z9999XY", type: "prisoner.merged")
        let decoded = try #require(decode(record(text)).decoded)
        #expect(decoded.identityIsDerived && decoded.address == .person(NomsNumber("Z1234BC")!))
        #expect(decoded.event.booking == BookingID(unchecked: 1_221_642))
        guard case .identityMerged(let merge) = decoded.event.payload else {
            Issue.record("no merge")
            return
        }
        #expect(merge.surviving == NomsNumber("Z1234BC") && merge.removed == NomsNumber("Z9999XY"))
        #expect(decode(record(wrapped(text, messageID: "other"))).decoded == decoded)
        let silent = info.replacing(#","removedNomsNumber":"Z9999XY""#, with: "")
        guard
            case .identityMerged(let half)? = decode(record(released(info: silent, type: "prisoner.merged"))).event?
                .payload
        else {
            Issue.record("refused")
            return
        }
        #expect(half.removed == nil)
        let later = released(occurredAt: "2026-10-14T15:09:55+01:00", info: info, type: "prisoner.merged")
        #expect(decode(record(later)).event?.id != decoded.event.id)
    }

    @Test("a moved booking becomes identity.booking_moved of the person it was moved to")
    func bookingMoved() throws {
        let start = moved + #","bookingStartDateTime":"2026-04-02T17:20:00""#
        for person in ["Z1234BC", "Z9999XY"] {
            let reference = #"{"identifiers":[{"type":"NOMS","value":"\#(person)"}]}"#
            let text = released(person: reference, info: start, type: "prisoner.booking.moved")
            let event = try #require(decode(record(text)).event)
            #expect(event.subject == NomsNumber("Z1234BC") && event.booking == BookingID(unchecked: 1_221_642))
            guard case .bookingMoved(let move) = event.payload else {
                Issue.record("no move")
                return
            }
            #expect(move.from == NomsNumber("Z9999XY") && move.to == event.subject && move.booking == event.booking)
        }
        #expect(decode(record(released(person: nil, info: moved, type: "prisoner.booking.moved"))).event != nil)
    }

    @Test("identity events that can't be taken have their code")
    func identityRejected() {
        func outcome(_ info: String, _ type: String, person: String? = nil) -> String {
            decode(record(released(person: person, info: info, type: type))).outcome
        }
        let other = #"{"identifiers":[{"type":"NOMS","value":"Z5555EE"}]}"#
        let itself = #""nomsNumber":"Z1234BC","removedNomsNumber":"z1234bc","reason":"MERGE""#
        #expect(outcome(itself, "prisoner.merged") == "FIELD_INVALID")
        #expect(outcome(#""removedNomsNumber":"Z1234BC""#, "prisoner.merged") == "FIELD_INVALID")
        #expect(outcome(#""nomsNumber":"Z1234BC""#, "prisoner.merged", person: other) == "FIELD_INVALID")
        #expect(outcome(moved, "prisoner.booking.moved", person: other) == "FIELD_INVALID")
        #expect(outcome(moved.replacing("Z9999XY", with: "Z1234BC"), "prisoner.booking.moved") == "FIELD_INVALID")
        #expect(outcome(moved.replacing("bookingId", with: "booking"), "prisoner.booking.moved") == "FIELD_INVALID")
        #expect(outcome(moved.replacing("1221642", with: "A1"), "prisoner.booking.moved") == "FIELD_INVALID")
        #expect(outcome(moved, "prisoner.booking.deleted") == "UNKNOWN_TYPE")
    }

    @Test("what can't be taken has its code")
    func rejected() {
        func outcome(_ text: String) -> String { decode(record(text)).outcome }
        #expect(outcome(released(type: "prisoner.remembered")) == "UNKNOWN_TYPE")
        #expect(outcome(released(version: "2")) == "UNKNOWN_VERSION")
        #expect(outcome(released(version: "\"1\"")) == "FIELD_INVALID")
        #expect(outcome(released(occurredAt: "2026-10-14T15:09:54")) == "TIME_NAIVE")
        #expect(outcome(released(publishedAt: "2026-10-14T15:09:54")) == "TIME_NAIVE")
        #expect(outcome(wrapped(released(publishedAt: nil), timestamp: "2026-10-14T15:09:54")) == "TIME_NAIVE")
        #expect(outcome(released(info: #""nomsNumber":"Z1234BC","reason":"RELEASED""#)) == "FIELD_INVALID")
        #expect(outcome(released(info: #""nomsNumber":"Z1234BC","prisonId":"MDI""#)) == "FIELD_INVALID")
        let other = #"{"identifiers":[{"type":"NOMS","value":"Z9999XY"}]}"#
        #expect(outcome(released(person: other)) == "FIELD_INVALID")
        let admission = #""nomsNumber":"Z1234BC","prisonId":"MDI","reason":"TELEPORTED""#
        #expect(outcome(released(info: admission, type: "prisoner.received")) == "UNKNOWN_CODE")
        #expect(outcome(wrapped("{")) == "MALFORMED")
        #expect(outcome(wrapped("[]")) == "MALFORMED")
        #expect(outcome(#"{"Message":{}}"#) == "MALFORMED")
        #expect(outcome(#"{"eventType":7}"#) == "MALFORMED")
        #expect(outcome("{}") == "MALFORMED")
        #expect(outcome("7") == "MALFORMED")
        #expect(outcome(#"{"eventType":"prison-offender-events.prisoner.released"}"#) == "FIELD_INVALID")
    }
}
