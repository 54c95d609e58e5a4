/// A list of published codes (upper snake case). An unknown code is UNKNOWN_CODE unless the list has ``fallback``.
public protocol Code: FieldValue, RawRepresentable, CaseIterable, Comparable where RawValue == String {
    /// The code that stands for any other, `OTHER` where the list has one (domain.md §7.2).
    static var fallback: Self? { get }
}

extension Code {
    public static var fallback: Self? { nil }
    // Every code list has at least one case, by declaration.
    @inlinable public static var blank: Self { allCases[allCases.startIndex] }
    @inlinable public var primitive: Primitive { .text(rawValue) }
    @inlinable public init(primitive: Primitive) throws(FieldRule) {
        guard case .text(let text) = primitive else { throw .invalid("must be a string") }
        guard let code = Self(rawValue: text) ?? Self.fallback else { throw .unknownCode }
        self = code
    }
    public static func < (a: Self, b: Self) -> Bool { a.rawValue < b.rawValue }
}

extension Bool: FieldValue {
    @inlinable public static var blank: Bool { false }
    @inlinable public var primitive: Primitive { .bool(self) }
    @inlinable public init(primitive: Primitive) throws(FieldRule) {
        guard case .bool(let value) = primitive else { throw .invalid("must be true or false") }
        self = value
    }
}

extension Instant: FieldValue {
    @inlinable public static var blank: Instant { .distantPast }
    @inlinable public var primitive: Primitive { .text(RFC3339.utc(self)) }
    @inlinable public init(primitive: Primitive) throws(FieldRule) {
        guard case .text(let text) = primitive else { throw .invalid("must be an RFC 3339 time with an offset") }
        switch RFC3339.read(text) {
        case .success(let instant): self = instant
        case .failure(.noOffset): throw .naiveTime
        case .failure(.notATime): throw .invalid("must be an RFC 3339 time with an offset")
        }
    }
}

extension LocalDate: FieldValue {
    @inlinable public static var blank: LocalDate { LocalDate(daysSince1970: 0) }
    @inlinable public var primitive: Primitive { .text(description) }
    @inlinable public init(primitive: Primitive) throws(FieldRule) {
        guard case .text(let text) = primitive, let date = LocalDate(text) else {
            throw .invalid("must be a date YYYY-MM-DD")
        }
        self = date
    }
}

/// A number within bounds; the bounds are part of the type so that each field declares its own once.
public protocol BoundedInt: FieldValue, Comparable {
    static var bounds: ClosedRange<Int64> { get }
    static var rule: StaticString { get }
    var value: Int64 { get }
    init(unchecked value: Int64)
}

extension BoundedInt {
    @inlinable public static var blank: Self { Self(unchecked: bounds.lowerBound) }
    @inlinable public var primitive: Primitive { .int(value) }
    @inlinable public init(primitive: Primitive) throws(FieldRule) {
        guard case .int(let n) = primitive, Self.bounds.contains(n) else { throw .invalid(Self.rule) }
        self.init(unchecked: n)
    }
    public static func < (a: Self, b: Self) -> Bool { a.value < b.value }
}

/// `planVersion`: 1 and up.
public struct PlanVersion: BoundedInt {
    public static let bounds: ClosedRange<Int64> = 1...Int64(Int32.max)
    public static let rule: StaticString = "must be a whole number from 1"
    public let value: Int64
    public init(unchecked value: Int64) { self.value = value }
}

/// Kits issued at once: 1–3.
public struct KitQuantity: BoundedInt {
    public static let bounds: ClosedRange<Int64> = 1...3
    public static let rule: StaticString = "must be 1, 2 or 3"
    public let value: Int64
    public init(unchecked value: Int64) { self.value = value }
}

/// `bookingId`: a positive 64-bit integer; some publishers send it as a string (domain.md §5).
public struct BookingID: FieldValue, Comparable {
    public let value: Int64
    public init(unchecked value: Int64) { self.value = value }
    @inlinable public static var blank: BookingID { BookingID(unchecked: 1) }
    @inlinable public var primitive: Primitive { .int(value) }
    @inlinable public init(primitive: Primitive) throws(FieldRule) {
        let number: Int64? =
            switch primitive {
            case .int(let n): n
            case .text(let text): text.utf8.allSatisfy { (48...57).contains($0) } ? Int64(text) : nil
            case .bool: nil
            }
        guard let number, number > 0 else { throw .invalid("must be a positive whole number") }
        value = number
    }
    public static func < (a: BookingID, b: BookingID) -> Bool { a.value < b.value }
}

/// Minutes of a training: 5–240.
public struct TrainingMinutes: BoundedInt {
    public static let bounds: ClosedRange<Int64> = 5...240
    public static let rule: StaticString = "must be a whole number from 5 to 240"
    public let value: Int64
    public init(unchecked value: Int64) { self.value = value }
}

/// A handover's version: 1 and up.
public struct HandoverVersion: BoundedInt {
    public static let bounds: ClosedRange<Int64> = 1...Int64(Int32.max)
    public static let rule: StaticString = "must be a whole number from 1"
    public let value: Int64
    public init(unchecked value: Int64) { self.value = value }
}
