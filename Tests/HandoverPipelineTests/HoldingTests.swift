import ExactlyOnceKafka
import Foundation
import HandoverPipeline
import HandoverRules
import Postgres
import Testing

@Suite("local broker: a recipient's topic that cannot be written", .serialized)
struct HoldingTests {
    @Test func itsHandoversAreHeldTheOthersGoOutAndATimerBringsThemOutInOrder() throws {
        print("holding test: seed 101")
        let test = try TestHub()
        test.retryAfter = .seconds(1)
        let crowd = Crowd(24, seed: 101)
        try test.register(crowd)
        // Too small for a release with its words, large enough for what others get.
        test.properties = ["message.max.bytes": "\(HoldingTests.limit)"]
        let events = crowd.interleaved(seed: 101)
        try test.publish(Array(events.prefix(events.count / 2)))
        try test.start()
        #expect(HubWait.until(30) { test.log.count(of: "handovers held") > 0 }, "\(test.log.lines)")
        try test.publish(Array(events.dropFirst(events.count / 2)))
        let recorded = try HubWait.until(30) {
            try test.query("select count(*)::int8 from event where type <> 'hub.timer.fired'").only()[0] as Int64
                >= Int64(crowd.eventCount)
        }
        #expect(recorded)
        let held: Int64 = try test.query("select count(*)::int8 from message where held").only()[0]
        #expect(held > 0)
        #expect(try test.seen().count > 0, "others are not stopped")
        test.stop()
        test.properties = [:]
        try test.start()
        defer { test.stop() }
        let released = try HubWait.until(60) {
            try test.query("select 1 from message where held").isEmpty && test.isDone(crowd.eventCount)
        }
        #expect(released, "\(test.log.lines.suffix(20))")
        #expect(try test.deliveryFaults() == [])
        var last: [String: Int] = [:]
        for (_, record) in try test.seen() {
            let parts = record.text("ce_id").split(separator: "/")
            let stream = String(parts[0]), version = Int(parts[1]) ?? 0
            #expect(version == (last[stream] ?? 0) + 1, "versions rise by 1")
            last[stream] = version
        }
        try crowd.check(test)
    }

    /// A first release for the drug service is about 1,550 bytes with key and headers, the others stay below 1,400.
    private static let limit = 1_450
}
