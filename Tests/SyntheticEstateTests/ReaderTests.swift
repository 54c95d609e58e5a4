import EventContracts
import HandoverRules
import SyntheticEstate
import Testing

@Suite("rules: the reader meets the estate as it was meant")
struct ReaderTests {
    private let topics = Topics()

    /// The emission as it would lie on its topic.
    private func record(_ emission: Emission, at offset: Int) throws -> InboundRecord {
        let topic = topics.inbound(emission.topicOf)
        func inbound(_ key: [UInt8]?, _ value: [UInt8]?, _ headers: [RecordHeader]) -> InboundRecord {
            InboundRecord(
                topic: topic, partition: 0, offset: Int64(offset), timestampMilliseconds: emission.at.milliseconds,
                key: key, value: value, headers: headers)
        }
        switch emission.shape {
        case .cloudEvent(let event), .cloudEventWithoutKey(let event):
            let out = try EventEncoder(topics: topics).record(of: event)
            return inbound(out.key, out.value, out.headers)
        case .hmpps(let written, _), .malformed(let written, _):
            return inbound(
                written.key.map { Array($0.utf8) }, written.value,
                written.headers.map { RecordHeader($0.name, $0.value) })
        }
    }

    @Test("every record is taken or refused as its fate says, for the reason it says", arguments: [1, 7, 20_260_604])
    func fates(seed: UInt64) throws {
        let decoder = EventDecoder(topics: topics)
        for (offset, emission) in Estate.demo(seed: seed).emissions.enumerated() {
            let decoded = decoder.decode(try record(emission, at: offset), clock: .events)
            switch (decoded, emission.fate) {
            case (.event(let event), .accepted), (.event(let event), .repeats), (.event(let event), .resends),
                (.event(let event), .rejected(.idConflict)):
                #expect(sameMeaning(event.event, emission.event), "seed \(seed) \(emission.topicOf)")
            case (.rejected(let rejection), .rejected(let reason)):
                #expect(rejection.reason.rawValue == reason.rawValue, "seed \(seed) \(rejection.detail)")
            default:
                Issue.record("seed \(seed): \(emission.fate) of \(emission.topicOf) ended as \(decoded)")
            }
        }
    }

    @Test("a contradiction has another content digest, a repeat the same identity", arguments: [1, 7, 20_260_604])
    func identities(seed: UInt64) throws {
        let decoder = EventDecoder(topics: topics)
        var first: [String: DecodedEvent] = [:]
        for (offset, emission) in Estate.demo(seed: seed).emissions.enumerated() {
            guard case .event(let event) = decoder.decode(try record(emission, at: offset), clock: .events)
            else { continue }
            let id = event.event.id.uuidString
            switch emission.fate {
            case .accepted, .resends:
                #expect(first[id] == nil, "seed \(seed)")
                first[id] = event
            case .repeats: #expect(first[id]?.contentDigest == event.contentDigest, "seed \(seed)")
            case .rejected:
                let original = try #require(first[id])
                #expect(original.contentDigest != event.contentDigest, "seed \(seed)")
            }
        }
    }

    /// Equal but for what the wire does not carry: HMPPS events have a derived id and fewer fields.
    private func sameMeaning(_ read: Event, _ meant: Event?) -> Bool {
        guard let meant else { return false }
        return read.subject == meant.subject && read.occurredAt == meant.occurredAt
            && read.publishedAt == meant.publishedAt && read.payload == meant.payload
            && read.sourcePrison == meant.sourcePrison && read.sequence == meant.sequence
            && (meant.sourcePrison == nil || read.id == meant.id)
    }
}
