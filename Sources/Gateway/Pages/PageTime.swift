import HandoverRules

/// Times as people in the United Kingdom read them, on London's clocks.
enum PageTime {
    /// `Fri 5 June 2026, 10:00`
    static func text(_ instant: Instant) -> String {
        let minutes = London.timeOfDay(instant).microseconds / 60_000_000
        return "\(text(London.date(of: instant))), \(two(minutes / 60)):\(two(minutes % 60))"
    }

    /// `Fri 5 June 2026`
    static func text(_ date: LocalDate) -> String {
        let (year, month, day) = date.parts
        return "\(days[date.weekday - 1]) \(day) \(months[month - 1]) \(year)"
    }

    /// A length of time in its largest fitting unit: `25 minutes`, `3 hours`, `2 days`.
    static func text(_ span: Span) -> String {
        let minutes = max(0, span.microseconds / 60_000_000)
        switch minutes {
        case ..<120: return minutes == 1 ? "1 minute" : "\(minutes) minutes"
        case ..<2_880: return "\(minutes / 60) hours"
        default: return "\(minutes / 1_440) days"
        }
    }

    /// A time as a handover's body has it, or a date; as it came where it is neither.
    static func text(field: String) -> String {
        if case .success(let instant) = RFC3339.read(field) { return text(instant) }
        if let date = LocalDate(field) { return text(date) }
        return field
    }

    /// What `<input type="datetime-local">` sends, on London's clocks; nil for anything else.
    static func instant(local: String) -> Instant? {
        let parts = local.split(separator: "T")
        guard parts.count == 2, let date = LocalDate(parts[0]) else { return nil }
        let clock = parts[1].split(separator: ":").map { $0.count == 2 ? Int($0) : nil }
        guard (2...3).contains(clock.count), let hour = clock[0], let minute = clock[1], (0...23).contains(hour),
            (0...59).contains(minute)
        else { return nil }
        return London.instant(date, at: .minutes(Int64(hour * 60 + minute)))
    }

    private static func two(_ number: Int64) -> String { number < 10 ? "0\(number)" : "\(number)" }

    private static let days = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]
    private static let months = [
        "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
        "December",
    ]
}
