import HandoverRules
import Postgres

/// One column of a register file: its name (in file and table), and what a text in it must be.
struct RegisterColumn: Sendable {
    /// A value of the column's type in the table.
    enum Value: Sendable {
        case text(String), date(Int), number(Int32), share(Double), flag(Bool)
    }

    let name: String
    /// It must be in the header.
    var isRequired: Bool
    /// A field of it may be empty.
    var mayBeEmpty = false
    /// What a value must be, for messages.
    let rule: String
    /// Puts a null of the column's type into a row.
    let appendNull: @Sendable (inout PostgresCopyRow) -> Void
    let read: @Sendable (String) -> Value?

    /// A column that may be left out of the file, or be empty in it.
    var optional: RegisterColumn {
        var column = orEmpty
        column.isRequired = false
        return column
    }

    /// A column that must be in the file and may be empty in it.
    var orEmpty: RegisterColumn {
        var column = self
        column.mayBeEmpty = true
        return column
    }

    /// Reads a field and appends it to the row; an empty field is null.
    func append(_ field: String, line: Int, to row: inout PostgresCopyRow) throws(ImportProblem) {
        guard !field.isEmpty else {
            if !mayBeEmpty { throw ImportProblem(line: line, column: name, "must not be empty") }
            return appendNull(&row)
        }
        switch read(field) {
        case .text(let text): row.append(text)
        case .date(let days): row.append(PostgresDate(daysSince1970: days))
        case .number(let number): row.append(number)
        case .share(let share): row.append(share)
        case .flag(let flag): row.append(flag)
        case nil: throw ImportProblem(line: line, column: name, rule)
        }
    }
}

extension RegisterColumn {
    static func texts(
        _ name: String, _ rule: String, _ read: @escaping @Sendable (String) -> String?
    ) -> RegisterColumn {
        RegisterColumn(
            name: name, isRequired: true, rule: rule, appendNull: { $0.append(nil as String?) },
            read: { read($0).map { .text($0) } })
    }

    /// Free text, without control characters.
    static func text(_ name: String, max: Int = 200) -> RegisterColumn {
        texts(name, "must be at most \(max) characters without control characters") { text in
            text.count <= max && !text.unicodeScalars.contains { $0.value < 32 } ? text : nil
        }
    }

    /// A text with a shape of its own, kept in its normal form.
    static func pattern<Pattern: PatternText>(_ name: String, _: Pattern.Type) -> RegisterColumn {
        texts(name, "\(Pattern.rule)") { Pattern($0)?.text }
    }

    /// One of the codes of an enumeration.
    static func code<Code: RawRepresentable & CaseIterable>(_ name: String, _: Code.Type) -> RegisterColumn
    where Code.RawValue == String {
        let codes = Code.allCases.map(\.rawValue)
        return texts(name, "must be one of " + codes.joined(separator: ", ")) { codes.contains($0) ? $0 : nil }
    }

    static func date(_ name: String) -> RegisterColumn {
        RegisterColumn(
            name: name, isRequired: true, rule: "must be a date YYYY-MM-DD",
            appendNull: { $0.append(nil as PostgresDate?) },
            read: { LocalDate($0).map { .date(Int($0.daysSince1970)) } })
    }

    static func number(_ name: String, _ range: ClosedRange<Int32>) -> RegisterColumn {
        RegisterColumn(
            name: name, isRequired: true, rule: "must be a whole number \(range.lowerBound) to \(range.upperBound)",
            appendNull: { $0.append(nil as Int32?) },
            read: { Int32($0).flatMap { range.contains($0) ? .number($0) : nil } })
    }

    static func share(_ name: String) -> RegisterColumn {
        RegisterColumn(
            name: name, isRequired: true, rule: "must be a number from 0 to 1",
            appendNull: { $0.append(nil as Double?) },
            read: { Double($0).flatMap { (0...1).contains($0) ? .share($0) : nil } })
    }

    static func flag(_ name: String) -> RegisterColumn {
        RegisterColumn(
            name: name, isRequired: true, rule: "must be true or false", appendNull: { $0.append(nil as Bool?) },
            read: { ["true": true, "false": false][$0.lowercased()].map { .flag($0) } })
    }

    /// `45m`, `0s`: the form of `hub.releaseHold`.
    static func span(_ name: String) -> RegisterColumn {
        texts(name, "must be a duration of at most 24h, such as 45m or 0s") { text in
            Span(written: text).flatMap { $0 <= .hours(24) ? text : nil }
        }
    }
}
