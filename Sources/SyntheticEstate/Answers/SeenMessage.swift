public import FoundationEssentials
public import HandoverRules

/// A handover version as its recipient has it: what the simulation's workers go by, and nothing that a real reader of
/// the topic would not see.
public struct SeenHandover: Sendable, Hashable {
    /// handoverId.
    public var id: UUID
    public var version: Int
    public var kind: HandoverKind
    /// nil on STOOD_DOWN.
    public var priority: Priority?
    public var recipient: Recipient
    public var sentAt: Instant
    public var ackDueAt: Instant?
    /// nil before the release.
    public var releasedAt: Instant?
    /// `thn.kitAtRelease`: YES, NO or UNCONFIRMED.
    public var kitAtRelease: String?
    /// Ids, in the order in which they are printed.
    public var keyMessages: [Label]
    public init(
        id: UUID, version: Int, kind: HandoverKind, priority: Priority?, recipient: Recipient, sentAt: Instant,
        ackDueAt: Instant?, releasedAt: Instant?, kitAtRelease: String?, keyMessages: [Label]
    ) {
        self.id = id
        self.version = version
        self.kind = kind
        self.priority = priority
        self.recipient = recipient
        self.sentAt = sentAt
        self.ackDueAt = ackDueAt
        self.releasedAt = releasedAt
        self.kitAtRelease = kitAtRelease
        self.keyMessages = keyMessages
    }
}

/// A task as whoever is asked has it.
public struct SeenTask: Sendable, Hashable {
    public var id: UUID
    /// PHONE_NOW, ACK_OVERDUE … (domain.md §7.3).
    public var code: String
    public var sentAt: Instant
    public var dueAt: Instant
    public init(id: UUID, code: String, sentAt: Instant, dueAt: Instant) {
        self.id = id
        self.code = code
        self.sentAt = sentAt
        self.dueAt = dueAt
    }
}

extension UUID {
    /// As it stands in bodies and keys.
    var lowercaseLabel: Label { Label(unchecked: uuidString.lowercased()) }

    /// 64 bits that are the same for the same id on every machine.
    var seed: UInt64 {
        let b = uuid
        let bytes = [b.0, b.1, b.2, b.3, b.4, b.5, b.6, b.7, b.8, b.9, b.10, b.11, b.12, b.13, b.14, b.15]
        return bytes.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x0000_0100_0000_01B3 }
    }
}
