import EventContracts
import HandoverRules
import Testing

@Suite("contracts: a caller's trace goes on to what its event causes")
struct TraceParentTests {
    private static let valid = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"

    @Test(
        "a traceparent of W3C Trace Context is one, of a later version as far as this one knows it",
        arguments: [valid, "01" + valid.dropFirst(2), "01" + valid.dropFirst(2) + "-more"])
    func taken(text: String) {
        #expect(TraceParent(text.utf8)?.text == Self.valid)
    }

    @Test(
        "anything else is none",
        arguments: [
            "", valid.uppercased(), String(valid.dropLast()), valid + "0", valid + "-00", "ff" + valid.dropFirst(2),
            "01" + valid.dropFirst(2) + "more", "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
            "004bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-",
        ])
    func passedOver(text: String) {
        #expect(TraceParent(text.utf8) == nil)
    }

    private static let other = "00-11111111111111111111111111111111-2222222222222222-00"

    private func trace(_ record: InboundRecord) throws -> String? {
        let decoded = EventDecoder(topics: topics).decode(record, clock: .events)
        guard case .event(let event) = decoded else {
            Issue.record("\(decoded)")
            return nil
        }
        return event.trace?.text
    }

    @Test("the CloudEvents attribute comes before a tracing library's own header, and what is no trace is passed over")
    func headers() throws {
        let plain = sampleRecord().setting("traceparent", Self.other)
        #expect(try trace(plain.setting("ce_traceparent", Self.valid)) == Self.valid)
        #expect(try trace(plain) == Self.other)
        #expect(try trace(plain.setting("ce_traceparent", "Z1234BC")) == Self.other)
        #expect(try trace(sampleRecord()) == nil)
        #expect(try trace(sampleRecord().setting("traceparent", "Z1234BC")) == nil)
    }

    @Test("in structured mode it is a member of the event; of another kind it is passed over")
    func structuredMode() throws {
        #expect(try trace(structured(["traceparent": "\"\(Self.valid)\""])) == Self.valid)
        #expect(try trace(structured(["traceparent": "7"])) == nil)
        #expect(try trace(structured(["traceparent": "\"Z1234BC\""]).setting("traceparent", Self.other)) == Self.other)
    }
}
