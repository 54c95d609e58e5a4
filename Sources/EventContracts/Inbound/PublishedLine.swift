import HandoverRules

/// One line of a file for `throughgate publish`: a CloudEvent in its JSON format, or an HMPPS domain event as it is
/// (bare or SNS-wrapped). Lines are judged by the same decoder as records.
public struct PublishedLine: Sendable, Hashable {
    /// From 1.
    public let number: Int
    public let outcome: Outcome

    public enum Outcome: Sendable, Hashable {
        /// Ready to publish, on the topic of its type, keyed by its subject; the value is the line as it came.
        case record(OutboundRecord)
        /// Field and rule, never the value.
        case problem(Rejection)
        /// Nothing but blanks.
        case blank
    }
}

/// Reads JSON lines.
public struct PublishedLines: Sendable {
    private let topics: Topics
    private let decoder: EventDecoder

    public init(topics: Topics) {
        self.topics = topics
        decoder = EventDecoder(topics: topics)
    }

    /// Judges one line, without its line feed (a carriage return before it is taken off).
    /// - Parameter clock: what the hub would receive it by; decides FUTURE_DATED alone.
    public func read(_ line: [UInt8], number: Int, clock: ReceiptClock) -> PublishedLine {
        let value = PublishedLines.trimmed(line)
        if value.isEmpty { return PublishedLine(number: number, outcome: .blank) }
        let isCloudEvent = (try? JSONReader.read(value))?.member("specversion", of: 0) != nil
        let type = isCloudEvent ? "application/cloudevents+json" : "application/json"
        let headers = [RecordHeader("content-type", type)]
        let record = InboundRecord(
            topic: "", partition: 0, offset: 0, timestampMilliseconds: 0, key: nil, value: value, headers: headers)
        switch decoder.decode(record, clock: clock) {
        case .rejected(let rejection):
            return PublishedLine(number: number, outcome: .problem(rejection))
        case .event(let decoded):
            let out = OutboundRecord(
                topic: topics.inbound(decoded), key: Array(decoded.address.text.utf8), value: value,
                headers: headers)
            return PublishedLine(number: number, outcome: .record(out))
        }
    }

    private static func trimmed(_ line: [UInt8]) -> [UInt8] {
        func isBlank(_ byte: UInt8) -> Bool { byte == 32 || byte == 9 || byte == 13 || byte == 10 }
        guard let first = line.firstIndex(where: { !isBlank($0) }), let last = line.lastIndex(where: { !isBlank($0) })
        else { return [] }
        return Array(line[first...last])
    }
}
