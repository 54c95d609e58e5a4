public import FoundationEssentials
public import HandoverRules

/// One line of the decision record: an event and what became of it, or something that was or was not said because of
/// it. Ids and codes only, no person's data.
public struct DecisionEntry: Sendable, Hashable {
    /// By the hub's clock: of an event its receipt, of all else the moment it was decided.
    public var at: Instant
    /// The event, or the one that caused this; nil for a record that was rejected and names none.
    public var event: UUID?
    /// What decided: the event's type, `handover.drug-service` and its like, `task.PHONE_NOW`, `scope.DRUG_SERVICE`
    /// (why a scope's handover was not sent), or the place of a rejected record.
    public var rule: String
    /// What came of it: a disposition, the kind of a version, OPENED or CLOSED, an outcome's state, REJECTED.
    public var outcome: String
    /// A code, empty where there is nothing to say; of a version the type of the event that it rests on first.
    public var reason: String
    /// Codes opened by the event.
    public var dataQuality: [String] = []

    /// Handover or task.
    public var stream: UUID?
    public var version: Int?
    public var recipient: String?
    public var priority: Priority?
    public var decidedFrom: [UUID] = []
    /// Held back because its topic could not be written.
    public var isHeld = false
    /// Whether this is an event and its disposition; otherwise it is something that was decided because of one.
    public var isEvent: Bool { stream == nil && spell == nil }

    // What selects it.
    var spell: UUID?
    /// The handover that a task or a response is about.
    var about: UUID?
    var scope: String?
    var order: (batch: Int64, rank: Int, seq: Int64) = (0, 0, 0)

    init(at: Instant, event: UUID?, rule: String, outcome: String, reason: String) {
        self.at = at
        self.event = event
        self.rule = rule
        self.outcome = outcome
        self.reason = reason
    }

    public static func == (a: DecisionEntry, b: DecisionEntry) -> Bool {
        a.at == b.at && a.event == b.event && a.rule == b.rule && a.outcome == b.outcome && a.reason == b.reason
            && a.stream == b.stream && a.version == b.version && a.dataQuality == b.dataQuality
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(event)
        hasher.combine(rule)
        hasher.combine(version)
    }
}

/// What is to be explained.
public enum DecisionSubject: Sendable, Hashable {
    case person(NomsNumber)
    case event(UUID)
    case handover(UUID)
}
