public import ExactlyOnceKafka
import HandoverRules

/// The samples of every partition, bounded. A value; its owner guards it.
public struct LagHistory: Sendable {
    private var samples: [TopicPartition: [LagSample]] = [:]

    public init() {}

    /// Oldest first.
    public func samples(of place: TopicPartition) -> [LagSample] { samples[place] ?? [] }

    /// Adds a sample that is later than those that are there. Close to each other for the last five minutes, a minute
    /// apart before.
    public mutating func add(_ sample: LagSample, of place: TopicPartition) {
        var own = samples[place] ?? []
        if own.isEmpty, samples.count >= LagLimits.partitionsMax { return }
        guard own.last.map({ $0.at < sample.at }) ?? true else { return }
        own.append(sample)
        if own.count > LagLimits.samplesMax { LagHistory.thin(&own, sample.at) }
        samples[place] = own
    }

    /// Puts what was remembered elsewhere before what is here.
    public mutating func putBefore(_ past: LagHistory) {
        let own = samples
        samples = past.samples
        for (place, later) in own {
            for sample in later { add(sample, of: place) }
        }
    }

    /// What is older than five minutes is kept once a minute, what is older than an hour not at all.
    private static func thin(_ own: inout [LagSample], _ now: Instant) {
        var kept: [LagSample] = []
        for sample in own {
            let age = (now - sample.at).seconds
            if age > Double(LagLimits.recallMinutes) * 60 { continue }
            if age > 300, let last = kept.last, (sample.at - last.at).seconds < 60 { continue }
            kept.append(sample)
        }
        own = kept.count > LagLimits.samplesMax ? Array(kept.suffix(LagLimits.samplesMax)) : kept
    }
}
