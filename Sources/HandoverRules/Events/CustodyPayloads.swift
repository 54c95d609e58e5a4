// Payloads of custody and identity (domain.md §7.2) beside ``CustodyReceived``.

public struct CustodyMovedOut: FieldGroup {
    public var from = PrisonID.blank
    public var reason = MoveOutReason.blank
    /// Required when TRANSFERRED.
    public var to: PrisonID?
    public var expectedReturnAt: Instant?
    @inlinable public init() {}
    @inlinable public mutating func visit<V: FieldVisitor>(_ v: inout V) throws(FieldProblem) {
        try v.required("fromPrisonId", &from)
        try v.required("reason", &reason)
        try v.optional("toPrisonId", &to)
        try v.optional("expectedReturnAt", &expectedReturnAt)
        if reason == .transferred, to == nil { throw FieldProblem("toPrisonId", .missing) }
    }
}

/// The spell ended otherwise than by release. No cause of death is ever taken.
public struct CustodyEndedOther: FieldGroup {
    public var reason = EndingReason.blank
    public var prison = PrisonID.blank
    @inlinable public init() {}
    @inlinable public mutating func visit<V: FieldVisitor>(_ v: inout V) throws(FieldProblem) {
        try v.required("reason", &reason)
        try v.required("prisonId", &prison)
    }
}

/// Two prison numbers are one person.
public struct IdentityMerged: FieldGroup {
    public var surviving = NomsNumber.blank
    /// May be absent upstream: then nothing can be merged (DQ MERGE_INCOMPLETE).
    public var removed: NomsNumber?
    @inlinable public init() {}
    @inlinable public mutating func visit<V: FieldVisitor>(_ v: inout V) throws(FieldProblem) {
        try v.required("survivingNoms", &surviving)
        try v.optional("removedNoms", &removed)
        if removed == surviving { throw FieldProblem("removedNoms", .invalid("must differ from survivingNoms")) }
    }
}

/// A booking was recorded under the wrong person; the envelope's subject is `toNoms`.
public struct BookingMoved: FieldGroup {
    public var booking = BookingID.blank
    public var from = NomsNumber.blank
    public var to = NomsNumber.blank
    @inlinable public init() {}
    @inlinable public mutating func visit<V: FieldVisitor>(_ v: inout V) throws(FieldProblem) {
        try v.required("bookingId", &booking)
        try v.required("fromNoms", &from)
        try v.required("toNoms", &to)
        if from == to { throw FieldProblem("toNoms", .invalid("must differ from fromNoms")) }
    }
}
