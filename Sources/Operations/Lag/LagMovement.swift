import HandoverRules

/// What a stretch of samples says about movement. Pure: samples in, figures out; oldest first.
public struct LagMovement: Sendable, Hashable {
    /// Offsets a second over the last ``LagLimits/rateSeconds``; nil with less than a second of samples.
    public var inRate: Double?
    public var outRate: Double?
    /// For how long the committed offset has stood where it is, as far as samples reach; nil without samples.
    public var committedStandsSeconds: Double?
    /// For how long the last stable offset has stood still while the high watermark lay beyond it.
    public var heldBackSeconds: Double?
    /// The highest offset that was committed earlier and lies above the present one; nil: the group never went back.
    public var rewoundFrom: Int64?
    /// Whether the lag rose over the last ``LagLimits/rateSeconds`` and never fell.
    public var isGrowing = false

    /// Nothing known yet.
    public init() {}

    /// - Parameters:
    ///   - now: the latest sample; `past` may hold others, in order.
    ///   - publishedNext: how far the group is known to have been, beside what the samples say.
    public init(past: some Sequence<LagSample>, now: LagSample, publishedNext: Int64? = nil) {
        let samples = past.filter { $0.at < now.at } + [now]
        committedStandsSeconds = LagMovement.stands(samples) { $0.committed == now.committed }
        if let high = now.high, high > now.lastStable {
            heldBackSeconds = LagMovement.stands(samples) {
                $0.lastStable == now.lastStable && $0.high.map { $0 > now.lastStable } ?? true
            }
        }
        rates(samples, now)
        // A topic that ends before what was committed is another topic: nobody went back there.
        let committed = samples.compactMap(\.committed) + [publishedNext ?? 0]
        if let highest = committed.max(), highest > now.committed ?? 0,
            highest <= max(now.lastStable, now.high ?? 0)
        {
            rewoundFrom = highest
        }
    }

    private mutating func rates(_ samples: [LagSample], _ now: LagSample) {
        let window = samples.filter { (now.at - $0.at).seconds <= LagLimits.rateSeconds }
        guard let first = window.first else { return }
        let length = (now.at - first.at).seconds
        guard length >= 1 else { return }
        inRate = max(0, Double(now.lastStable - first.lastStable)) / length
        if let from = first.committed, let to = now.committed { outRate = max(0, Double(to - from)) / length }
        let lags = window.compactMap(\.lag)
        if lags.count > 1, let least = lags.first, let last = lags.last {
            isGrowing = last > least && zip(lags, lags.dropFirst()).allSatisfy { $0 <= $1 }
        }
    }

    /// Since the first of the latest samples in a row that fit.
    private static func stands(_ samples: [LagSample], _ fits: (LagSample) -> Bool) -> Double? {
        guard let now = samples.last else { return nil }
        let first = samples.reversed().prefix { fits($0) }.last ?? now
        return (now.at - first.at).seconds
    }

    /// Seconds until nothing waits any more at the present rates; nil: it is not becoming less, or not known.
    public func secondsToCatchUp(_ lag: Int64?) -> Double? {
        guard let lag, let inRate, let outRate else { return nil }
        if lag == 0 { return 0 }
        return outRate > inRate ? Double(lag) / (outRate - inRate) : nil
    }
}

extension Span {
    /// The same length in seconds.
    var seconds: Double { Double(microseconds) / 1_000_000 }
}
