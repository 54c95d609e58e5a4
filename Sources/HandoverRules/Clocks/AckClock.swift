/// The escalation of one handover by working time of the recipient's nation (domain.md §8): half of a P1 handover's
/// time, all of it, twice of it.
struct AckClock {
    let thread: HandoverThread
    let calendar: WorkingCalendar
    /// When the clock started: within working hours.
    let startedAt: Instant
    let dueAt: Instant

    /// nil where nothing is to be acknowledged.
    init?(_ thread: HandoverThread, _ calendar: WorkingCalendar) {
        guard thread.kind != .stoodDown, let dueAt = thread.ackDueAt else { return nil }
        self.thread = thread
        self.calendar = calendar
        self.dueAt = dueAt
        startedAt = calendar.clockStart(thread.clockFrom ?? thread.sentAt)
    }

    /// P1 only.
    var halfAt: Instant? {
        guard thread.priority == .p1 else { return nil }
        return calendar.adding(Span(microseconds: span.microseconds / 2), to: startedAt)
    }

    var doubleAt: Instant { calendar.adding(span, to: dueAt) }

    /// The next instant at which somebody else is asked; nil when everybody has been.
    func next(after now: Instant) -> (kind: TimerKind, at: Instant)? {
        if let halfAt, now < halfAt { return (.ackHalf, halfAt) }
        if now < dueAt { return (.ackOverdue, dueAt) }
        let doubleAt = doubleAt
        return now < doubleAt ? (.ackDoubleOverdue, doubleAt) : nil
    }

    private var span: Span { calendar.workingTime(from: startedAt, to: dueAt) }
}
