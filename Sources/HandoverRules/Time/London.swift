/// Civil time in the United Kingdom, whatever the machine's zone says and without a zone database.
///
/// British Summer Time runs from 01:00 UTC on the last Sunday of March to 01:00 UTC on the last Sunday of October
/// (Summer Time Order 2002, in step with the continent since 1996). Dates before 1996 do not occur in the rules.
public enum London {
    /// Offset from UTC at `instant`: one hour in summer, nothing in winter.
    public static func offset(at instant: Instant) -> Span {
        let year = day(utc: instant).parts.year
        let summer =
            London.summers.indices.contains(year - London.firstSummer)
            ? London.summers[year - London.firstSummer] : London.summer(of: year)
        return summer.contains(instant) ? .hours(1) : .zero
    }

    /// Of the years in which nearly every instant lies: asked many times for each event.
    private static let firstSummer = 1996
    private static let summers = (firstSummer..<2100).map(summer(of:))

    private static func summer(of year: Int) -> Range<Instant> {
        lastSunday(of: 3, in: year)..<lastSunday(of: 10, in: year)
    }

    /// The local calendar date at `instant`.
    public static func date(of instant: Instant) -> LocalDate { day(utc: instant + offset(at: instant)) }

    /// Microseconds since local midnight at `instant`, 0 ..< 24 h.
    public static func timeOfDay(_ instant: Instant) -> Span {
        let local = instant + offset(at: instant)
        return Span(microseconds: local.microseconds - Int64(day(utc: local).daysSince1970) * Span.days(1).microseconds)
    }

    /// The instant at which London clocks show `time` on `date`. A time skipped in March is read as winter time,
    /// one that occurs twice in October as its first occurrence (summer time).
    public static func instant(_ date: LocalDate, at time: Span) -> Instant {
        let asUTC = Instant(microseconds: Int64(date.daysSince1970) * Span.days(1).microseconds) + time
        let summer = asUTC - .hours(1)
        return offset(at: summer) == .hours(1) ? summer : asUTC
    }

    private static func day(utc instant: Instant) -> LocalDate {
        LocalDate(daysSince1970: Int32(instant.microseconds.floorDivided(by: Span.days(1).microseconds)))
    }

    private static func lastSunday(of month: Int, in year: Int) -> Instant {
        // Both months have 31 days, so the date always exists.
        let last = LocalDate(year: year, month: month, day: 31) ?? LocalDate(daysSince1970: 0)
        let sunday = last.adding(days: -(last.weekday % 7))
        return Instant(microseconds: Int64(sunday.daysSince1970) * Span.days(1).microseconds) + .hours(1)
    }
}
