/// Until when a first contact must have been tried (domain.md §8).
enum ContactClock {
    /// nil where none is due: before the release, for those who are not told of it, and once a contact was tried.
    static func dueAt(_ thread: HandoverThread, _ release: Spell.Release, _ responses: Responses) -> Instant? {
        guard thread.kind == .released || thread.kind == .correction, let due = thread.contactDueAt,
            Disclosure.allowed(thread.recipient.kind).contains(.health),
            !responses.isContacted(thread.id, since: release.at)
        else { return nil }
        return due
    }
}
