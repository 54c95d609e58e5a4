/// One declaration of an event's fields serves every direction: reading JSON, writing JSON, the compact form kept
/// with a person's state and the content digest. Each payload type names its fields once, in ``FieldGroup/visit(_:)``;
/// the visitors live in EventContracts.
public protocol FieldVisitor {
    /// Visits a field that must be there.
    mutating func required<V: FieldValue>(_ name: StaticString, _ value: inout V) throws(FieldProblem)
    /// Visits a field that may be missing; JSON null is the same as absent (domain.md §7.2).
    mutating func optional<V: FieldValue>(_ name: StaticString, _ value: inout V?) throws(FieldProblem)
    /// Visits a set written as an array; order carries no meaning, repeats are folded. Absent is empty.
    mutating func set<V: FieldValue & Comparable>(_ name: StaticString, _ values: inout [V]) throws(FieldProblem)
    /// Visits a nested object that may be missing.
    mutating func group<G: FieldGroup>(_ name: StaticString, _ value: inout G?) throws(FieldProblem)
}

/// A type whose fields can be visited. `init()` gives the blank that a reading visitor fills.
public protocol FieldGroup: Sendable, Hashable {
    init()
    /// Names every field once, in a fixed order (the compact form is positional), then checks what one field alone
    /// cannot: a reading visitor throws what this throws.
    mutating func visit<V: FieldVisitor>(_ v: inout V) throws(FieldProblem)
}

/// What a field looks like on the wire.
public enum Primitive: Hashable, Sendable {
    case text(String)
    case int(Int64)
    case bool(Bool)
}

/// A value with one written form and its own constraint.
public protocol FieldValue: Sendable, Hashable {
    /// The blank put in place before reading; never escapes a failed read.
    static var blank: Self { get }
    init(primitive: Primitive) throws(FieldRule)
    var primitive: Primitive { get }
}

/// Which rule a value broke. It never carries the value.
public enum FieldRule: Error, Hashable, Sendable {
    /// The value breaks the rule named in words, e.g. "must be a prison number such as Z1234BC".
    case invalid(StaticString)
    /// A code that the published list does not have.
    case unknownCode
    /// A time without an offset.
    case naiveTime
    /// A required field is absent or null.
    case missing

    public static func == (a: FieldRule, b: FieldRule) -> Bool { a.words == b.words }
    public func hash(into hasher: inout Hasher) { hasher.combine(words) }

    /// The rule in words, for `tg_detail`.
    public var words: String {
        switch self {
        case .invalid(let rule): "\(rule)"
        case .unknownCode: "is not a published code"
        case .naiveTime: "must carry an offset such as Z or +01:00"
        case .missing: "is required"
        }
    }
}

/// A broken rule and the field it broke, as a path (`address.postcode`).
public struct FieldProblem: Error, Hashable, Sendable {
    public var field: String
    public var rule: FieldRule

    @inlinable public init(_ field: String, _ rule: FieldRule) {
        self.field = field
        self.rule = rule
    }
}
