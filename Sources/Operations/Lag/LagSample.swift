public import HandoverRules

/// One partition at one moment, as it was measured.
public struct LagSample: Sendable, Hashable {
    public var at: Instant
    /// What the group had committed; nil: nothing.
    public var committed: Int64?
    public var lastStable: Int64
    public var high: Int64?
    /// nil: was not known.
    public var lag: Int64?

    public init(at: Instant, committed: Int64?, lastStable: Int64, high: Int64? = nil, lag: Int64? = nil) {
        self.at = at
        self.committed = committed
        self.lastStable = lastStable
        self.high = high
        self.lag = lag
    }
}
