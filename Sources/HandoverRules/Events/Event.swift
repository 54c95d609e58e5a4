public import FoundationEssentials

/// One thing that happened to one person: an inbound event after decoding, or one of the hub's own timers.
///
/// A value that is copied by one reference: a decision copies events some twenty times.
public struct Event: Sendable, Hashable {
    private var kept: Kept

    public init(
        id: UUID, subject: NomsNumber, occurredAt: Instant, publishedAt: Instant, receivedAt: Instant,
        system: String, sourcePrison: PrisonID? = nil, sequence: Int64? = nil, booking: BookingID? = nil,
        correction: Correction? = nil, payload: Payload
    ) {
        kept = Kept(
            Fields(
                id: id, subject: subject, occurredAt: occurredAt, publishedAt: publishedAt, receivedAt: receivedAt,
                system: system, sourcePrison: sourcePrison, sequence: sequence, booking: booking,
                correction: correction, payload: payload))
    }

    private struct Fields: Sendable, Hashable {
        var id: UUID
        var subject: NomsNumber
        var occurredAt: Instant
        var publishedAt: Instant
        var receivedAt: Instant
        var system: String
        var sourcePrison: PrisonID?
        var sequence: Int64?
        var booking: BookingID?
        var correction: Correction?
        var payload: Payload
    }

    private final class Kept: Sendable {
        let fields: Fields
        init(_ fields: Fields) { self.fields = fields }
    }

    /// Keeps all fields anew, some of them others.
    private mutating func change(_ change: (inout Fields) -> Void) {
        var fields = kept.fields
        change(&fields)
        kept = Kept(fields)
    }

    /// Idempotency key: the CloudEvents id, or derived where the source has none (HMPPS, timers).
    public var id: UUID {
        get { kept.fields.id }
        set { change { $0.id = newValue } }
    }

    /// The prison number the event speaks of. What comes back from recipients names a handover or a task instead; the
    /// pipeline fills in the person it is about before anything is decided.
    public var subject: NomsNumber {
        get { kept.fields.subject }
        set { change { $0.subject = newValue } }
    }

    public var occurredAt: Instant {
        get { kept.fields.occurredAt }
        set { change { $0.occurredAt = newValue } }
    }

    /// When the source published it (`recordedtime`).
    public var publishedAt: Instant {
        get { kept.fields.publishedAt }
        set { change { $0.publishedAt = newValue } }
    }

    /// Set by the hub: the Kafka record timestamp, never later than the hub's clock; with `hub.clock: events` the
    /// event's recordedtime; for a timer never before its dueAt (design.md §4).
    public var receivedAt: Instant {
        get { kept.fields.receivedAt }
        set { change { $0.receivedAt = newValue } }
    }

    /// The publishing system, `nomis-feed` of `/prisons/MDI/nomis-feed`.
    public var system: String {
        get { kept.fields.system }
        set { change { $0.system = newValue } }
    }

    /// The prison that the source speaks for, if any.
    public var sourcePrison: PrisonID? {
        get { kept.fields.sourcePrison }
        set { change { $0.sourcePrison = newValue } }
    }

    /// Monotonic per source and person, where the source has one.
    public var sequence: Int64? {
        get { kept.fields.sequence }
        set { change { $0.sequence = newValue } }
    }

    public var booking: BookingID? {
        get { kept.fields.booking }
        set { change { $0.booking = newValue } }
    }

    /// Set where the event corrects another one.
    public var correction: Correction? {
        get { kept.fields.correction }
        set { change { $0.correction = newValue } }
    }

    public var payload: Payload {
        get { kept.fields.payload }
        set { change { $0.payload = newValue } }
    }

    public static func == (a: Event, b: Event) -> Bool { a.kept === b.kept || a.kept.fields == b.kept.fields }

    public func hash(into hasher: inout Hasher) { hasher.combine(kept.fields) }
}

extension Event: CustomReflectable {
    /// Its fields, as of any other value.
    public var customMirror: Mirror { Mirror(reflecting: kept.fields) }
}

