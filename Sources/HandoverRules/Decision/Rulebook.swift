/// Every constant of the rules in one place, each with its source. A deployment may change those that the settings
/// name; the rest change by a reviewed edit here.
public struct Rulebook: Sendable {
    /// No message leaves before this long after release.actual was received (domain.md §12; `hub.releaseHold`).
    public var releaseHold: Span = .minutes(45)

    public init() {}
}
