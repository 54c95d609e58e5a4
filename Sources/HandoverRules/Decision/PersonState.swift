public import FoundationEssentials

/// Everything the hub keeps of one person between batches: the de-duplicated events and what was said so far.
/// It is derived: `event` and `message` in PostgreSQL can rebuild it.
public struct PersonState: Sendable, Hashable {
    public var subject: NomsNumber
    /// Events that count (duplicates and timers left out), in the total order of domain.md §12.
    public var events: [Event] = []
    /// Other ids under which an event kept came again: a correction may name any of them.
    public var aliases: [EventAlias] = []
    /// Spells that were ever spoken of, so that a spell keeps its id when an older event changes how it began.
    public var spells: [KnownSpell] = []
    /// Largest receivedAt seen, timers included: the fold's now.
    public var now: Instant = .distantPast
    /// One per (spell, scope, recipient) that was ever sent something.
    public var threads: [HandoverThread] = []
    /// Last reported outcome per (spell, scope), so that only changes are written.
    public var outcomes: [Outcome] = []
    /// Tasks raised so far, by id.
    public var tasks: [RaisedTask] = []
    /// Timers written and not yet recorded as events: the next look, and one for each handover that waits for its
    /// topic.
    public var openTimers: [Timer] = []
    /// Data-quality exceptions raised so far.
    public var dataQuality: [DataQuality] = []

    public init(subject: NomsNumber) { self.subject = subject }
}

/// An id that was given up for another of the same natural key.
public struct EventAlias: Sendable, Hashable {
    public var lost: UUID
    /// Id of the event kept.
    public var kept: UUID
    public init(lost: UUID, kept: UUID) {
        self.lost = lost
        self.kept = kept
    }
}

/// A spell's id and the event that it is recognised by. The id is uuid5 of the event that opened the spell when it
/// was first spoken of (domain.md §11 `episode`); whichever spell that event lies in later keeps the id.
public struct KnownSpell: Sendable, Hashable {
    public var id: UUID
    /// Id of an event that lies in the spell.
    public var anchor: UUID
    public init(id: UUID, anchor: UUID) {
        self.id = id
        self.anchor = anchor
    }
}

public enum RecipientKind: String, Sendable, Hashable, CaseIterable {
    case drugService = "drug-service"
    case supervision
    case youthJustice = "youth-justice"
    case youngPeopleDrugService = "young-people-drug-service"
}

public struct Recipient: Sendable, Hashable {
    public var kind: RecipientKind
    public var provider: ProviderID
    public init(kind: RecipientKind, provider: ProviderID) {
        self.kind = kind
        self.provider = provider
    }
}

public enum HandoverKind: String, Sendable, Hashable, CaseIterable {
    case planned = "PLANNED", released = "RELEASED", correction = "CORRECTION", stoodDown = "STOOD_DOWN"
}

public enum Priority: Int, Sendable, Hashable, Comparable, CaseIterable {
    case p1 = 1, p2, p3, p4
    public static func < (a: Priority, b: Priority) -> Bool { a.rawValue < b.rawValue }
    public var text: String { "P\(rawValue)" }
}

/// What one recipient was last told about one spell.
public struct HandoverThread: Sendable, Hashable {
    /// Derived from spell, recipient and type, so that it is the same whoever computes it.
    public var id: UUID
    public var spell: UUID
    public var recipient: Recipient
    public var version: Int
    public var kind: HandoverKind
    /// nil on STOOD_DOWN.
    public var priority: Priority?
    /// SHA-256 of the content (without version, supersedes, sentAt, due times, dq; RELEASED and CORRECTION alike).
    public var contentDigest: [UInt8]
    public var sentAt: Instant
    /// When this priority's clock started, and what is due (nil: nothing due).
    public var ackDueAt: Instant?
    /// When a first contact must have been tried, by the same clock.
    public var contactDueAt: Instant?
    /// sentAt of the version whose sending started the clock that runs; nil on STOOD_DOWN.
    public var clockFrom: Instant?
    /// An acknowledgement counts from this version on: 1, or the version that last rose to P1 (domain.md §8).
    public var ackFrom = 1
    /// The record whose transaction carries this version; set by the pipeline, used for ordering after a crash.
    public var position: SourcePosition?

