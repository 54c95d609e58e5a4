import EventContracts
import Foundation
import HandoverRules
import Testing

@Suite("rules: corrections")
struct CorrectionTests {
    private let of = UUID(uuidString: otherID)!

    private func corrected(_ rest: String, kind: String = "AMEND") -> InboundRecord {
        sampleRecord("record.corrected", #"{"correctionOf":"\#(otherID)","kind":"\#(kind)"\#(rest)}"#)
    }

    private func byAttributes(_ kind: String) -> InboundRecord {
        sampleRecord().setting("ce_correctionof", otherID).setting("ce_correctionkind", kind)
    }

    @Test("an event with correction attributes has its own content and time", arguments: CorrectionKind.allCases)
    func attributes(kind: CorrectionKind) throws {
        let event = try #require(decode(byAttributes(kind.rawValue)).event)
        #expect(event.correction == Correction(of: of, kind: kind, keepsTime: false))
        #expect(event.payload == decode(sampleRecord()).event?.payload)
        let upper = byAttributes(kind.rawValue).setting("ce_correctionof", otherID.uppercased())
        #expect(decode(upper).event?.correction?.of == of)
        let structured = structured(["correctionof": "\"\(otherID)\"", "correctionkind": "\"\(kind.rawValue)\""])
        #expect(decode(structured).event == event)
    }

    @Test("record.corrected VOID has nothing but the reason")
    func void() throws {
        let event = try #require(decode(corrected(#","reason":"entered on wrong person""#, kind: "VOID")).event)
        #expect(event.correction == Correction(of: of, kind: .void, keepsTime: false))
        guard case .recordCorrected(let void) = event.payload else {
            Issue.record("no void")
            return
        }
        #expect(void.reason?.text == "entered on wrong person")
        #expect(decode(corrected("", kind: "VOID")).event != nil)
        #expect(decode(corrected(#","replacement":null"#, kind: "VOID")).event != nil)
    }

    @Test("record.corrected AMEND is the replacement, at the time of the event that it corrects")
    func amend() throws {
        let record = corrected(#","correctedType":"release.actual","replacement":\#(releaseData)"#)
        let decoded = try #require(decode(record).decoded)
        #expect(decoded.event.payload == decode(sampleRecord()).event?.payload)
        #expect(decoded.event.correction == Correction(of: of, kind: .amend, keepsTime: true))
        #expect(decoded.correctedType == .releaseActual && decoded.unknownFields == 0)
        // Its own type is not needed where the fields tell.
        let inferred = try #require(decode(corrected(#","replacement":\#(releaseData)"#)).decoded)
        #expect(inferred.event == decoded.event && inferred.contentDigest == decoded.contentDigest)
        #expect(inferred.correctedType == nil)
    }

    @Test("unknown fields of a replacement are counted where its type is named, and name no type where it is not")
    func unknownFields() {
        let extra = releaseData.replacing("{", with: #"{"x":1,"#)
        let named = corrected(#","y":2,"correctedType":"release.actual","replacement":\#(extra)"#)
        #expect(decode(named).decoded?.unknownFields == 2)
        #expect(decode(corrected(#","replacement":\#(extra)"#)).outcome == "FIELD_INVALID")
    }

    @Test("every type that can be corrected is known by its fields alone, or is asked for")
    func inference() throws {
        var generator = SeededGenerator(seed: 77)
        var known = 0
        let own: Set<EventType> = [.timerFired, .referenceChanged, .recordCorrected]
        for type in EventType.allCases where !own.contains(type) {
            for _ in 0..<10 {
                var event = generator.event(type, subject: NomsNumber("Z1234BC")!)
                event.correction = Correction(of: of, kind: .amend, keepsTime: true)
                var record = inbound(try EventEncoder(topics: topics).record(of: event))
                let tree = try JSONTree(reading: record.value!).setting("correctedType", nil)
                record.value = tree.bytes
                let found = decode(record)
                if let decoded = found.decoded {
                    known += 1
                    #expect(decoded.event == event, "seed 77 \(type)")
                } else {
                    #expect(found.rejection?.detail.contains("correctedType") == true, "seed 77 \(type)")
                }
            }
        }
        #expect(known > 100)
    }

    static let refused: [(String, String, String, String)] = [
        ("", "AMEND", "FIELD_INVALID", "data.replacement: is required"),
        (#","replacement":null"#, "AMEND", "FIELD_INVALID", "data.replacement: is required"),
        (#","replacement":[]"#, "AMEND", "FIELD_INVALID", "data.replacement: must be an object"),
        (#","replacement":{}"#, "VOID", "FIELD_INVALID", "data.replacement: may only be given with AMEND"),
        (#","replacement":{}"#, "AMEND", "FIELD_INVALID", "data.replacement: must have the fields of one"),
        (#","replacement":{"planId":"p","planVersion":2}"#, "AMEND", "FIELD_INVALID", "data.replacement: must have"),
        ("", "UNDO", "UNKNOWN_CODE", "data.kind"),
        (#","correctedType":"release.forgotten","replacement":{}"#, "AMEND", "UNKNOWN_TYPE", "data.correctedType"),
        (#","correctedType":"hub.timer.fired","replacement":{}"#, "AMEND", "FIELD_INVALID", "data.correctedType"),
        (#","correctedType":"hub.timer.fired""#, "VOID", "FIELD_INVALID", "data.correctedType"),
        (#","correctedType":"record.corrected","replacement":{}"#, "AMEND", "FIELD_INVALID", "data.correctedType"),
        (#","correctedType":"reference.changed","replacement":{"what":"ROUTE"}"#, "AMEND", "FIELD_INVALID", "data.c"),
        (#","replacement":{"what":"ROUTE"}"#, "AMEND", "FIELD_INVALID", "data.replacement"),
        (#","correctedType":"release.actual","replacement":{}"#, "AMEND", "FIELD_INVALID", "data.replacement.released"),
        (
            #","correctedType":"release.actual","replacement":\#(releaseData.replacing("MDI", with: "LEI"))"#, "AMEND",
            "NOT_ENTITLED", "data.replacement.prisonId"
        ),
        (
            #","correctedType":"release.actual","replacement":\#(releaseData.replacing("+01:00", with: ""))"#, "AMEND",
            "TIME_NAIVE", "data.replacement.releasedAt"
        ),
        (#","reason":"""#, "VOID", "FIELD_INVALID", "data.reason"),
    ]

    @Test("what can't be a correction has its code and names its field", arguments: refused.indices)
    func rejected(index: Int) throws {
        let (rest, kind, reason, detail) = Self.refused[index]
        let rejection = try #require(decode(corrected(rest, kind: kind)).rejection, "case \(index) was taken")
        #expect(rejection.reason.rawValue == reason && rejection.detail.hasPrefix(detail), "\(rejection)")
    }

    @Test("attributes and data of a record.corrected agree; neither corrects itself")
    func agreement() {
        let void = corrected("", kind: "VOID")
        let same = void.setting("ce_correctionof", otherID).setting("ce_correctionkind", "VOID")
        #expect(decode(same).event == decode(void).event)
        #expect(decode(same.setting("ce_correctionkind", "AMEND")).outcome == "FIELD_INVALID")
        #expect(decode(same.setting("ce_correctionof", sampleID)).outcome == "FIELD_INVALID")
        #expect(decode(void.setting("ce_id", otherID)).outcome == "FIELD_INVALID")
    }

    @Test("the hub's timers can't be corrected, nor correct")
    func timers() {
        let timer = Timer(kind: .releaseHold, cause: UUID(), dueAt: Instant(milliseconds: 1_780_000_000_000))
        var record = inbound(EventEncoder(topics: topics).record(of: timer, subject: NomsNumber("Z1234BC")!))
        #expect(decode(record).event != nil)
        record.set("ce_correctionof", otherID)
        record.set("ce_correctionkind", "VOID")
        #expect(decode(record).outcome == "FIELD_INVALID")
    }

    @Test("what is corrected, how, why and by what all count in the digest")
    func digest() {
        let records = [
            sampleRecord(), byAttributes("VOID"), byAttributes("AMEND"),
            byAttributes("VOID").setting("ce_correctionof", sampleID.replacing("3", with: "4")),
            corrected("", kind: "VOID"), corrected(#","reason":"typing""#, kind: "VOID"),
            corrected(#","replacement":\#(releaseData)"#),
            corrected(#","reason":"typing","replacement":\#(releaseData)"#),
            corrected(#","replacement":\#(releaseData.replacing("09:15", with: "09:16"))"#),
        ]
        let digests = records.compactMap { decode($0).decoded?.contentDigest }
        #expect(digests.count == records.count && Set(digests).count == records.count)
    }

    @Test("bookingId of a replacement counts before that of the correction")
    func booking() {
        func booking(_ rest: String) -> Int64? { decode(corrected(rest)).event?.booking?.value }
        let inner = releaseData.replacing("{", with: #"{"bookingId":7,"#)
        #expect(booking(#","bookingId":8,"replacement":\#(inner)"#) == 7)
        #expect(booking(#","bookingId":8,"replacement":\#(releaseData)"#) == 8)
    }

    @Test("a line to publish goes where the event that it corrects went")
    func topicOf() throws {
        func topic(_ data: String, subject: String = "Z1234BC") throws -> String {
            var line = structured(
                ["subject": "\"\(subject)\"", "type": #""throughgate.record.corrected.v1""#], data: data)
            line.topic = ""
            let read = PublishedLines(topics: topics).read(line.value!, number: 1, clock: .events)
            guard case .record(let out) = read.outcome else { throw NotTaken(outcome: read.outcome) }
            #expect(out.key == Array(subject.utf8))
            return out.topic
        }
        let head = #"{"correctionOf":"\#(otherID)","kind":"#
        #expect(try topic(head + #""AMEND","replacement":\#(releaseData)}"#) == topics.releaseNotifications)
        #expect(try topic(head + #""VOID","correctedType":"thn.kit.lost"}"#) == topics.kitEvents)
        #expect(try topic(head + #""VOID"}"#) == topics.careRecords)
        #expect(try topic(head + #""VOID"}"#, subject: otherID) == topics.communityResponses)
    }

    private struct NotTaken: Error { let outcome: PublishedLine.Outcome }
}
