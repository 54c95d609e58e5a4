import FoundationEssentials
import HandoverRules
import SyntheticEstate
import Testing

private let seeds: [UInt64] = [1, 7, 20_260_604]

@Suite("rules: what goes wrong on the way")
struct DisturbanceTests {
    @Test("every kind of malformed record and every rejection that a publisher can cause occurs", arguments: seeds)
    func everyKindOccurs(seed: UInt64) {
        let emissions = Estate.demo(seed: seed).emissions
        var kinds: Set<MalformedKind> = [], reasons: Set<RejectionKind> = []
        for emission in emissions {
            if case .malformed(_, let kind) = emission.shape { kinds.insert(kind) }
            if case .rejected(let reason) = emission.fate { reasons.insert(reason) }
        }
        #expect(kinds == Set(MalformedKind.allCases), "seed \(seed)")
        #expect(reasons == Set(RejectionKind.allCases), "seed \(seed)")
    }

    @Test("malformed bytes are never said to be accepted, and say their own reason", arguments: seeds)
    func malformedIsRejected(seed: UInt64) {
        for emission in Estate.demo(seed: seed).emissions {
            if case .malformed(_, let kind) = emission.shape { #expect(emission.fate == .rejected(kind.reason)) }
        }
    }

    @Test("the too-large record is over one MiB and under the topic's four")
    func tooLarge() throws {
        let sizes = Estate.demo(seed: 1).emissions.compactMap { emission -> Int? in
            guard case .malformed(let record, .tooLarge) = emission.shape else { return nil }
            return record.value?.count
        }
        #expect(sizes == [2 << 20])
    }

    @Test("repeats carry the same id or identity, re-sends a new id and the same fact", arguments: seeds)
    func repeatsAndResends(seed: UInt64) throws {
        let emissions = Estate.demo(seed: seed).emissions
        let accepted = emissions.filter { $0.fate == .accepted }.compactMap(\.event)
        let byID = Dictionary(uniqueKeysWithValues: accepted.map { ($0.id, $0) })
        let repeats = emissions.filter { $0.fate == .repeats }, resends = emissions.filter { $0.fate == .resends }
        #expect(repeats.count >= 2 && resends.count >= 2)
        for event in repeats.compactMap(\.event) { #expect(byID[event.id]?.payload == event.payload) }
        for event in resends.compactMap(\.event) {
            #expect(byID[event.id] == nil)
            #expect(accepted.contains { sameFact($0, event) && $0.publishedAt < event.publishedAt }, "seed \(seed)")
        }
    }

    @Test("a contradiction takes the id of an earlier keyed event and says something else", arguments: seeds)
    func idConflicts(seed: UInt64) throws {
        let emissions = Estate.demo(seed: seed).emissions
        for (place, emission) in emissions.enumerated() where emission.fate == .rejected(.idConflict) {
            let conflict = try #require(emission.event)
            let original = try #require(
                emissions.firstIndex { $0.fate == .accepted && $0.event?.id == conflict.id })
            #expect(original < place)
            #expect(emissions[original].event?.payload != conflict.payload)
            guard case .cloudEvent = emissions[original].shape else {
                Issue.record("the original must keep its key, seed \(seed)")
                continue
            }
        }
    }

    @Test("some accepted events come without a key", arguments: seeds)
    func withoutKey(seed: UInt64) {
        let keyless = Estate.demo(seed: seed).emissions.filter {
            if case .cloudEventWithoutKey = $0.shape { true } else { false }
        }
        #expect(!keyless.isEmpty)
        #expect(keyless.allSatisfy { $0.fate != .rejected(.malformed) })
    }

    @Test("HMPPS events are JSON with their subject, wrapped or bare, and nobody real is named", arguments: seeds)
    func hmppsBytes(seed: UInt64) throws {
        var wrapped = 0, bare = 0
        for emission in Estate.demo(seed: seed).emissions {
            guard case .hmpps(let record, let event) = emission.shape else { continue }
            let text = String(decoding: try #require(record.value), as: UTF8.self)
            #expect(record.key == event.subject.text && text.contains(event.subject.text))
            #expect(text.first == "{" && text.last == "}")
            if text.contains("\"Message\":\"{\\\"eventType") { wrapped += 1 } else { bare += 1 }
        }
        #expect(wrapped > 0 && bare > 0, "seed \(seed)")
    }

    private func sameFact(_ a: Event, _ b: Event) -> Bool {
        a.subject == b.subject && a.occurredAt == b.occurredAt && a.payload == b.payload
    }
}
