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

    /// The working time between two instants; nothing where `end` is not after `start`.
    public func workingTime(from start: Instant, to end: Instant) -> Span {
        var total = Span.zero
        var day = London.date(of: start)
        let last = London.date(of: end)
        while day <= last {
            if isWorkingDay(day) {
                let opens = max(start, London.instant(day, at: workStarts))
                let closes = min(end, London.instant(day, at: workEnds))
                if opens < closes { total = Span(microseconds: total.microseconds + (closes - opens).microseconds) }
            }
            day = day.adding(days: 1)
        }
        return total
    }

    /// The instant by which so much working time has passed since `start`; what ends a day ends at 17:00 of it.
    public func adding(_ time: Span, to start: Instant) -> Instant {
        // 17:00 still belongs to the day that it ends: nothing of the next is used yet.
        var day = London.date(of: start)
        if !isWorkingDay(day) || London.timeOfDay(start) > workEnds { day = workingDay(1, from: day) }
        var at = max(start, London.instant(day, at: workStarts))
        var left = time
        // A span of a year of working days ends the search should a register leave no working day.
        for _ in 0..<366 {
            let today = London.instant(day, at: workEnds) - at
            if left <= today { return at + left }
            left = Span(microseconds: left.microseconds - max(0, today.microseconds))
            day = workingDay(1, from: day)
            at = London.instant(day, at: workStarts)
        }
        return at
    }
}

extension Registers {
    /// The working days of a recipient's nation: by its own authority, else by the area it serves here, else England's.
    func calendar(of provider: ProviderID, in area: AuthorityID?, _ rules: Rulebook) -> WorkingCalendar {
        calendar(providers[provider]?.authority ?? area, rules)
    }

    /// The working days that hold for recipients in `authority`; England's where it is not known.
    func calendar(_ authority: AuthorityID?, _ rules: Rulebook) -> WorkingCalendar {
        WorkingCalendar(holidays: holidays[authority?.holidayNation ?? .englandAndWales] ?? [], rules)
    }
}
