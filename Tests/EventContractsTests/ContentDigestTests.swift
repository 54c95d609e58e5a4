import EventContracts
import Foundation
import HandoverRules
import Testing

@Suite("rules: the content of an event")
struct ContentDigestTests {
    private func digest(_ record: InboundRecord) -> ContentDigest? { decode(record).decoded?.contentDigest }

    @Test("recordedtime, sequence, traceparent, unknown fields, layout and the written form do not count")
    func same() {
        let one = digest(sampleRecord())
        #expect(one != nil && one?.bytes.count == 32)
        #expect(digest(sampleRecord().setting("ce_recordedtime", "2026-06-05T11:15:00Z")) == one)
        #expect(digest(sampleRecord().setting("ce_sequence", "8")) == one)
        #expect(digest(sampleRecord().setting("ce_traceparent", "00-0af7-b7-01")) == one)
        #expect(digest(sampleRecord().setting("ce_time", "2026-06-05T08:15:00.000Z")) == one)
        #expect(digest(sampleRecord().setting("ce_subject", " z1234bc ")) == one)
        #expect(digest(sampleRecord().setting("ce_id", sampleID.uppercased())) == one)
        #expect(digest(structured()) == one)
        let other = #"{ "x": [1], "place": "PRISON", "prisonId":"\u004dDI", "releasedAt":"2026-06-05T08:15:00Z" }"#
        #expect(digest(sampleRecord().valued(other)) == one)
    }

    @Test("the order of a set does not count")
    func sets() {
        func assessed(_ criteria: String) -> ContentDigest? {
            let data = #"{"assessmentId":"a","outcome":"ELIGIBLE","onOst":true,"criteria":["# + criteria + "]}"
            return digest(sampleRecord("thn.eligibility.assessed", data))
        }
        #expect(assessed(#""E1","E3""#) == assessed(#""E3","E1","E3""#))
        #expect(assessed(#""E1","E3""#) != assessed(#""E1""#))
    }

    @Test("type, subject, occurredAt and every known field count")
    func different() {
        let release = releaseData.dropFirst()
        let records = [
            sampleRecord(),
            sampleRecord().setting("ce_subject", "Z1234BD"),
            sampleRecord().setting("ce_time", "2026-06-05T09:15:01+01:00"),
            sampleRecord().valued(releaseData.replacing("09:15", with: "09:16")),
            sampleRecord().valued(#"{"bookingId":7,"# + release),
            sampleRecord().valued(#"{"recordedBy":"NURSE/7f2","# + release),
            sampleRecord().valued(#"{"planId":"p-1","# + release),
            sampleRecord().valued(#"{"planId":"MDI","# + release),
            sampleRecord().valued(#"{"address":{"status":"OWN"},"# + release),
            sampleRecord("thn.kit.lost", #"{"kitId":"k-1","lostPlace":"UNKNOWN"}"#),
            sampleRecord("thn.kit.returned", #"{"kitId":"k-1","reason":"OTHER"}"#),
        ]
        #expect(Set(records.compactMap(digest)).count == records.count)
    }
}
