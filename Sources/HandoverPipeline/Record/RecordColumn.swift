import FoundationEssentials
import HandoverRules
import Postgres

/// A row together with the person whose it is.
@dynamicMemberLookup
struct Recorded<Row> {
    let person: UUID
    let row: Row

    subscript<Value>(dynamicMember path: KeyPath<Row, Value>) -> Value { row[keyPath: path] }
}

/// One column of a record table: its name beside how a row's value goes into it.
struct RecordColumn<Row> {
    typealias Owned = Recorded<Row>

    let name: String
    let append: (Owned, inout PostgresCopyRow) -> Void

    static func text(_ name: String, _ value: @escaping (Owned) -> String?) -> RecordColumn {
        RecordColumn(name: name) { $1.append(value($0)) }
    }

    static func id(_ name: String, _ value: @escaping (Owned) -> UUID?) -> RecordColumn {
        RecordColumn(name: name) { $1.append(value($0)) }
    }

    static func at(_ name: String, _ value: @escaping (Owned) -> HandoverRules.Instant?) -> RecordColumn {
        RecordColumn(name: name) { $1.append(value($0)?.postgres) }
    }

    static func date(_ name: String, _ value: @escaping (Owned) -> LocalDate?) -> RecordColumn {
        RecordColumn(name: name) { row, copy in
            copy.append(value(row).map { PostgresDate(daysSince1970: Int($0.daysSince1970)) })
        }
    }

    static func flag(_ name: String, _ value: @escaping (Owned) -> Bool?) -> RecordColumn {
        RecordColumn(name: name) { $1.append(value($0)) }
    }

    static func small(_ name: String, _ value: @escaping (Owned) -> Int?) -> RecordColumn {
        RecordColumn(name: name) { row, copy in copy.append(value(row).map { Int16(clamping: $0) }) }
    }

    static func number(_ name: String, _ value: @escaping (Owned) -> Int?) -> RecordColumn {
        RecordColumn(name: name) { row, copy in copy.append(value(row).map { Int32(clamping: $0) }) }
    }

    static func big(_ name: String, _ value: @escaping (Owned) -> Int64?) -> RecordColumn {
        RecordColumn(name: name) { $1.append(value($0)) }
    }

    static func list(_ name: String, _ value: @escaping (Owned) -> [String]) -> RecordColumn {
        RecordColumn(name: name) { $1.append(value($0)) }
    }
}

/// Streams rows into the record tables, inside the transaction that took the person's old rows out.
struct RecordCopy {
    let session: PostgresConnection
    let persons: [PersonRecordRows]

    func copy<Row>(_ table: String, _ rows: KeyPath<PersonRecordRows, [Row]>, _ columns: [RecordColumn<Row>]) throws {
        var all: [Recorded<Row>] = []
        for person in persons {
            for row in person[keyPath: rows] as [Row] { all.append(Recorded(person: person.id, row: row)) }
        }
        guard !all.isEmpty else { return }
        try session.copyIn(table: table, columns: columns.map(\.name), rows: all) { row, copy in
            for column in columns { column.append(row, &copy) }
        }
    }
}
