import MetricsTestKit
import Operations
import Testing

@Suite("operations: another metrics backend can be plugged in")
struct MetricsForwarderTests {
    private let backend = TestMetrics()

    private func counter(_ value: Double, _ topic: String = "a") -> MetricFamily {
        var family = MetricFamily("throughgate_events_total", .counter, "")
        family.add([("topic", topic)], value)
        return family
    }

    private func gauge(_ value: Double) -> MetricFamily {
        var family = MetricFamily("throughgate_timers_due", .gauge, "")
        family.add([], value)
        return family
    }

    @Test("a counter is passed on as what it rose by, also after it was begun anew")
    func rises() throws {
        var forwarder = MetricsForwarder(backend)
        for value in [5.0, 8, 8, 2] { forwarder.pass([counter(value)]) }
        let seen = try backend.expectCounter("throughgate_events_total", [("topic", "a")])
        #expect(seen.values == [5, 3, 2])
    }

    @Test("a gauge is passed on as it is, and destroyed when it is no longer measured")
    func levels() throws {
        var forwarder = MetricsForwarder(backend)
        forwarder.pass([gauge(4), counter(1)])
        forwarder.pass([gauge(3), counter(1)])
        let seen = try backend.expectMeter("throughgate_timers_due")
        #expect(seen.values == [4, 3])
        forwarder.pass([counter(2)])
        #expect(throws: (any Error).self) { try backend.expectMeter("throughgate_timers_due") }
        #expect(try backend.expectCounter("throughgate_events_total", [("topic", "a")]).values == [1, 1])
    }

    @Test("two label values are two series")
    func labels() throws {
        var forwarder = MetricsForwarder(backend)
        forwarder.pass([counter(1), counter(7, "b")])
        #expect(try backend.expectCounter("throughgate_events_total", [("topic", "b")]).values == [7])
    }
}