/// What happened. Indirect, so that an event is copied by a reference instead of field by field: a decision copies
/// events some twenty times.
public indirect enum Payload: Sendable, Hashable {
    case custodyReceived(CustodyReceived)
    case eligibilityAssessed(EligibilityAssessed)
    case consentRecorded(ConsentRecorded)
    case kitIssued(KitIssued)
    case kitCollected(KitCollected)
    case kitReturned(KitReturned)
    case kitLost(KitLost)
    case releasePlanned(ReleasePlanned)
    case releaseChanged(ReleaseChanged)
    case releaseCancelled(ReleaseCancelled)
    case releaseActual(ReleaseActual)
    case custodyMovedOut(CustodyMovedOut)
    case custodyEndedOther(CustodyEndedOther)
    case identityMerged(IdentityMerged)
    case bookingMoved(BookingMoved)
    case trainingOffered(TrainingOffered)
    case trainingCompleted(TrainingCompleted)
    case trainingRefused(TrainingRefused)
    case kitConfirmed(KitConfirmed)
    case kitReplaced(KitReplaced)
    case kitUsed(KitUsed)
    case handoverAcknowledged(HandoverAcknowledged)
    case engagementRecorded(EngagementRecorded)
    case routingAssigned(RoutingAssigned)
    case taskResolved(TaskResolved)
    case referenceChanged(ReferenceChanged)
    case recordCorrected(RecordCorrected)
    case timerFired(TimerFired)

    public var type: EventType {
        switch self {
        case .custodyReceived: .custodyReceived
        case .eligibilityAssessed: .eligibilityAssessed
        case .consentRecorded: .consentRecorded
        case .kitIssued: .kitIssued
        case .kitCollected: .kitCollected
        case .kitReturned: .kitReturned
        case .kitLost: .kitLost
        case .releasePlanned: .releasePlanned
        case .releaseChanged: .releaseChanged
        case .releaseCancelled: .releaseCancelled
        case .releaseActual: .releaseActual
        case .custodyMovedOut: .custodyMovedOut
        case .custodyEndedOther: .custodyEndedOther
        case .identityMerged: .identityMerged
        case .bookingMoved: .bookingMoved
        case .trainingOffered: .trainingOffered
        case .trainingCompleted: .trainingCompleted
        case .trainingRefused: .trainingRefused
        case .kitConfirmed: .kitConfirmed
        case .kitReplaced: .kitReplaced
        case .kitUsed: .kitUsed
        case .handoverAcknowledged: .handoverAcknowledged
        case .engagementRecorded: .engagementRecorded
        case .routingAssigned: .routingAssigned
        case .taskResolved: .taskResolved
        case .referenceChanged: .referenceChanged
        case .recordCorrected: .recordCorrected
        case .timerFired: .timerFired
        }
    }

    /// Reads or writes the fields of an event of `type` through a visitor.
    public static func visit<V: FieldVisitor>(_ type: EventType, _ v: inout V) throws(FieldProblem) -> Payload {
        switch type {
        case .custodyReceived: .custodyReceived(try filled(&v))
        case .eligibilityAssessed: .eligibilityAssessed(try filled(&v))
        case .consentRecorded: .consentRecorded(try filled(&v))
        case .kitIssued: .kitIssued(try filled(&v))
        case .kitCollected: .kitCollected(try filled(&v))
        case .kitReturned: .kitReturned(try filled(&v))
        case .kitLost: .kitLost(try filled(&v))
        case .releasePlanned: .releasePlanned(try filled(&v))
        case .releaseChanged: .releaseChanged(try filled(&v))
        case .releaseCancelled: .releaseCancelled(try filled(&v))
        case .releaseActual: .releaseActual(try filled(&v))
        case .custodyMovedOut: .custodyMovedOut(try filled(&v))
        case .custodyEndedOther: .custodyEndedOther(try filled(&v))
        case .identityMerged: .identityMerged(try filled(&v))
        case .bookingMoved: .bookingMoved(try filled(&v))
        case .trainingOffered: .trainingOffered(try filled(&v))
        case .trainingCompleted: .trainingCompleted(try filled(&v))
        case .trainingRefused: .trainingRefused(try filled(&v))
        case .kitConfirmed: .kitConfirmed(try filled(&v))
        case .kitReplaced: .kitReplaced(try filled(&v))
        case .kitUsed: .kitUsed(try filled(&v))
        case .handoverAcknowledged: .handoverAcknowledged(try filled(&v))
        case .engagementRecorded: .engagementRecorded(try filled(&v))
        case .routingAssigned: .routingAssigned(try filled(&v))
        case .taskResolved: .taskResolved(try filled(&v))
        case .referenceChanged: .referenceChanged(try filled(&v))
        case .recordCorrected: .recordCorrected(try filled(&v))
        case .timerFired: .timerFired(try filled(&v))
        }
    }

    /// Shows this payload's fields to a writing visitor.
    public func visit<V: FieldVisitor>(_ v: inout V) throws(FieldProblem) {
        switch self {
        case .custodyReceived(var p): try p.visit(&v)
        case .eligibilityAssessed(var p): try p.visit(&v)
        case .consentRecorded(var p): try p.visit(&v)
        case .kitIssued(var p): try p.visit(&v)
        case .kitCollected(var p): try p.visit(&v)
        case .kitReturned(var p): try p.visit(&v)
        case .kitLost(var p): try p.visit(&v)
        case .releasePlanned(var p): try p.visit(&v)
        case .releaseChanged(var p): try p.visit(&v)
        case .releaseCancelled(var p): try p.visit(&v)
        case .releaseActual(var p): try p.visit(&v)
        case .custodyMovedOut(var p): try p.visit(&v)
        case .custodyEndedOther(var p): try p.visit(&v)
        case .identityMerged(var p): try p.visit(&v)
        case .bookingMoved(var p): try p.visit(&v)
        case .trainingOffered(var p): try p.visit(&v)
        case .trainingCompleted(var p): try p.visit(&v)
        case .trainingRefused(var p): try p.visit(&v)
        case .kitConfirmed(var p): try p.visit(&v)
        case .kitReplaced(var p): try p.visit(&v)
        case .kitUsed(var p): try p.visit(&v)
        case .handoverAcknowledged(var p): try p.visit(&v)
        case .engagementRecorded(var p): try p.visit(&v)
        case .routingAssigned(var p): try p.visit(&v)
        case .taskResolved(var p): try p.visit(&v)
        case .referenceChanged(var p): try p.visit(&v)
        case .recordCorrected(var p): try p.visit(&v)
        case .timerFired(var p): try p.visit(&v)
        }
    }

    private static func filled<G: FieldGroup, V: FieldVisitor>(_ v: inout V) throws(FieldProblem) -> G {
        var group = G()
        try group.visit(&v)
        return group
    }
}

