extension AlertRule {
    /// The figure of each cause; nil: not measured now, which neither opens nor clears anything.
    func figures(in families: [String: MetricFamily]) -> [AlertCause: Double]? {
        guard let family = families[metric] else { return nil }
        var figures: [AlertCause: Double] = [:]
        for sample in family.samples where sample.name == metric && fits(sample) {
            let labels = causes.compactMap { name in sample.labels.first { $0.name == name } }
            let cause = AlertCause(rule: name, labels: labels)
            figures[cause] = max(figures[cause] ?? -.infinity, sample.value)
        }
        return figures
    }

    private func fits(_ sample: MetricFamily.Sample) -> Bool {
        selector.allSatisfy { sample.labels.contains($0) }
    }

    /// ``summary`` with its places filled, as Prometheus fills them.
    public func words(_ value: Double, _ cause: AlertCause) -> String {
        var text =
            summary
            .replacing("{{ $value | humanizeDuration }}", with: AlertRule.duration(value))
            .replacing("{{ $value | humanizePercentage }}", with: "\(MetricFamily.number((value * 100).rounded()))%")
            .replacing("{{ $value }}", with: MetricFamily.number(value))
        for label in cause.labels { text = text.replacing("{{ $labels.\(label.name) }}", with: label.value) }
        return text
    }

    /// `1d 2h 3m 4s`.
    private static func duration(_ seconds: Double) -> String {
        var rest = Int64(max(0, min(seconds, 1e12)).rounded())
        var parts: [String] = []
        for (length, sign) in [(86_400, "d"), (3_600, "h"), (60, "m")] as [(Int64, String)]
        where rest >= length || !parts.isEmpty {
            parts.append("\(rest / length)\(sign)")
            rest %= length
        }
        return (parts + ["\(rest)s"]).joined(separator: " ")
    }
}
