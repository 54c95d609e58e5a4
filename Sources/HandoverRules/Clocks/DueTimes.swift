/// When a handover of a priority must be acknowledged and a contact tried (domain.md §8).
public struct DueTimes: Sendable, Hashable {
    public var ackDueAt: Instant
    /// nil for P4: an appointment is to be set before release.
    public var contactDueAt: Instant?

    /// - Parameter calendar: working days of the recipient's nation.
    public init(_ priority: Priority, sentAt: Instant, _ calendar: WorkingCalendar, _ rules: Rulebook = .standard) {
        let start = calendar.clockStart(sentAt)
        let day = London.date(of: start)
        switch priority {
        case .p1:
            ackDueAt = calendar.adding(rules.urgentAck, to: start)
            contactDueAt = sentAt + rules.urgentContact
        case .p2:
            ackDueAt = London.instant(
                calendar.workingDay(rules.pressingAckWorkingDays, from: day), at: calendar.workEnds)
            contactDueAt = sentAt + rules.pressingContact
        case .p3:
            ackDueAt = London.instant(
                calendar.workingDay(rules.ordinaryAckWorkingDays, from: day), at: calendar.workEnds)
            contactDueAt = sentAt + rules.ordinaryContact
        case .p4:
            ackDueAt = London.instant(
                calendar.workingDay(rules.ordinaryAckWorkingDays, from: day), at: calendar.workEnds)
            contactDueAt = nil
        }
    }
}
