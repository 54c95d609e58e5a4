import EventContracts
import Foundation
import HandoverRules
import Testing

@Suite("rules: a record becomes an event or a rejection")
struct EventDecoderTests {
    @Test("a binary-mode CloudEvent is taken")
    func binary() throws {
        let event = try #require(decode(sampleRecord()).event)
        #expect(event.id == UUID(uuidString: sampleID))
        #expect(event.subject == NomsNumber("Z1234BC"))
        #expect(event.system == "nomis-feed" && event.sourcePrison == PrisonID("MDI"))
        #expect(RFC3339.utc(event.occurredAt) == "2026-06-05T08:15:00Z")
        guard case .releaseActual(let release) = event.payload else {
            Issue.record("not a release")
            return
        }
        #expect(release.place == .prison && release.plan == nil)
    }

    @Test("a structured-mode CloudEvent says the same as the binary one")
    func structuredMode() throws {
        let ours = try #require(decode(structured()).decoded)
        #expect(ours == decode(sampleRecord()).decoded)
        #expect(decode(structured(["sequence": "17"])).event?.sequence == 17)
        #expect(decode(structured(["sequence": "\"17\""])).event?.sequence == 17)
    }

    static let spoiled: [(InboundRecord, String, String)] = {
        let good = sampleRecord()
        return [
            (good.valued(nil), "MALFORMED", "value"),
            (good.valued([]), "MALFORMED", "value"),
            (good.valued("{\"a\""), "MALFORMED", "value: byte 4"),
            (good.valued("[]"), "MALFORMED", "data"),
            (good.valued(Array(repeating: 32, count: 1 << 20) + [123, 125]), "TOO_LARGE", "value"),
            (good.setting("content-type", "text/plain"), "MALFORMED", "content-type"),
            (good.setting("content-type", "application/cloudevents-batch+json"), "MALFORMED", "content-type"),
            (good.setting("content-type", "application/cloudevents+avro"), "MALFORMED", "content-type"),
            (good.setting("ce_specversion", nil), "MALFORMED", "specversion"),
            (good.setting("ce_specversion", "0.3"), "MALFORMED", "specversion"),
            (good.setting("ce_type", nil), "FIELD_INVALID", "type"),
            (good.setting("ce_type", "throughgate.record.forgotten.v1"), "UNKNOWN_TYPE", "type"),
            (good.setting("ce_type", "release.actual"), "UNKNOWN_TYPE", "type"),
            (good.setting("ce_type", "throughgate.release.actual.v"), "UNKNOWN_TYPE", "type"),
            (good.setting("ce_type", "throughgate.release.actual.v2"), "UNKNOWN_VERSION", "type"),
            (good.setting("ce_type", "throughgate.release.actual.v10"), "UNKNOWN_VERSION", "type"),
            (good.setting("ce_id", nil), "FIELD_INVALID", "id"),
            (good.setting("ce_id", "e-1"), "FIELD_INVALID", "id"),
            (good.setting("ce_id", "{3f0e8a52-6d0b-4c7e-9f11-0d5c2b7a9e1}"), "FIELD_INVALID", "id"),
            (good.setting("ce_subject", nil), "FIELD_INVALID", "subject"),
            (good.setting("ce_subject", "A12345B"), "FIELD_INVALID", "subject"),
            (good.setting("ce_subject", "Z1234ß"), "FIELD_INVALID", "subject"),
            (good.setting("ce_subject", "Z1234ſA"), "FIELD_INVALID", "subject"),
            (good.setting("ce_sequence", "+5"), "FIELD_INVALID", "sequence"),
            (structured(["sequence": "9223372036854775808"]), "FIELD_INVALID", "sequence"),
            (structured(["sequence": "1.5"]), "FIELD_INVALID", "sequence"),
            (good.setting("ce_time", "0000-06-05T09:15:00Z"), "FIELD_INVALID", "time"),
            (good.setting("ce_source", nil), "FIELD_INVALID", "source"),
            (good.setting("ce_source", "nomis-feed"), "FIELD_INVALID", "source"),
            (good.setting("ce_source", "/prisons/MDI"), "FIELD_INVALID", "source"),
            (good.setting("ce_source", "/prisons/mdi/feed"), "FIELD_INVALID", "source"),
            (good.setting("ce_source", "/prisons/MDI//feed"), "FIELD_INVALID", "source"),
            (good.setting("ce_source", "/"), "FIELD_INVALID", "source"),
            (good.setting("ce_source", "//"), "FIELD_INVALID", "source"),
            (good.setting("ce_time", nil), "FIELD_INVALID", "time"),
            (good.setting("ce_time", "yesterday"), "FIELD_INVALID", "time"),
            (good.setting("ce_time", "2026-06-05T09:15:00"), "TIME_NAIVE", "time"),
            (good.setting("ce_recordedtime", nil), "FIELD_INVALID", "recordedtime"),
            (good.setting("ce_recordedtime", "2026-06-05T09:15:00"), "TIME_NAIVE", "recordedtime"),
            (good.setting("ce_sequence", "one"), "FIELD_INVALID", "sequence"),
            (good.setting("ce_correctionof", sampleID), "FIELD_INVALID", "correctionkind"),
            (good.setting("ce_correctionkind", "VOID"), "FIELD_INVALID", "correctionof"),
            (
                good.setting("ce_correctionof", sampleID).setting("ce_correctionkind", "VOID"), "FIELD_INVALID",
                "correctionof"
            ),
            (
                good.setting("ce_correctionof", "e-1").setting("ce_correctionkind", "VOID"), "FIELD_INVALID",
                "correctionof"
            ),
            (
                good.setting("ce_correctionof", otherID).setting("ce_correctionkind", "UNDO"), "UNKNOWN_CODE",
                "correctionkind"
            ),
            (good.valued(#"{"prisonId":"MDI"}"#), "FIELD_INVALID", "data.releasedAt"),
            (good.valued(releaseData.replacing("+01:00", with: "")), "TIME_NAIVE", "data.releasedAt"),
            (good.valued(releaseData.replacing("PRISON\"", with: "MOON\"")), "UNKNOWN_CODE", "data.place"),
            (good.valued(releaseData.replacing("MDI", with: "mdi")), "FIELD_INVALID", "data.prisonId"),
            (good.valued(releaseData.replacing("MDI", with: "LEI")), "NOT_ENTITLED", "data.prisonId"),
            (good.setting("ce_source", "/providers/prov-leeds/cms"), "NOT_ENTITLED", "data.prisonId"),
            (good.setting("ce_source", "/hub/console"), "NOT_ENTITLED", "data.prisonId"),
            (
                good.valued(#"{"bookingId":-1,"# + releaseData.dropFirst()), "FIELD_INVALID", "data.bookingId"
            ),
            (good.valued(#"{"recordedBy":"Sam E","# + releaseData.dropFirst()), "FIELD_INVALID", "data.recordedBy"),
            (
                good.valued(#"{"address":{"postcode":"LS9","status":"OWN"},"# + releaseData.dropFirst()),
                "FIELD_INVALID", "data.address.postcode"
            ),
            (good.valued(#"{"address":[],"# + releaseData.dropFirst()), "FIELD_INVALID", "data.address"),
            (structured(["data_base64": "\"e30=\""]), "MALFORMED", "data_base64"),
            (structured(data: nil), "MALFORMED", "data"),
            (structured(data: "\"text\""), "MALFORMED", "data"),
            (structured(["datacontenttype": "\"text/xml\""]), "MALFORMED", "datacontenttype"),
            (structured(["subject": "7"]), "FIELD_INVALID", "subject"),
            (structured(["recordedtime": nil]), "FIELD_INVALID", "recordedtime"),
            (structured().valued("[]"), "MALFORMED", "value"),
        ]
    }()

    @Test("each broken rule has its code and names its field", arguments: spoiled.indices)
    func rejected(index: Int) throws {
        let (record, reason, field) = Self.spoiled[index]
        let rejection = try #require(decode(record).rejection, "case \(index) was taken")
        #expect(rejection.reason.rawValue == reason, "case \(index): \(rejection.detail)")
        #expect(rejection.detail.hasPrefix(field + ":") || rejection.detail.hasPrefix(field), "\(rejection.detail)")
    }

    @Test("a repeated attribute header is refused")
    func repeated() {
        var record = sampleRecord()
        record.headers.append(RecordHeader("ce_subject", "Z9999XY"))
        #expect(decode(record).rejection == Rejection(.malformed, "subject: must not be repeated"))
    }

    @Test("the key does not count, the subject does; null is a key like any other")
    func keys() {
        var record = sampleRecord()
        record.key = nil
        #expect(decode(record).event?.subject == NomsNumber("Z1234BC"))
        record.key = Array("Z9999XY".utf8)
        #expect(decode(record).event?.subject == NomsNumber("Z1234BC"))
    }

    @Test("a value of exactly 1 MiB is taken")
    func largest() {
        let padding = String(repeating: " ", count: (1 << 20) - releaseData.utf8.count)
        #expect(decode(sampleRecord().valued(releaseData + padding)).event != nil)
    }

    @Test("an event without a prison passes from a provider; unknown fields are counted, null is absent")
    func lenient() {
        let lost = #"{"kitId":"k-1","lostPlace":"UNKNOWN","reportedBy":null,"x":1,"y":{"z":2}}"#
        let record = sampleRecord("thn.kit.lost", lost).setting("ce_source", "/providers/prov-leeds/cms")
        #expect(decode(record).decoded?.unknownFields == 2)
        #expect(decode(record).event?.system == "providers/prov-leeds/cms")
        let foreign = lost.replacing("\"x\":1", with: "\"prisonId\":\"LEI\"")
        #expect(decode(record.valued(foreign)).outcome == "NOT_ENTITLED")
    }

    @Test("an unknown code is OTHER where the list has one, else it is refused")
    func codes() {
        let returned = #"{"kitId":"k-1","reason":"EATEN"}"#
        guard case .kitReturned(let kit)? = decode(sampleRecord("thn.kit.returned", returned)).event?.payload else {
            Issue.record("refused")
            return
        }
        #expect(kit.reason == .other)
        let lost = #"{"kitId":"k-1","lostPlace":"MOON"}"#
        #expect(decode(sampleRecord("thn.kit.lost", lost)).outcome == "UNKNOWN_CODE")
    }

    @Test("bookingId is taken as a number and as a string", arguments: ["1221642", "\"1221642\"", "1221642.0"])
    func booking(_ text: String) {
        let data = "{\"bookingId\":\(text)," + releaseData.dropFirst()
        #expect(decode(sampleRecord().valued(data)).event?.booking == BookingID(unchecked: 1_221_642))
    }

    @Test("a timer is taken on the timers topic only")
    func timers() throws {
        let timer = Timer(kind: .releaseHold, cause: UUID(), dueAt: Instant(milliseconds: 1_780_000_000_000))
        let out = EventEncoder(topics: topics).record(of: timer, subject: NomsNumber("Z1234BC")!)
        var record = inbound(out)
        #expect(decode(record).event?.occurredAt == timer.dueAt)
        #expect(decode(record).event?.id == DerivedID.timer(NomsNumber("Z1234BC")!, timer))
        record.topic = topics.kitEvents
        #expect(decode(record).outcome == "UNKNOWN_TYPE")
        record.topic = topics.timers
        #expect(EventDecoder(topics: Topics(prefix: "x.")).decode(record, clock: .events).outcome == "UNKNOWN_TYPE")
    }

    @Test("any other event is taken by its type, whatever the topic")
    func topicDoesNotCount() {
        var record = sampleRecord()
        record.topic = topics.timers
        #expect(decode(record).event != nil)
    }
}
