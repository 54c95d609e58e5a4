/// What a decision about one person rests on beside that person's own events.
public struct Elsewhere: Sendable, Hashable {
    /// Kits that somebody else holds too, by the record (domain.md §14 S18): disputed, and no kit for anybody until it
    /// is resolved.
    public var kitsHeldByOthers: Set<Label> = []
    /// receivedAt of an event of somebody else that concerns this person; the person's now is not before it.
    public var concernedAt: Instant?
    public init() {}
}
