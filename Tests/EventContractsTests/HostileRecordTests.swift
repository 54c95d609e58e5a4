import EventContracts
import Foundation
import HandoverRules
import Testing

@Suite("rules: hostile records")
struct HostileRecordTests {
    private static let seed: UInt64 = 4_242

    private static let canaries = ["CanaryName", "Z9876QX", "ZZ1 9ZZ", "canary-label"]

    @Test("no bytes bring the decoder down, and none are remembered in a detail")
    func fuzz() {
        var generator = SeededGenerator(seed: Self.seed)
        var rejected = 0, taken = 0
        for _ in 0..<30_000 {
            var record = base(&generator)
            mutate(&record, &generator)
            switch decode(record, clock: .system(now: Instant(milliseconds: 1_900_000_000_000))) {
            case .event: taken += 1
            case .rejected(let rejection):
                rejected += 1
                #expect(!rejection.detail.isEmpty && rejection.detail.utf8.count < 200, "seed \(Self.seed)")
                for canary in Self.canaries {
                    #expect(!rejection.detail.contains(canary), "seed \(Self.seed): \(rejection.detail)")
                }
            }
        }
        #expect(rejected > 10_000 && taken > 1_000, "seed \(Self.seed): \(rejected) rejected, \(taken) taken")
    }

    @Test("a detail never holds what stood in the field")
    func canary() throws {
        // Every place that can hold a text holds the canary, one at a time.
        let canary = "CanaryName"
        var details: [String] = []
        for sample in TypicalPerson.data {
            let good = sampleRecord(sample.type, sample.data, time: sample.time)
            for header in good.headers { details += detail(good.setting(header.name, canary)) }
            let names = try #require(JSONSerialization.jsonObject(with: Data(good.value!)) as? [String: Any]).keys
            for name in names {
                var object = try #require(
                    JSONSerialization.jsonObject(with: Data(good.value!)) as? [String: Any])
                for bad: Any in [canary, [canary], [canary: canary], "\(canary) 7FL"] {
                    object[name] = bad
                    let bytes = try JSONSerialization.data(withJSONObject: object)
                    details += detail(good.valued(Array(bytes)))
                }
            }
            for cut in stride(from: 1, to: good.value!.count, by: 7) {
                details += detail(good.valued(Array(good.value![..<cut]) + Array(canary.utf8)))
            }
        }
        #expect(details.count > 400)
        for detail in details { #expect(!detail.contains("Canary"), "\(detail)") }
    }

    @Test("a hostile MiB costs no more than its size", .timeLimit(.minutes(1)))
    func bounded() {
        let size = 1 << 20
        let wide = "{" + (0..<60_000).map { "\"m\($0)\":0" }.joined(separator: ",") + "}"
        let objects = "{\"a\":[" + Array(repeating: "{\"a\":1}", count: 100_000).joined(separator: ",") + "]}"
        let texts = [
            String(repeating: "[", count: size), wide, objects, "\"" + String(repeating: "\\u0041", count: 170_000),
            String(repeating: "9", count: size), "{\"subject\":\"" + String(repeating: "x", count: size - 20) + "\"}",
        ]
        for text in texts {
            var record = sampleRecord().valued(text)
            #expect(decode(record).rejection != nil)
            record.headers = []
            #expect(decode(record).rejection != nil)
            record.headers = [RecordHeader("content-type", "application/cloudevents+json")]
            #expect(decode(record).rejection != nil)
        }
        let long = String(repeating: "é", count: size)
        for header in sampleRecord().headers {
            #expect(decode(sampleRecord().setting(header.name, long)).rejection != nil)
        }
    }

    private func detail(_ record: InboundRecord) -> [String] {
        decode(record).rejection.map { [$0.detail] } ?? []
    }

    private func base(_ generator: inout SeededGenerator) -> InboundRecord {
        let sample = TypicalPerson.data.randomElement(using: &generator)!
        let data = sample.data.replacing("MDI-26-000123", with: "canary-label")
        switch Int.random(in: 0...3, using: &generator) {
        case 0: return structured(["subject": "\"Z9876QX\""])
        case 1:
            let event =
                #"{"eventType":"prison-offender-events.prisoner.released","occurredAt":"2026-10-14T15:09:54Z","#
                + #""description":"CanaryName","additionalInformation":{"nomsNumber":"Z9876QX","prisonId":"MDI","#
                + #""reason":"RELEASED"}}"#
            var record = sampleRecord().valued(event)
            record.headers = []
            return record
        default:
            return sampleRecord(sample.type, data, time: sample.time).setting("ce_subject", "Z9876QX")
        }
    }

    private func mutate(_ record: inout InboundRecord, _ generator: inout SeededGenerator) {
        if generator.oneIn(3), !record.headers.isEmpty {
            let at = record.headers.indices.randomElement(using: &generator)!
            var value = record.headers[at].value ?? []
            switch Int.random(in: 0...3, using: &generator) {
            case 0: record.headers.remove(at: at)
            case 1: record.headers[at].value = nil
            default:
                generator.mutate(&value)
                record.headers[at].value = value
            }
        } else if !generator.oneIn(8) {
            var value = record.value ?? []
            generator.mutate(&value)
            record.value = value
        }
        record.timestampMilliseconds = generator.oneIn(4) ? Int64.random(in: .min ... .max, using: &generator) : 0
    }
}
