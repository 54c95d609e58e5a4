public import FoundationEssentials

/// A message body before it becomes bytes: an ordered tree. Disclosure decides what is in it.
public enum BodyValue: Sendable, Hashable {
    case text(String)
    case int(Int)
    case bool(Bool)
    case list([BodyValue])
    case object([Field])

    public struct Field: Sendable, Hashable {
        public var name: String
        public var value: BodyValue
        public init(_ name: String, _ value: BodyValue) {
            self.name = name
            self.value = value
        }
    }
}

/// A handover version or a task to publish. Finished to the last field; EventContracts turns it into bytes.
public struct OutboundDecision: Sendable, Hashable {
    public enum Destination: Sendable, Hashable {
        case handover(Recipient)
        /// A task for a prison, on `prison.tasks.PRISON`.
        case prisonTask(PrisonID)
        /// A task for everyone else, on `hub.tasks`.
        case hubTask
    }
    public var destination: Destination
    /// handoverId or taskId: the Kafka key and the CloudEvents subject.
    public var id: UUID
    /// Rises by 1; 1 is the first.
    public var version: Int
    /// Handovers only.
    public var kind: HandoverKind?
    public var priority: Priority?
    /// Tasks only.
    public var taskCode: String?
    public var sentAt: Instant
    public var ackDueAt: Instant?
    public var spell: UUID
    public var body: BodyValue
    /// Tasks only: this message closes the task.
    public var closes = false
    /// Handovers only: the thread as it stands with this version, for the ledger.
    public var thread: HandoverThread?
    /// Ids of the events that this version was decided from, the release or plan first.
    public var decidedFrom: [UUID] = []
    /// Where the version before this one was recorded, if there is one (ordering after a crash, design.md §3).
    public var predecessor: SourcePosition?

    public init(
        destination: Destination, id: UUID, version: Int, kind: HandoverKind?, priority: Priority?,
        taskCode: String?, sentAt: Instant, ackDueAt: Instant?, spell: UUID, body: BodyValue,
        predecessor: SourcePosition?
    ) {
        self.destination = destination
        self.id = id
        self.version = version
        self.kind = kind
        self.priority = priority
        self.taskCode = taskCode
        self.sentAt = sentAt
        self.ackDueAt = ackDueAt
        self.spell = spell
        self.body = body
        self.predecessor = predecessor
    }
}

/// What became of one arrived event (invariant I6: exactly one disposition with a reason).
public struct Disposition: Sendable, Hashable {
    public enum State: String, Sendable, Hashable, CaseIterable {
        case applied = "APPLIED", duplicate = "DUPLICATE", superseded = "SUPERSEDED"
    }
    public var event: UUID
    public var state: State
    /// "" when plainly applied; NATURAL_KEY, NOTHING_CHANGED, STALE, NOT_COMMUNITY, NOT_ONBOARDED, TOO_LATE …
    public var reason: String
    public init(event: UUID, state: State, reason: String = "") {
        self.event = event
        self.state = state
        self.reason = reason
    }
}

/// The difference that a person's newly arrived events make.
public struct Decision: Sendable {
    /// The state to keep, `threads` advanced to what `outbound` says.
    public var state: PersonState
    /// In the order in which they must be published.
    public var outbound: [OutboundDecision] = []
    /// Timers to write; those in `state.openTimers` and not here already stand.
    public var newTimers: [Timer] = []
    /// Timers that no longer have a purpose.
    public var cancelledTimers: [Timer] = []
    /// One per arrived event, timers included.
    public var dispositions: [Disposition] = []
    /// Outcomes that changed.
    public var outcomes: [Outcome] = []
    /// Data-quality exceptions that are new.
    public var dataQuality: [DataQuality] = []
    /// Every thread of the person as it stands now, changed or not (domain.md §12, the handover region).
    public var standings: [ThreadStanding] = []
    /// Labels of the kits that the person holds now, as far as the record says: another holder of one of them disputes
    /// it (domain.md §14 S18). Sorted.
    public var heldKits: [Label] = []
    /// For the next decision about the person, so that it folds only what is new. Derived: need not be kept.
    public var carried: CarriedFold?

    public init(state: PersonState) { self.state = state }
}
