public import CoreMetrics

/// Passes what /metrics shows on to swift-metrics, under the same names and labels, so that a build of the program
/// that bootstraps another backend (OpenTelemetry, StatsD) needs nothing else.
///
/// Counters, and the buckets of histograms, are passed on as what they rose by since the last time; gauges as they are.
/// A series that is no longer measured is destroyed. Nothing here touches delivery.
public struct MetricsForwarder {
    private struct Series: Hashable {
        let name: String
        let labels: [MetricFamily.Label]
    }

    private enum Instrument {
        case rising(FloatingPointCounter, soFar: Double)
        case level(Meter)
    }

    private let factory: any MetricsFactory
    private var instruments: [Series: Instrument] = [:]

    /// Seconds between two passes.
    public static let seconds = 10

    public init(_ factory: any MetricsFactory) { self.factory = factory }

    /// To the backend that the program has bootstrapped; nil where it has none.
    public static var ofSystem: MetricsForwarder? {
        MetricsSystem.factory is NOOPMetricsHandler ? nil : MetricsForwarder(MetricsSystem.factory)
    }

    /// One pass over everything that is measured now.
    public mutating func pass(_ families: [MetricFamily]) {
        var seen: Set<Series> = []
        for family in families {
            for sample in family.samples {
                let series = Series(name: sample.name, labels: sample.labels)
                seen.insert(series)
                pass(sample.value, to: series, family.kind)
            }
        }
        for (series, instrument) in instruments where !seen.contains(series) {
            switch instrument {
            case .rising(let counter, _): counter.destroy()
            case .level(let meter): meter.destroy()
            }
            instruments[series] = nil
        }
    }

    private mutating func pass(_ value: Double, to series: Series, _ kind: MetricFamily.Kind) {
        switch instruments[series] ?? made(series, kind) {
        case .rising(let counter, let soFar):
            // A counter that fell was begun anew.
            let rise = value < soFar ? value : value - soFar
            if rise > 0 { counter.increment(by: rise) }
            instruments[series] = .rising(counter, soFar: value)
        case .level(let meter):
            meter.set(value)
            instruments[series] = .level(meter)
        }
    }

    private func made(_ series: Series, _ kind: MetricFamily.Kind) -> Instrument {
        let dimensions = series.labels.map { ($0.name, $0.value) }
        return switch kind {
        case .gauge: .level(Meter(label: series.name, dimensions: dimensions, factory: factory))
        case .counter, .histogram:
            .rising(FloatingPointCounter(label: series.name, dimensions: dimensions, factory: factory), soFar: 0)
        }
    }
}