    public init(
        id: UUID, spell: UUID, recipient: Recipient, version: Int, kind: HandoverKind, priority: Priority?,
        contentDigest: [UInt8], sentAt: Instant, ackDueAt: Instant?, contactDueAt: Instant? = nil,
        position: SourcePosition? = nil
    ) {
        self.id = id
        self.spell = spell
        self.recipient = recipient
        self.version = version
        self.kind = kind
        self.priority = priority
        self.contentDigest = contentDigest
        self.sentAt = sentAt
        self.ackDueAt = ackDueAt
        self.contactDueAt = contactDueAt
        self.position = position
    }
}

/// Why a spell's handover of one scope was or was not sent (design law 4: doubt is never silent).
public struct Outcome: Sendable, Hashable {
    public enum State: String, Sendable, Hashable, CaseIterable {
        case sent = "SENT", suppressed = "SUPPRESSED", queued = "QUEUED", humanQueue = "HUMAN_QUEUE"
        case stoodDown = "STOOD_DOWN"
    }
    public var spell: UUID
    public var scope: ConsentScope
    public var state: State
    /// NO_CONSENT, NOT_ELIGIBLE, NOT_ASSESSED, NOT_ONBOARDED, NOT_COMMUNITY, NO_SUPERVISION, TOO_LATE … or "".
    public var reason: String
    /// Whether this spell's release has happened (final RELEASED): counts in demo and reports.
    public var released: Bool
    public init(spell: UUID, scope: ConsentScope, state: State, reason: String, released: Bool) {
        self.spell = spell
        self.scope = scope
        self.state = state
        self.reason = reason
        self.released = released
    }
}

/// A task that was raised, and whether it still stands. Its messages form a chain as a handover's versions do: the
/// first raises it, the next closes it, one after that raises it again.
public struct RaisedTask: Sendable, Hashable {
    public var id: UUID
    /// PHONE_NOW, NO_PROVIDER, HUMAN_QUEUE, RELEASE_UNCONFIRMED … (domain.md §7.3), or TRANSFER_BRIEFING.
    public var code: String
    public var spell: UUID
    public var destination: OutboundDecision.Destination
    /// The handover that it is about, if it is about one.
    public var handover: UUID?
    public var version: Int
    public var isOpen: Bool
    public var dueAt: Instant
    public var priority: Priority?
    /// A task.resolved counts when it was received from here on: since the task was last raised, or its cause ended.
    public var answersFrom: Instant
    /// The record whose transaction carries the last message; set by the pipeline.
    public var position: SourcePosition?
    /// A transfer briefing goes out like a task and waits for nobody: it was never open.
    public var isBriefing: Bool { code == Speaker.briefing }

    public init(
        id: UUID, code: String, spell: UUID, destination: OutboundDecision.Destination, handover: UUID? = nil,
        version: Int = 1, isOpen: Bool = true, dueAt: Instant, priority: Priority?, answersFrom: Instant = .distantPast,
        position: SourcePosition? = nil
    ) {
        self.id = id
        self.code = code
        self.spell = spell
        self.destination = destination
        self.handover = handover
        self.version = version
        self.isOpen = isOpen
        self.dueAt = dueAt
        self.priority = priority
        self.answersFrom = answersFrom
        self.position = position
    }
}

/// A row of the `timer` table: something to look at again at `dueAt`.
public struct Timer: Sendable, Hashable {
    public var kind: TimerKind
    /// Id of what it waits for (an event or a handover).
    public var cause: UUID
    public var dueAt: Instant
    public init(kind: TimerKind, cause: UUID, dueAt: Instant) {
        self.kind = kind
        self.cause = cause
        self.dueAt = dueAt
    }
}

public struct DataQuality: Sendable, Hashable {
    public var code: String
    /// The event it is about.
    public var event: UUID
    public init(code: String, event: UUID) {
        self.code = code
        self.event = event
    }
}
