import HandoverPipeline

/// Samples of one metric under one name: what a scrape reads as text, and what ``MetricsForwarder`` passes on.
public struct MetricFamily: Sendable, Hashable {
    public enum Kind: String, Sendable { case counter, gauge, histogram }

    public struct Label: Sendable, Hashable {
        public var name: String
        public var value: String
    }

    /// One value. Of a histogram the name ends in `_bucket`, `_sum` or `_count`, and the value only rises.
    public struct Sample: Sendable, Hashable {
        public var name: String
        public var labels: [Label]
        public var value: Double
    }

    public let name: String
    public let kind: Kind
    public let help: String
    public var samples: [Sample] = []

    public init(_ name: String, _ kind: Kind, _ help: String) {
        self.name = name
        self.kind = kind
        self.help = help
    }

    /// - Parameter labels: topics, codes, states and organisations; never a person.
    public mutating func add(_ labels: [(String, String)], _ value: Double, under suffix: String = "") {
        samples.append(
            Sample(name: name + suffix, labels: labels.map { Label(name: $0.0, value: $0.1) }, value: value))
    }

    /// Cumulative buckets, sum and count.
    mutating func add(_ labels: [(String, String)], _ histogram: Histogram) {
        var below = 0
        for (bound, count) in zip(Histogram.bounds, histogram.counts) {
            below += count
            add(labels + [("le", MetricFamily.number(bound))], Double(below), under: "_bucket")
        }
        add(labels + [("le", "+Inf")], Double(histogram.count), under: "_bucket")
        add(labels, histogram.sum, under: "_sum")
        add(labels, Double(histogram.count), under: "_count")
    }

    /// Prometheus' text format 0.0.4.
    public var text: String {
        var text = "# HELP \(name) \(help)\n# TYPE \(name) \(kind.rawValue)\n"
        for sample in samples {
            text += sample.name
            if !sample.labels.isEmpty {
                let labels = sample.labels.map { "\($0.name)=\"\(MetricFamily.escaped($0.value))\"" }
                text += "{\(labels.joined(separator: ","))}"
            }
            text += " \(MetricFamily.number(sample.value))\n"
        }
        return text
    }

    static func number(_ value: Double) -> String {
        value == value.rounded() && abs(value) < 1e15 ? String(Int64(value)) : "\(value)"
    }

    private static func escaped(_ value: String) -> String {
        value.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("\n", with: "\\n")
    }
}
