/// A point in time: microseconds since 1970-01-01T00:00:00Z. UTC always; rules that need wall-clock time
/// ask ``London``. No clock is read anywhere in this module: time is data (design law 2).
public struct Instant: Hashable, Comparable, Sendable {
    /// Microseconds since 1970-01-01T00:00:00Z.
    public var microseconds: Int64

    public init(microseconds: Int64) { self.microseconds = microseconds }

    /// Milliseconds since 1970, the unit of a Kafka record timestamp.
    public init(milliseconds: Int64) { self.microseconds = milliseconds * 1_000 }

    /// Whole milliseconds since 1970, rounded down.
    public var milliseconds: Int64 { microseconds.floorDivided(by: 1_000) }

    public static let distantPast = Instant(microseconds: 0)

    public static func < (a: Instant, b: Instant) -> Bool { a.microseconds < b.microseconds }
    public static func + (a: Instant, d: Span) -> Instant { Instant(microseconds: a.microseconds + d.microseconds) }
    public static func - (a: Instant, d: Span) -> Instant { Instant(microseconds: a.microseconds - d.microseconds) }
    public static func - (a: Instant, b: Instant) -> Span { Span(microseconds: a.microseconds - b.microseconds) }
}

/// A length of time in microseconds; may be negative. (`Swift.Duration` is for waiting, `Span` is for rules.)
public struct Span: Hashable, Comparable, Sendable {
    public var microseconds: Int64

    public init(microseconds: Int64) { self.microseconds = microseconds }

    public static let zero = Span(microseconds: 0)
    public static func seconds(_ n: Int64) -> Span { Span(microseconds: n * 1_000_000) }
    public static func minutes(_ n: Int64) -> Span { .seconds(n * 60) }
    public static func hours(_ n: Int64) -> Span { .minutes(n * 60) }
    public static func days(_ n: Int64) -> Span { .hours(n * 24) }

    public static func < (a: Span, b: Span) -> Bool { a.microseconds < b.microseconds }
}

extension Int64 {
    /// Division that rounds towards minus infinity, so that instants before 1970 fall on the right day.
    func floorDivided(by divisor: Int64) -> Int64 {
        let quotient = self / divisor
        return (self % divisor != 0 && (self < 0) != (divisor < 0)) ? quotient - 1 : quotient
    }
}
