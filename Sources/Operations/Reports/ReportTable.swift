import EventContracts
public import HandoverRules

/// A report as values: tables under a heading, which text, CSV and JSON show alike.
public struct Report: Sendable, Hashable {
    /// `worklist`, `governor` …
    public var name: String
    public var scope: ReportScope
    public var tables: [ReportTable]
    /// What a reader must know.
    public var notes: [String]
    public init(name: String, scope: ReportScope, tables: [ReportTable], notes: [String] = []) {
        self.name = name
        self.scope = scope
        self.tables = tables
        self.notes = notes
    }
}

/// What a report is about.
public struct ReportScope: Sendable, Hashable {
    public var prison: PrisonID?
    public var area: AuthorityID?
    /// A provider or supervising body.
    public var body: ProviderID?
    /// Local dates, both inclusive.
    public var from: LocalDate
    public var to: LocalDate
    public init(
        prison: PrisonID? = nil, area: AuthorityID? = nil, body: ProviderID? = nil, from: LocalDate, to: LocalDate
    ) {
        self.prison = prison
        self.area = area
        self.body = body
        self.from = from
        self.to = to
    }

    var start: Instant { London.instant(from, at: .zero) }
    var end: Instant { London.instant(to.adding(days: 1), at: .zero) }
}

public struct ReportTable: Sendable, Hashable {
    public enum Cell: Sendable, Hashable {
        case text(String)
        case count(Int)
        /// Shown with one decimal; nil: "n/a".
        case percent(Double?)
        /// `<5` or `*`: see ``Suppression``.
        case hidden(String)
        case none
    }
    /// Its name in JSON, `funnel`.
    public var name: String
    public var title: String
    /// Names of the columns, in JSON as they stand.
    public var columns: [String]
    public var rows: [[Cell]]
    public init(_ name: String, _ title: String, _ columns: [String], _ rows: [[Cell]]) {
        self.name = name
        self.title = title
        self.columns = columns
        self.rows = rows
    }
}

extension ReportTable.Cell {
    init(_ shown: Suppression.Shown) {
        if case .count(let count) = shown { self = .count(count) } else { self = .hidden(shown.text) }
    }

    init(_ text: String?) { self = text.map { .text($0) } ?? .none }

    /// As people read it; "" where there is none.
    public var text: String {
        switch self {
        case .text(let text), .hidden(let text): text
        case .count(let count): String(count)
        case .percent(let percent): percent.map(Measure.text) ?? "n/a"
        case .none: ""
        }
    }
}

extension Report {
    /// Lines for people.
    public var lines: [String] {
        var lines = [heading]
        for table in tables {
            lines += ["", table.title]
            lines += table.rows.isEmpty ? ["  none"] : table.lines.map { "  " + $0 }
        }
        if !notes.isEmpty { lines += [""] + notes }
        return lines
    }

    private var heading: String {
        let place = [prisonText, scope.area.map { "area \($0.text)" }, scope.body.map { "body \($0.text)" }]
        return ([name] + place.compactMap(\.self) + ["\(scope.from) to \(scope.to)"]).joined(separator: ", ")
    }

    private var prisonText: String? { scope.prison.map { "prison \($0.text)" } }

    /// One table behind the other: its name in the first column, a header line for each.
    public var csv: [String] {
        tables.flatMap { table in
            [(["table"] + table.columns).map(Report.quoted).joined(separator: ",")]
                + table.rows.map { row in
                    ([table.name] + row.map(\.text)).map(Report.quoted).joined(separator: ",")
                }
        }
    }

    private static func quoted(_ field: String) -> String {
        guard field.contains(where: { $0 == "," || $0 == "\"" || $0.isNewline }) else { return field }
        return "\"" + field.replacing("\"", with: "\"\"") + "\""
    }

    /// `{"report", "from", "to", "prison", "area", "body", "tables": {NAME: [{COLUMN: value}]}, "notes"}`. What is
    /// hidden is a string, what there is not is null; percents are numbers with one decimal.
    public var json: [UInt8] {
        var writer = JSONWriter(capacity: 1024)
        writer.beginObject()
        let fields = [
            ("report", name), ("from", scope.from.description), ("to", scope.to.description),
            ("prison", scope.prison?.text), ("area", scope.area?.text), ("body", scope.body?.text),
        ]
        for (name, value) in fields {
            writer.name(name)
            if let value { writer.string(value) } else { writer.null() }
        }
        writer.name("tables")
        writer.beginObject()
        for table in tables {
            writer.name(table.name)
            table.write(to: &writer)
        }
        writer.endObject()
        writer.name("notes")
        writer.beginArray()
        for note in notes { writer.string(note) }
        writer.endArray()
        writer.endObject()
        return writer.bytes
    }
}

extension ReportTable {
    fileprivate var lines: [String] {
        let cells = [columns] + rows.map { $0.map(\.text) }
        let widths = columns.indices.map { i in cells.map { $0[i].count }.max() ?? 0 }
        return cells.map { row in
            let line = zip(row, widths).map { $0 + String(repeating: " ", count: $1 - $0.count) }
            return String(line.joined(separator: "  ").reversed().drop { $0 == " " }.reversed())
        }
    }

    fileprivate func write(to writer: inout JSONWriter) {
        writer.beginArray()
        for row in rows {
            writer.beginObject()
            for (column, cell) in zip(columns, row) {
                writer.name(column)
                switch cell {
                case .text(let text), .hidden(let text): writer.string(text)
                case .count(let count): writer.int(Int64(count))
                case .percent(let percent):
                    if let percent { writer.tenths(Measure.tenths(percent)) } else { writer.null() }
                case .none: writer.null()
                }
            }
            writer.endObject()
        }
        writer.endArray()
    }
}
