import EventContracts
import Foundation
import HandoverRules
import Testing

@Suite("rules: when an event was received")
struct ReceiptTests {
    private let occurred = Instant(milliseconds: 1_780_647_300_000)

    private func received(_ timestamp: Int64, now: Instant) -> Instant? {
        var record = sampleRecord()
        record.timestampMilliseconds = timestamp
        return decode(record, clock: .system(now: now)).event?.receivedAt
    }

    @Test("by the record's timestamp, never later than the hub's clock")
    func system() {
        let now = occurred + .hours(2)
        #expect(received((occurred + .hours(1)).milliseconds, now: now) == occurred + .hours(1))
        #expect(received((occurred + .hours(3)).milliseconds, now: now) == now)
        #expect(received(.max, now: now) == now)
        #expect(received(0, now: now) == now)
        #expect(received(-1, now: now) == now)
        #expect(received(.min, now: now) == now)
    }

    @Test("by recordedtime where the clock is the events'")
    func events() {
        #expect(decode(sampleRecord()).event?.receivedAt == occurred)
    }

    @Test("never before a timer is due")
    func timers() {
        let timer = Timer(kind: .releaseHold, cause: UUID(), dueAt: occurred)
        let out = EventEncoder(topics: topics).record(of: timer, subject: NomsNumber("Z1234BC")!)
        func received(at receipt: Instant) -> Instant? {
            decode(inbound(out, timestamp: receipt), clock: .system(now: receipt)).event?.receivedAt
        }
        #expect(received(at: occurred - .minutes(1)) == occurred)
        #expect(received(at: occurred + .minutes(1)) == occurred + .minutes(1))
    }

    @Test("more than 24 hours ahead of its receipt it is FUTURE_DATED")
    func future() {
        var record = sampleRecord()
        let edge = occurred - .hours(24)
        record.timestampMilliseconds = edge.milliseconds
        #expect(decode(record, clock: .system(now: edge)).event != nil)
        record.timestampMilliseconds = edge.milliseconds - 1
        #expect(decode(record, clock: .system(now: edge)).outcome == "FUTURE_DATED")
    }
}
