/// The instants at which a plan changes by itself (domain.md §7.3, §12).
enum PlanClock {
    /// From here a planned release is P2: 09:00 two working days before.
    static func nearAt(_ date: LocalDate, _ calendar: WorkingCalendar, _ rules: Rulebook) -> Instant {
        London.instant(calendar.workingDay(-rules.planNearWorkingDays, from: date), at: rules.workStarts)
    }

    /// From here a plan without a release is overdue: 10:00 on the day after.
    static func overdueAt(_ date: LocalDate, _ rules: Rulebook) -> Instant {
        London.instant(date.adding(days: 1), at: rules.planOverdueAt)
    }

    /// From here a release that nobody can be named for is urgent: the working day before (domain.md §10 R4).
    static func routedBy(_ date: LocalDate, _ calendar: WorkingCalendar) -> Instant {
        London.instant(calendar.workingDay(-1, from: date), at: .zero)
    }

    /// From here an overdue plan is stale: nobody answered for it.
    static func staleAt(_ date: LocalDate, _ rules: Rulebook) -> Instant {
        London.instant(date.adding(days: rules.planStaleDays), at: rules.planOverdueAt)
    }
}
