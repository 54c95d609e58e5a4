/// A calendar date without a time or a zone: days since 1970-01-01 in the proleptic Gregorian calendar.
public struct LocalDate: Hashable, Comparable, Sendable {
    public var daysSince1970: Int32

    public init(daysSince1970: Int32) { self.daysSince1970 = daysSince1970 }

    /// The date `year-month-day`, or nil where the calendar has none (30 February).
    public init?(year: Int, month: Int, day: Int) {
        guard (1...12).contains(month), day >= 1, day <= LocalDate.days(inMonth: month, of: year) else { return nil }
        let y = month <= 2 ? year - 1 : year
        let era = (y >= 0 ? y : y - 399) / 400
        let yearOfEra = y - era * 400
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        daysSince1970 = Int32(era * 146_097 + dayOfEra - 719_468)
    }

    /// Year, month 1–12 and day 1–31.
    public var parts: (year: Int, month: Int, day: Int) {
        let z = Int(daysSince1970) + 719_468
        let era = (z >= 0 ? z : z - 146_096) / 146_097
        let dayOfEra = z - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let m = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * m + 2) / 5 + 1
        let month = m < 10 ? m + 3 : m - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day)
    }

    /// ISO weekday: Monday 1 … Sunday 7.
    public var weekday: Int {
        let fromThursday = (Int(daysSince1970) % 7 + 7) % 7
        return (fromThursday + 3) % 7 + 1
    }

    public var isWeekend: Bool { weekday >= 6 }

    public func adding(days: Int) -> LocalDate { LocalDate(daysSince1970: daysSince1970 + Int32(days)) }

    /// Whole days from `other` to `self`.
    public func days(since other: LocalDate) -> Int { Int(daysSince1970) - Int(other.daysSince1970) }

    /// Whole years completed on this date by somebody born on `birth` (a 29 February birthday counts on 1 March).
    public func years(since birth: LocalDate) -> Int {
        let (y, m, d) = parts
        let (by, bm, bd) = birth.parts
        return y - by - ((m, d) < (bm, bd) ? 1 : 0)
    }

    public static func < (a: LocalDate, b: LocalDate) -> Bool { a.daysSince1970 < b.daysSince1970 }

    private static func days(inMonth month: Int, of year: Int) -> Int {
        switch month {
        case 2: (year % 4 == 0 && year % 100 != 0) || year % 400 == 0 ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }
}

extension LocalDate: CustomStringConvertible {
    /// `YYYY-MM-DD`.
    public var description: String {
        let (y, m, d) = parts
        return twoOrMore(y, width: 4) + "-" + twoOrMore(m) + "-" + twoOrMore(d)
    }

    /// Reads `YYYY-MM-DD`, nothing else.
    public init?(_ text: some StringProtocol) {
        let bytes = Array(text.utf8)
        guard bytes.count == 10, bytes[4] == UInt8(ascii: "-"), bytes[7] == UInt8(ascii: "-"),
            let y = decimal(bytes[0..<4]), y > 0, let m = decimal(bytes[5..<7]), let d = decimal(bytes[8..<10])
        else { return nil }
        self.init(year: y, month: m, day: d)
    }
}

/// The number in ASCII digits only, or nil.
func decimal(_ digits: ArraySlice<UInt8>) -> Int? {
    var value = 0
    for digit in digits {
        guard digit >= 48, digit <= 57 else { return nil }
        value = value * 10 + Int(digit - 48)
    }
    return digits.isEmpty ? nil : value
}

func twoOrMore(_ n: Int, width: Int = 2) -> String {
    let text = String(n)
    return String(repeating: "0", count: max(0, width - text.count)) + text
}
