public import FoundationEssentials

/// One thing that happened to one person: an inbound event after decoding, or one of the hub's own timers.
public struct Event: Sendable, Hashable {
    /// Idempotency key: the CloudEvents id, or derived where the source has none (HMPPS, timers).
    public var id: UUID
    /// The prison number the event speaks of.
    public var subject: NomsNumber
    public var occurredAt: Instant
    /// When the source published it (`recordedtime`).
    public var publishedAt: Instant
    /// Set by the hub: the Kafka record timestamp, never later than the hub's clock; with `hub.clock: events` the
    /// event's recordedtime; for a timer never before its dueAt (design.md §4).
    public var receivedAt: Instant
    /// The publishing system, `nomis-feed` of `/prisons/MDI/nomis-feed`.
    public var system: String
    /// The prison that the source speaks for, if any.
    public var sourcePrison: PrisonID?
    /// Monotonic per source and person, where the source has one.
    public var sequence: Int64?
    public var booking: BookingID?
    public var payload: Payload

    public init(
        id: UUID, subject: NomsNumber, occurredAt: Instant, publishedAt: Instant, receivedAt: Instant,
        system: String, sourcePrison: PrisonID? = nil, sequence: Int64? = nil, booking: BookingID? = nil,
        payload: Payload
    ) {
        self.id = id
        self.subject = subject
        self.occurredAt = occurredAt
        self.publishedAt = publishedAt
        self.receivedAt = receivedAt
        self.system = system
        self.sourcePrison = sourcePrison
        self.sequence = sequence
        self.booking = booking
        self.payload = payload
    }
}

/// What happened.
public enum Payload: Sendable, Hashable {
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
    case timerFired = "hub.timer.fired"
}
