import HandoverPipeline
import HandoverRules

/// The canary's families; without a sample where it is off or nothing is known of it.
enum CanaryMetrics {
    static func families(
        _ canary: CanaryFigures?, _ measured: Histogram, now: Instant
    ) -> [MetricFamily] {
        var missed = MetricFamily(
            "throughgate_canary_missed", .gauge,
            "Intervals for which no canary has come through the whole pipeline that should have; 0 is well.")
        var last = MetricFamily(
            "throughgate_canary_last_seconds", .gauge, "How long the latest canary took that came through.")
        var seconds = MetricFamily(
            "throughgate_canary_seconds", .histogram,
            "From before a canary is sent until a read_committed reader sees what it caused, of this process.")
        if let canary {
            missed.add([], Double(canary.missed(at: now)))
            if let took = canary.lastSeconds { last.add([], took) }
            seconds.add([], measured)
        }
        return [missed, last, seconds]
    }
}
