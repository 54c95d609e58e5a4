import HandoverPipeline
import HandoverRules
import Operations
import Testing

@Suite("operations: what is said of the hub")
struct MetricsTests {
    private var figures: Figures {
        var waiting = LagReport.Partition(topic: "a\"b\\c", partition: 3)
        waiting.lag = 7
        waiting.lagSeconds = 1.5
        waiting.state = .lagging
        let unknown = LagReport.Partition(topic: "z", partition: 0)
        return Figures(
            lag: LagReport(group: "g", at: Instant(milliseconds: 0), partitions: [waiting, unknown]), timersDue: 2,
            rejectedOpen: 3)
    }

    /// Names, labels and values of a page, read as strictly as the format says.
    private func samples(_ page: String) throws -> [String: Double] {
        var samples: [String: Double] = [:]
        var family = ""
        for line in page.split(separator: "\n") {
            if line.hasPrefix("# HELP ") { continue }
            if let match = line.wholeMatch(of: /# TYPE ([a-z_]+) (counter|gauge|histogram)/) {
                family = String(match.1)
                continue
            }
            let match = try #require(
                line.wholeMatch(of: /([a-z_]+)(\{[a-z_]+="(?:[^"\\]|\\.)*"(?:,[a-z_]+="(?:[^"\\]|\\.)*")*\})? (\S+)/),
                "\(line)")
            #expect(match.1.hasPrefix(family), "a sample outside its family: \(line)")
            let name = String(match.1) + (match.2.map(String.init) ?? "")
            #expect(samples.updateValue(try #require(Double(match.3)), forKey: name) == nil, "twice: \(name)")
        }
        return samples
    }

    @Test("the page is Prometheus text: every sample in its family, none twice, buckets that only rise")
    func page() throws {
        var snapshot = HubStatus().snapshot
        snapshot.published[.handover(recipientKind: "drug-service", kind: "RELEASED", priority: "P1")] = 2
        snapshot.published[.handover(recipientKind: "drug-service", kind: "RELEASED", priority: "P2")] = 3
        snapshot.published[.rejected(reason: "MALFORMED")] = 4
        for seconds in [0.0001, 0.3, 400] { snapshot.endToEnd.observe(seconds) }
        let samples = try samples(MetricsText.page(snapshot, figures, version: "1"))
        #expect(samples[#"throughgate_handovers_total{recipient_kind="drug-service",kind="RELEASED"}"#] == 5)
        #expect(samples[#"throughgate_rejected_total{reason="MALFORMED"}"#] == 4)
        #expect(samples[#"throughgate_consumer_lag{topic="a\"b\\c",partition="3"}"#] == 7)
        #expect(samples[#"kafka_consumergroup_group_lag_seconds{group="g",topic="a\"b\\c",partition="3"}"#] == 1.5)
        #expect(samples[#"throughgate_consumer_lag{topic="z",partition="0"}"#] == nil)
        #expect(samples["throughgate_timers_due"] == 2)
        #expect(samples["throughgate_rejected_open"] == 3)
        let bounds = Histogram.bounds.compactMap { bound in
            samples.first { $0.key == "throughgate_end_to_end_seconds_bucket{le=\"\(MetricsTests.plain(bound))\"}" }?
                .value
        }
        #expect(bounds.count == Histogram.bounds.count)
        #expect(bounds == bounds.sorted() && bounds.first == 1 && bounds.last == 2)
        #expect(samples[#"throughgate_end_to_end_seconds_bucket{le="+Inf"}"#] == 3)
        #expect(samples["throughgate_end_to_end_seconds_count"] == 3)
    }

    @Test("an unknown lag is null in JSON and makes the sum unknown")
    func unknownLag() {
        let report = figures.lag
        #expect(report?.total == nil)
        let json = String(decoding: report?.json ?? [], as: UTF8.self)
        #expect(json.contains(#""topic":"z","partition":0,"position":null"#))
        #expect(json.contains(#""lag":null,"exact":true,"lagSeconds":null,"timestampKind":null,"state":"unknown""#))
    }

    private static func plain(_ bound: Double) -> String { bound == bound.rounded() ? "\(Int(bound))" : "\(bound)" }
}
