/// Working days of one nation: Monday to Friday less its bank holidays (domain.md §2).
public struct WorkingCalendar: Sendable {
    public var holidays: Set<LocalDate>
    /// The working day (domain.md §8: 09:00 ..< 17:00).
    public var workStarts: Span
    public var workEnds: Span

    public init(holidays: Set<LocalDate>, _ rules: Rulebook = .standard) {
        self.holidays = holidays
        workStarts = rules.workStarts
        workEnds = rules.workEnds
    }

    public func isHoliday(_ date: LocalDate) -> Bool { holidays.contains(date) }

    public func isWorkingDay(_ date: LocalDate) -> Bool { !date.isWeekend && !holidays.contains(date) }

    /// The `count`-th working day after `date`; before it where `count` is negative.
    public func workingDay(_ count: Int, from date: LocalDate) -> LocalDate {
        var date = date, left = abs(count)
        let step = count < 0 ? -1 : 1
        // No stretch of holidays is longer than a month: the bound only guards against a broken register.
        for _ in 0..<(31 * (abs(count) + 1)) where left > 0 {
            date = date.adding(days: step)
            if isWorkingDay(date) { left -= 1 }
        }
        return date
    }

    /// When the clock of something sent at `instant` starts: at once within 09:00 ..< 17:00 of a working day,
    /// otherwise at the next 09:00 of one (domain.md §8).
    public func clockStart(_ instant: Instant) -> Instant {
        let date = London.date(of: instant), time = London.timeOfDay(instant)
        if isWorkingDay(date) {
            if time < workStarts { return London.instant(date, at: workStarts) }
            if time < workEnds { return instant }
        }
        return London.instant(workingDay(1, from: date), at: workStarts)
    }
}

extension Registers {
    /// The working days that hold for recipients in `authority`; England's where it is not known.
    func calendar(_ authority: AuthorityID?, _ rules: Rulebook) -> WorkingCalendar {
        WorkingCalendar(holidays: holidays[authority?.holidayNation ?? .englandAndWales] ?? [], rules)
    }
}
