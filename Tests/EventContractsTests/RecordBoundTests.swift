import Crypto
import EventContracts
import Testing

/// One record of outside costs no more than its size (`Bounds` in the documentation lists every bound).
@Suite("rules: no single record without a bound")
struct RecordBoundTests {
    @Test(.timeLimit(.minutes(1)))
    func ofNotificationsInsideNotificationsOnlyTheFirstIsOpened() {
        func wrapped(_ text: String) -> String {
            var writer = JSONWriter()
            writer.beginObject()
            writer.name("Type")
            writer.string("Notification")
            writer.name("MessageId")
            writer.string("m-1")
            writer.name("Message")
            writer.string(text)
            writer.endObject()
            return String(decoding: writer.bytes, as: UTF8.self)
        }
        // Escapes double with each level: some levels fill the largest value.
        var text = #"{"eventType":"prison-offender-events.prisoner.released"}"#
        var levels = 0
        while text.utf8.count < EventDecoder.valueBytesMax / 3 {
            text = wrapped(text)
            levels += 1
            var record = sampleRecord().valued(text)
            record.headers = []
            #expect(decode(record).rejection != nil, "\(levels) levels")
        }
        #expect(levels > 8)
    }

    @Test(.timeLimit(.minutes(1)))
    func headersWithoutNumberCostTheirSizeAlone() {
        var record = sampleRecord()
        let id = decode(record).event?.id
        #expect(id != nil)
        record.headers += (0..<200_000).map { RecordHeader("x-\($0)", "y") }
        #expect(decode(record).event?.id == id)
    }

    @Test(.timeLimit(.minutes(1)))
    func whatIsNoSealedBodyIsRefusedAtOnceWhateverItsSize() {
        let keys = [OpeningKey(P256.KeyAgreement.PrivateKey())]
        let size = 4 << 20
        for text in [
            String(repeating: "A", count: size), String(repeating: ".", count: size),
            "eyJhbGciOiJFQ0RILUVTIn0." + String(repeating: "A", count: size) + "..."
                + String(repeating: "A", count: 22),
        ] {
            #expect(throws: SealingError.self) {
                try SealedBody.open(text, with: keys, expected: SealedBody.Binding(handoverID: "h", version: 1))
            }
        }
    }
}
