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
            ackDueAt = DueTimes.afterWorkingTime(rules.urgentAck, from: start, calendar)
            contactDueAt = sentAt + rules.urgentContact
        case .p2:
            ackDueAt = London.instant(calendar.workingDay(rules.pressingAckWorkingDays, from: day), at: calendar.workEnds)
            contactDueAt = sentAt + rules.pressingContact
        case .p3:
            ackDueAt = London.instant(calendar.workingDay(rules.ordinaryAckWorkingDays, from: day), at: calendar.workEnds)
            contactDueAt = sentAt + rules.ordinaryContact
        case .p4:
            ackDueAt = London.instant(calendar.workingDay(rules.ordinaryAckWorkingDays, from: day), at: calendar.workEnds)
            contactDueAt = nil
        }
    }

    /// `start` lies within working hours; what does not fit before 17:00 goes on at 09:00 of the next working day.
    private static func afterWorkingTime(_ span: Span, from start: Instant, _ calendar: WorkingCalendar) -> Instant {
        let day = London.date(of: start)
        let today = London.instant(day, at: calendar.workEnds) - start
        if span <= today { return start + span }
        let rest = Span(microseconds: span.microseconds - today.microseconds)
        return London.instant(calendar.workingDay(1, from: day), at: calendar.workStarts) + rest
    }
}
