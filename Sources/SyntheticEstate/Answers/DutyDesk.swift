import FoundationEssentials
public import HandoverRules

/// Plays those who are asked to phone: given a task, when and how somebody says that it is done, as an event for
/// `hub.decisions`. Pure and seeded, like ``CommunityWorker``.
public struct DutyDesk: Sendable {
    private let seed: UInt64
    /// Share of phone calls that somebody notes as made. Assumption.
    public var phonedShare = 0.7

    public init(seed: UInt64) { self.seed = seed }

    /// nil where the task ends by itself or not at all.
    public func resolution(of task: SeenTask) -> Event? {
        guard task.code == "PHONE_NOW" else { return nil }
        var dice = Dice(seed: seed ^ task.id.seed)
        guard dice.chance(phonedShare) else { return nil }
        var p = TaskResolved()
        p.task = task.id.lowercaseLabel
        p.outcome = dice.pick([.done, .done, .done, .passedOn])
        p.by = StaffReference(unchecked: "DUTY_WORKER/d-\(dice.below(5))")
        let at = task.sentAt + .minutes(Int64(dice.within(15...240)))
        return Event(
            id: dice.uuid(), subject: .blank, occurredAt: at, publishedAt: at + .minutes(1),
            receivedAt: at + .minutes(1), system: "hub/tasks", payload: .taskResolved(p))
    }
}
