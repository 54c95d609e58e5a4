public import HandoverRules

/// One opening or clearing that is to be told over one door, and how that goes.
public struct AlertNotice: Sendable, Hashable {
    public enum Door: String, Sendable, Hashable, CaseIterable { case webhook, email }
    public enum State: String, Sendable, Hashable { case waiting = "WAITING", delivered = "DELIVERED", dead = "DEAD" }

    /// What makes it one: a receiver that knows the id has it already.
    public struct Key: Sendable, Hashable {
        public var id: String
        public var door: Door

        public init(id: String, door: Door) {
            self.id = id
            self.door = door
        }
    }

    public var door: Door
    public var rule: AlertRule
    public var cause: AlertCause
    public var isOpen: Bool
    public var at: Instant
    public var openedAt: Instant
    public var value: Double
    public var state = State.waiting
    public var attempts = 0
    public var nextAt: Instant
    /// A code: `200`, `TIMEOUT`.
    public var outcome: String?

    public init(_ change: AlertBook.Change, door: Door) {
        self.door = door
        rule = change.rule
        cause = change.cause
        isOpen = change.isOpen
        at = change.at
        openedAt = change.openedAt
        value = change.value
        nextAt = change.at
    }

    /// The same at every attempt; without full stops, as `webhook-id` must be.
    public var id: String {
        let name = cause.text.isEmpty ? "" : "/" + AlertNotice.fingerprint(cause.text)
        return "\(rule.name)\(name)/\(openedAt.milliseconds)/\(isOpen ? "open" : "clear")"
    }

    public var key: Key { Key(id: id, door: door) }

    /// A line for people.
    public var summary: String {
        (isOpen ? "" : "Cleared: ") + rule.words(value, cause)
    }

    /// What an attempt came to. Tried again with doubled waits, for ``AlertLimits/triedFor``.
    public mutating func tried(_ outcome: String, isTaken: Bool, now: Instant) {
        attempts += 1
        self.outcome = outcome
        if isTaken {
            state = .delivered
        } else if now - at >= AlertLimits.triedFor {
            state = .dead
        } else {
            let wait = Span.seconds(5 << Int64(min(attempts - 1, 10)))
            nextAt = now + min(wait, AlertLimits.backoffMax)
        }
    }

    /// FNV-1a: short, and the same in every process.
    private static func fingerprint(_ text: String) -> String {
        let hash = text.utf8.reduce(UInt64(0xcbf2_9ce4_8422_2325)) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
        return String(hash, radix: 16)
    }
}
