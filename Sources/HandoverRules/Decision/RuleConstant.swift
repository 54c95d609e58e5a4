/// One constant of the ``Rulebook`` as data: the name under which a deployment sets it (`throughgate import rules`),
/// its unit, and which values the rules can work with. The bounds keep the rules' own arithmetic sound: no day without
/// working hours, no search that never ends.
public struct RuleConstant: Sendable {
    /// `release-hold`
    public let name: String
    /// What a value is counted in: `minutes`, `days`, `working days`, `date` … as `unit` has it in the file.
    public let unit: String
    /// What a value must be, for messages.
    public let rule: String
    /// Part of the event contract: only the value that is built in is taken.
    public let isFixed: Bool
    private let write: @Sendable (Rulebook) -> String
    private let read: @Sendable (String, inout Rulebook) -> Bool

    /// This constant's value as the file has it.
    public func value(in rules: Rulebook) -> String { write(rules) }

    /// Takes a value from the file; false, and nothing changes, where it is none.
    public func set(_ text: String, in rules: inout Rulebook) -> Bool { read(text, &rules) }

    /// The constant of this name; nil where there is none.
    public static func named(_ name: String) -> RuleConstant? { all.first { $0.name == name } }
}

extension RuleConstant {
    typealias Path<Value> = any (WritableKeyPath<Rulebook, Value> & Sendable)

    enum SpanUnit: Int64 {
        case minutes = 60_000_000
        case hours = 3_600_000_000
        case days = 86_400_000_000
    }

    /// A length of time in whole units.
    static func span(_ name: String, _ unit: SpanUnit, _ range: ClosedRange<Int64>, _ path: Path<Span>) -> RuleConstant
    {
        RuleConstant(
            name: name, unit: "\(unit)",
            rule: "must be a whole number of \(unit), \(range.lowerBound) to \(range.upperBound)", isFixed: false,
            write: { String($0[keyPath: path].microseconds / unit.rawValue) },
            read: { text, rules in
                guard let count = Int64(text), range.contains(count) else { return false }
                rules[keyPath: path] = Span(microseconds: count * unit.rawValue)
                return true
            })
    }

    /// A count of something.
    static func count(_ name: String, _ unit: String, _ range: ClosedRange<Int>, _ path: Path<Int>) -> RuleConstant {
        RuleConstant(
            name: name, unit: unit,
            rule: "must be a whole number of \(unit), \(range.lowerBound) to \(range.upperBound)", isFixed: false,
            write: { String($0[keyPath: path]) },
            read: { text, rules in
                guard let count = Int(text), range.contains(count) else { return false }
                rules[keyPath: path] = count
                return true
            })
    }

    /// A day from which something holds.
    static func date(_ name: String, _ path: Path<LocalDate>) -> RuleConstant {
        let earliest = LocalDate(daysSince1970: 0), latest = LocalDate(daysSince1970: 47_481)
        return RuleConstant(
            name: name, unit: "date", rule: "must be a date YYYY-MM-DD, \(earliest) to \(latest)", isFixed: false,
            write: { $0[keyPath: path].description },
            read: { text, rules in
                guard let date = LocalDate(text), date >= earliest, date <= latest else { return false }
                rules[keyPath: path] = date
                return true
            })
    }

    /// A time of day in London.
    static func clock(_ name: String, _ hours: ClosedRange<Int64>, _ path: Path<Span>) -> RuleConstant {
        RuleConstant(
            name: name, unit: "time of day",
            rule: "must be a time HH:MM, \(time(hours.lowerBound * 60)) to \(time(hours.upperBound * 60))",
            isFixed: false,
            write: { time($0[keyPath: path].microseconds / SpanUnit.minutes.rawValue) },
            read: { text, rules in
                let parts = text.split(separator: ":", omittingEmptySubsequences: false)
                guard parts.count == 2, parts.allSatisfy({ $0.utf8.count == 2 }), let hour = Int64(parts[0]),
                    let minute = Int64(parts[1]), (0...59).contains(minute),
                    (hours.lowerBound * 60...hours.upperBound * 60).contains(hour * 60 + minute)
                else { return false }
                rules[keyPath: path] = .minutes(hour * 60 + minute)
                return true
            })
    }

    /// A constant that a file may repeat and not change.
    static func fixed(_ name: String, _ unit: SpanUnit, _ value: Span) -> RuleConstant {
        let text = String(value.microseconds / unit.rawValue)
        return RuleConstant(
            name: name, unit: "\(unit)", rule: "is part of the event contract and stays \(text)", isFixed: true,
            write: { _ in text }, read: { given, _ in given == text })
    }

    private static func time(_ minutes: Int64) -> String {
        func two(_ number: Int64) -> String { (number < 10 ? "0" : "") + String(number) }
        return two(minutes / 60) + ":" + two(minutes % 60)
    }
}
