public import FoundationEssentials

// Payloads of what comes back: from recipients (`community.responses`) and from the hub's own people
// (`hub.decisions`), domain.md §7.2.

public struct HandoverAcknowledged: FieldGroup {
    public var handover = Label.blank
    public var version = HandoverVersion.blank
    public var ackAt = Instant.blank
    public var worker: StaffReference?
    public var decision = AckDecision.blank
    public var rejectReason: RejectReason?
    @inlinable public init() {}
    @inlinable public mutating func visit<V: FieldVisitor>(_ v: inout V) throws(FieldProblem) {
        try v.required("handoverId", &handover)
        try v.required("version", &version)
        try v.required("ackAt", &ackAt)
        try v.optional("workerRef", &worker)
        try v.required("decision", &decision)
        try v.optional("rejectReason", &rejectReason)
        if decision == .rejected, rejectReason == nil { throw FieldProblem("rejectReason", .missing) }
    }
}

public struct EngagementRecorded: FieldGroup {
    public var handover = Label.blank
    public var outcome = EngagementOutcome.blank
    public var at = Instant.blank
    /// Ids of key messages that a worker reinforced, `KM-03`.
    public var reinforced: [Label] = []
    public var kitSeen: KitSeen?
    @inlinable public init() {}
    @inlinable public mutating func visit<V: FieldVisitor>(_ v: inout V) throws(FieldProblem) {
        try v.required("handoverId", &handover)
        try v.required("outcome", &outcome)
        try v.required("at", &at)
        try v.set("kmReinforced", &reinforced)
        try v.optional("kitSeen", &kitSeen)
    }
}

/// A human routes one spell; preferred to the routing rules until it is voided.
public struct RoutingAssigned: FieldGroup {
    public var scope = ConsentScope.blank
    public var provider = Label.blank
    public var reason: FreeText?
    public var approver = StaffReference.blank
    @inlinable public init() {}
    @inlinable public mutating func visit<V: FieldVisitor>(_ v: inout V) throws(FieldProblem) {
        try v.required("scope", &scope)
        try v.required("providerId", &provider)
        try v.optional("reason", &reason)
        try v.required("approver", &approver)
    }
}

public struct TaskResolved: FieldGroup {
    public var task = Label.blank
    public var outcome = TaskOutcome.blank
    public var by = StaffReference.blank
    @inlinable public init() {}
    @inlinable public mutating func visit<V: FieldVisitor>(_ v: inout V) throws(FieldProblem) {
        try v.required("taskId", &task)
        try v.required("outcome", &outcome)
        try v.required("by", &by)
    }
}

/// What a live spell rests on changed outside the events: the person is looked up and folded again. Never kept.
public struct ReferenceChanged: FieldGroup {
    public var what = ReferenceChange.blank
    @inlinable public init() {}
    @inlinable public mutating func visit<V: FieldVisitor>(_ v: inout V) throws(FieldProblem) {
        try v.required("what", &what)
    }
}

/// A correction that says no more than that an event is void. (One that amends has the payload of the event that it
/// amends, see ``Correction``.)
public struct RecordCorrected: FieldGroup {
    public var reason: FreeText?
    @inlinable public init() {}
    @inlinable public mutating func visit<V: FieldVisitor>(_ v: inout V) throws(FieldProblem) {
        try v.optional("reason", &reason)
    }
}

/// That an event corrects another: voids it, or takes its place (domain.md §7.1). Corrections are events of their own,
/// never edits; they may come before what they correct.
public struct Correction: Sendable, Hashable {
    /// Id of the event corrected, itself perhaps a correction.
    public var of: UUID
    public var kind: CorrectionKind
    /// An amendment by `record.corrected` leaves the time at which the corrected event occurred as it was; one of the
    /// event's own type has its own.
    public var keepsTime: Bool
    public init(of: UUID, kind: CorrectionKind, keepsTime: Bool) {
        self.of = of
        self.kind = kind
        self.keepsTime = keepsTime
    }
}
