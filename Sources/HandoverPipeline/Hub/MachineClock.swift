import Foundation
public import HandoverRules

/// The only place that reads the machine's clock for the hub. The rules never do: they are given times.
public enum MachineClock {
    /// Now, in UTC.
    public static func now() -> HandoverRules.Instant {
        HandoverRules.Instant(microseconds: Int64(Date().timeIntervalSince1970 * 1_000_000))
    }
}
