/// A point in time as PostgreSQL keeps it (timestamptz): microseconds since 1970-01-01T00:00:00Z.
///
/// `Int64.max` and `Int64.min` are PostgreSQL's infinity and -infinity. A column without a zone is read as UTC.
public struct PostgresTimestamp: Hashable, Comparable, Sendable, PostgresScalar {
    /// Microseconds since 1970 UTC.
    public var microseconds: Int64

    public init(microseconds: Int64) { self.microseconds = microseconds }

    /// Microseconds from 1970 to PostgreSQL's own zero, 2000-01-01.
    @usableFromInline static let epoch: Int64 = 946_684_800_000_000

    public static var postgresType: PostgresType { .timestamptz }

    public static func < (one: Self, other: Self) -> Bool { one.microseconds < other.microseconds }

    public func encode(into bytes: inout [UInt8]) {
        guard microseconds != .max, microseconds != .min else { return microseconds.appendBigEndian(to: &bytes) }
        let (value, overflow) = microseconds.subtractingReportingOverflow(Self.epoch)
        // Too early for an Int64 is far too early for PostgreSQL, which answers "datetime_field_overflow".
        (overflow ? Int64.min + 1 : value).appendBigEndian(to: &bytes)
    }

    public static func decode(_ bytes: UnsafeRawBufferPointer, typeID: UInt32) -> PostgresTimestamp? {
        guard typeID == PostgresType.timestamptz.id || typeID == PostgresType.timestamp.id,
            let stored = Int64.bigEndian(bytes)
        else { return nil }
        guard stored != .max, stored != .min else { return PostgresTimestamp(microseconds: stored) }
        let (value, overflow) = stored.addingReportingOverflow(epoch)
        return overflow ? nil : PostgresTimestamp(microseconds: value)
    }
}

/// A calendar day as PostgreSQL keeps it (date): days since 1970-01-01, in the proleptic Gregorian calendar.
public struct PostgresDate: Hashable, Comparable, Sendable, PostgresScalar {
    /// Days since 1970-01-01; negative before.
    public var daysSince1970: Int

    public init(daysSince1970: Int) { self.daysSince1970 = daysSince1970 }

    /// Days from 1970-01-01 to PostgreSQL's own zero, 2000-01-01.
    private static let epoch = 10_957

    public static var postgresType: PostgresType { .date }

    public static func < (one: Self, other: Self) -> Bool { one.daysSince1970 < other.daysSince1970 }

    public func encode(into bytes: inout [UInt8]) {
        // Clamped short of PostgreSQL's infinities: a day outside its range is refused, never stored as another one.
        let stored = max(Int(Int32.min) + 1, min(Int(Int32.max) - 1, daysSince1970.clampedSubtracting(Self.epoch)))
        Int32(stored).appendBigEndian(to: &bytes)
    }

    /// PostgreSQL's infinity has no day and cannot be read as one.
    public static func decode(_ bytes: UnsafeRawBufferPointer, typeID: UInt32) -> PostgresDate? {
        guard typeID == PostgresType.date.id, let stored = Int32.bigEndian(bytes), stored != .max, stored != .min
        else { return nil }
        return PostgresDate(daysSince1970: Int(stored) + epoch)
    }
}

extension Int {
    fileprivate func clampedSubtracting(_ other: Int) -> Int {
        let (value, overflow) = subtractingReportingOverflow(other)
        return overflow ? (other > 0 ? .min : .max) : value
    }
}
