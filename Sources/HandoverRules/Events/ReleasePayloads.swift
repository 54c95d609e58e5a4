// Release payloads (domain.md §7.2).

public struct ReleaseAddress: FieldGroup {
    public var postcode: Postcode?
    public var status = AddressStatus.blank
    @inlinable public init() {}
    @inlinable public mutating func visit<V: FieldVisitor>(_ v: inout V) throws(FieldProblem) {
        try v.optional("postcode", &postcode)
        try v.required("status", &status)
    }
}

public struct Supervision: FieldGroup {
    public var type = SupervisionType.blank
    public var allocation: SupervisionAllocation?
    public var officeCode: Label?
    @inlinable public init() {}
    @inlinable public mutating func visit<V: FieldVisitor>(_ v: inout V) throws(FieldProblem) {
        try v.required("type", &type)
        try v.optional("allocation", &allocation)
        try v.optional("officeCode", &officeCode)
    }
}

public struct Appointment: FieldGroup {
    public var provider = Label.blank
    public var at = Instant.blank
    @inlinable public init() {}
    @inlinable public mutating func visit<V: FieldVisitor>(_ v: inout V) throws(FieldProblem) {
        try v.required("providerId", &provider)
        try v.required("at", &at)
    }
}

/// What a plan says. A `release.changed` carries only the fields that it changes; each field of the plan has the
/// value given by the highest planVersion that set it (domain.md §12).
public struct PlanFields: Sendable, Hashable {
    public var plannedDate: LocalDate?
    public var plannedTime: TimeOfDay?
    public var releaseReason: ReleaseReason?
    public var prison: PrisonID?
    public var address: ReleaseAddress?
    public var localConnection: AuthorityID?
    public var supervision: Supervision?
    public var appointment: Appointment?
    @inlinable public init() {}

    /// Names the plan's fields, for the payloads that carry one.
    @inlinable public mutating func visit<V: FieldVisitor>(_ v: inout V) throws(FieldProblem) {
        try v.optional("plannedDate", &plannedDate)
        try v.optional("plannedTime", &plannedTime)
        try v.optional("releaseReason", &releaseReason)
        try v.optional("prisonId", &prison)
        try v.group("address", &address)
        try v.optional("localConnectionUtla", &localConnection)
        try v.group("supervision", &supervision)
        try v.group("appointment", &appointment)
    }
}

public struct ReleasePlanned: FieldGroup {
    public var plan = Label.blank
    public var version = PlanVersion.blank
    public var fields = PlanFields()
    @inlinable public init() {}
    @inlinable public mutating func visit<V: FieldVisitor>(_ v: inout V) throws(FieldProblem) {
        try v.required("planId", &plan)
        try v.required("planVersion", &version)
        try fields.visit(&v)
        if fields.plannedDate == nil { throw FieldProblem("plannedDate", .missing) }
        if fields.prison == nil { throw FieldProblem("prisonId", .missing) }
        if fields.releaseReason == nil { throw FieldProblem("releaseReason", .missing) }
    }
}

public struct ReleaseChanged: FieldGroup {
    public var plan = Label.blank
    public var version = PlanVersion.blank
    public var fields = PlanFields()
    public var changeReason = PlanChangeReason.blank
    @inlinable public init() {}
    @inlinable public mutating func visit<V: FieldVisitor>(_ v: inout V) throws(FieldProblem) {
        try v.required("planId", &plan)
        try v.required("planVersion", &version)
        try fields.visit(&v)
        try v.required("changeReason", &changeReason)
    }
}

public struct ReleaseCancelled: FieldGroup {
    public var plan = Label.blank
    public var version = PlanVersion.blank
    public var reason = PlanCancelReason.blank
    @inlinable public init() {}
    @inlinable public mutating func visit<V: FieldVisitor>(_ v: inout V) throws(FieldProblem) {
        try v.required("planId", &plan)
        try v.required("planVersion", &version)
        try v.required("reason", &reason)
    }
}

/// A release that happened. From an HMPPS `prisoner.released` event, `releasedAt` is its occurredAt and
/// ``hmppsReason`` says what kind of leaving it was.
public struct ReleaseActual: FieldGroup {
    public var releasedAt = Instant.blank
    public var prison = PrisonID.blank
    public var releaseReason: ReleaseReason?
    public var place: ReleasePlace?
    public var movementReason: MovementReasonCode?
    public var plan: Label?
    public var kitDeclaration: KitDeclaration?
    public var address: ReleaseAddress?
    public var hmppsReason: HmppsReleaseReason?
    @inlinable public init() {}
    @inlinable public mutating func visit<V: FieldVisitor>(_ v: inout V) throws(FieldProblem) {
        try v.required("releasedAt", &releasedAt)
        try v.required("prisonId", &prison)
        try v.optional("releaseReason", &releaseReason)
        try v.optional("place", &place)
        try v.optional("movementReasonCode", &movementReason)
        try v.optional("planId", &plan)
        try v.optional("kitDeclaration", &kitDeclaration)
        try v.group("address", &address)
        try v.optional("hmppsReason", &hmppsReason)
    }
}

/// A timer of the hub that fell due (design.md §4). `cause` is the id of what it waits for.
public struct TimerFired: FieldGroup {
    public var kind = TimerKind.blank
    public var cause = Label.blank
    public var dueAt = Instant.blank
    @inlinable public init() {}
    @inlinable public mutating func visit<V: FieldVisitor>(_ v: inout V) throws(FieldProblem) {
        try v.required("kind", &kind)
        try v.required("cause", &cause)
        try v.required("dueAt", &dueAt)
    }
}

/// What a timer waits for.
public enum TimerKind: String, Code {
    /// The release hold ends (domain.md §12, 45 minutes by default).
    case releaseHold = "RELEASE_HOLD"
    /// "Unconfirmed" becomes "no kit", four hours after release (domain.md §8).
    case kitUnconfirmed = "KIT_UNCONFIRMED"
    /// A plan comes within two working days: its priority rises at 09:00 (domain.md §7.3).
    case planNear = "PLAN_NEAR"
    /// A plan's date passed with no release by 10:00 next day (domain.md §12).
    case planOverdue = "PLAN_OVERDUE"
    /// A parked event's patience ends (24 hours, domain.md §12).
    case parkedEvent = "PARKED_EVENT"
    /// A consent or an override expires.
    case consentExpiry = "CONSENT_EXPIRY"
    /// A missing person record is looked for again (24 hours, domain.md §12).
    case recordMissing = "RECORD_MISSING"
    /// Half of a P1 handover's time to acknowledge has passed (domain.md §8).
    case ackHalf = "ACK_HALF"
    /// All of it has passed, of any handover.
    case ackOverdue = "ACK_OVERDUE"
    /// Twice that time has passed.
    case ackDoubleOverdue = "ACK_DOUBLE_OVERDUE"
    /// A first contact should have been tried by now (domain.md §8).
    case contactDue = "CONTACT_DUE"
    /// The next mark of the follow-up window: day 14, 21, 28 or 84 after release (domain.md §8).
    case followUp = "FOLLOW_UP"
    /// An overdue plan becomes stale (domain.md §12).
    case planStale = "PLAN_STALE"
    /// A transfer without an arrival (domain.md §12).
    case inTransit = "IN_TRANSIT"
    /// A kit that should have come back, or been collected, by now (domain.md §13 K15, S21).
    case kitUnaccounted = "KIT_UNACCOUNTED"
    /// A handover whose topic could not be written is tried again.
    case retry = "RETRY"
}
