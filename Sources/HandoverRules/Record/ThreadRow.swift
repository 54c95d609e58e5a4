public import FoundationEssentials

/// A version of a handover as it was sent: what `message` has of it beside its body.
public struct SentVersion: Sendable, Hashable {
    public var thread: UUID
    public var version: Int
    public var kind: HandoverKind
    public var priority: Priority?
    public var sentAt: Instant
    public var ackDueAt: Instant?
    /// It waits for its topic and has not left.
    public var isHeld: Bool
    public init(
        thread: UUID, version: Int, kind: HandoverKind, priority: Priority?, sentAt: Instant, ackDueAt: Instant?,
        isHeld: Bool = false
    ) {
        self.thread = thread
        self.version = version
        self.kind = kind
        self.priority = priority
        self.sentAt = sentAt
        self.ackDueAt = ackDueAt
        self.isHeld = isHeld
    }
}

/// One handover thread as the record has it (domain.md §11 `handover`, §12 the handover region).
public struct ThreadRow: Sendable, Hashable {
    public var id: UUID
    public var spell: UUID
    /// The spell is no more: its events went to another spell or person.
    public var hasNoSpell = false
    public var recipient: Recipient
    public var state: ThreadState
    public var version: Int
    public var kind: HandoverKind
    public var priority: Priority?
    public var sentAt: Instant
    public var ackDueAt: Instant?
    public var contactDueAt: Instant?
    /// First PLANNED version.
    public var plannedSentAt: Instant?
    /// First version after the release.
    public var releasedSentAt: Instant?
    /// 17:00 on the second working day after it (domain.md §13 K9).
    public var releasedAckBy: Instant?
    public var stoodDownAt: Instant?
    /// First acknowledgement that counts for the thread as it stands.
    public var ackedAt: Instant?
    public var rejectReason: RejectReason?
    /// The first P1 version after the release: when it went, when it is due, when acknowledged, when it ceased to be.
    public var urgent: Urgent?
    public var engagedAt: Instant?
    /// A kit was supplied by the service: kitSeen FIRST_SUPPLY or REPLACED (domain.md §13 K11).
    public var suppliedAt: Instant?
    /// Key messages reinforced by day 14 (domain.md §13 K13).
    public var reinforcedEarly: Int
    /// When the thread closes, or was stood down: retention counts from here.
    public var closedAt: Instant?
    /// Somebody still counts on it: at most one such thread per spell and kind of recipient (invariant I3).
    public var isLive: Bool { state != .stoodDown && state != .closed }

    public struct Urgent: Sendable, Hashable {
        public var sentAt: Instant
        public var ackDueAt: Instant?
        public var ackedAt: Instant?
        public var endedAt: Instant?
    }
}
