import EventContracts
import HandoverRules

/// Records of the inbound topics, and lines for `throughgate publish`.
enum EventTargets {
    static let all = [
        FuzzTarget("event-binary") { bytes in
            let input = HeadedBody(bytes)
            return breach(record(input.headers.map { RecordHeader($0.name, $0.value) }, input.body))
        },
        FuzzTarget("event-structured") {
            breach(record([RecordHeader("content-type", "application/cloudevents+json")], $0))
        },
        // HMPPS domain events, bare and inside a notification of SNS.
        FuzzTarget("hmpps") { breach(record([], $0)) },
        FuzzTarget("publish-line") { bytes in
            let lines = PublishedLines(topics: topics)
            let line = lines.read(bytes, number: 1, clock: .events)
            guard lines.read(bytes, number: 1, clock: .events) == line else { return "read in two ways" }
            switch line.outcome {
            case .problem(let rejection): return Marker.breach(inDetail: rejection.detail)
            case .record(let out): return out.value.flatMap { $0.isEmpty ? "published nothing" : nil }
            case .blank: return nil
            }
        },
        FuzzTarget("json") { bytes in
            let first = jsonOutcome(bytes)
            return first == jsonOutcome(bytes) ? nil : "read in two ways"
        },
    ]

    private static let topics = Topics()

    static func record(_ headers: [RecordHeader], _ value: [UInt8]) -> InboundRecord {
        InboundRecord(
            topic: topics.releaseNotifications, partition: 0, offset: 7, timestampMilliseconds: 1_900_000_000_000,
            key: nil, value: value, headers: headers)
    }

    /// Total, the same twice, silent about values; and what was understood is understood again once it is written.
    static func breach(_ record: InboundRecord) -> String? {
        let decoder = EventDecoder(topics: topics)
        let first = decoder.decode(record, clock: .events)
        guard decoder.decode(record, clock: .events) == first else { return "decoded in two ways" }
        switch first {
        case .rejected(let rejection): return Marker.breach(inDetail: rejection.detail)
        case .event(let decoded): return decoded.identityIsDerived ? nil : rewritten(decoded, decoder)
        }
    }

    private static func rewritten(_ decoded: DecodedEvent, _ decoder: EventDecoder) -> String? {
        guard let out = try? EventEncoder(topics: topics).record(of: decoded.event, to: decoded.address) else {
            return "what was understood cannot be written"
        }
        let record = InboundRecord(
            topic: out.topic, partition: 0, offset: 8, timestampMilliseconds: 0, key: out.key, value: out.value,
            headers: out.headers)
        guard case .event(let again) = decoder.decode(record, clock: .events) else {
            return "what was written is not understood"
        }
        guard again.event == decoded.event else { return "what was written is another event" }
        return again.contentDigest == decoded.contentDigest ? nil : "what was written has another digest"
    }

    /// Every value is looked at, so that each index of the document is followed.
    private static func jsonOutcome(_ bytes: [UInt8]) -> String {
        do throws(JSONProblem) {
            return "\(visited(try JSONReader.read(bytes).root))"
        } catch {
            return error.words
        }
    }

    private static func visited(_ value: JSONValue) -> Int {
        switch value.content {
        case .array(let elements): elements.reduce(1) { $0 &+ visited($1) }
        case .string(let text): text.utf8.count
        case .int(let number): Int(truncatingIfNeeded: number)
        default: value["id"] == nil ? 1 : 2
        }
    }
}
