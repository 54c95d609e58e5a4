/// When a handover of a priority must be acknowledged and a contact tried (domain.md §8).
public struct DueTimes: Sendable, Hashable {
    public var ackDueAt: Instant
    /// nil for P4: an appointment is to be set before release.
    public var contactDueAt: Instant?

    /// - Parameter calendar: working days of the recipient's nation.
    public init(_ priority: Priority, sentAt: Instant, _ calendar: WorkingCalendar) {
        let start = calendar.clockStart(sentAt)
        let day = London.date(of: start)
        switch priority {
        case .p1:
            ackDueAt = DueTimes.afterWorkingTime(Rulebook.urgentAck, from: start, calendar)
            contactDueAt = sentAt + .hours(24)
        case .p2:
            ackDueAt = London.instant(calendar.workingDay(1, from: day), at: Rulebook.workEnds)
            contactDueAt = sentAt + .hours(72)
        case .p3:
            ackDueAt = London.instant(calendar.workingDay(2, from: day), at: Rulebook.workEnds)
            contactDueAt = sentAt + .days(7)
        case .p4:
            ackDueAt = London.instant(calendar.workingDay(2, from: day), at: Rulebook.workEnds)
            contactDueAt = nil
        }
    }

    /// `start` lies within working hours; what does not fit before 17:00 goes on at 09:00 of the next working day.
    private static func afterWorkingTime(_ span: Span, from start: Instant, _ calendar: WorkingCalendar) -> Instant {
        let day = London.date(of: start)
        let today = London.instant(day, at: Rulebook.workEnds) - start
        if span <= today { return start + span }
        let rest = Span(microseconds: span.microseconds - today.microseconds)
        return London.instant(calendar.workingDay(1, from: day), at: Rulebook.workStarts) + rest
    }
}