/// The event types of this version, by their published names. The wire type is `throughgate.NAME.v1`.
public enum EventType: String, CaseIterable, Sendable, Hashable {
    case custodyReceived = "custody.received"
    case eligibilityAssessed = "thn.eligibility.assessed"
    case consentRecorded = "consent.recorded"
    case kitIssued = "thn.kit.issued"
    case kitCollected = "thn.kit.collected"
    case kitReturned = "thn.kit.returned"
    case kitLost = "thn.kit.lost"
    case releasePlanned = "release.planned"
    case releaseChanged = "release.changed"
    case releaseCancelled = "release.cancelled"
    case releaseActual = "release.actual"
    case custodyMovedOut = "custody.moved_out"
    case custodyEndedOther = "custody.ended_other"
    case identityMerged = "identity.merged"
    case bookingMoved = "identity.booking_moved"
    case trainingOffered = "thn.training.offered"
    case trainingCompleted = "thn.training.completed"
    case trainingRefused = "thn.training.refused"
    case kitConfirmed = "thn.kit.confirmed"
    case kitReplaced = "thn.kit.replaced"
    case kitUsed = "thn.kit.used"
    case handoverAcknowledged = "handover.acknowledged"
    case engagementRecorded = "engagement.recorded"
    case routingAssigned = "routing.assigned"
    case taskResolved = "task.resolved"
    case referenceChanged = "reference.changed"
    case recordCorrected = "record.corrected"
    case timerFired = "hub.timer.fired"
}
