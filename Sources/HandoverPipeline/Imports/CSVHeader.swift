import Postgres

/// The header line of a register file, matched with the register's columns.
struct CSVHeader {
    /// The register's columns that the file has, and where in a row each stands.
    var columns: [RegisterColumn] = []
    var indices: [Int] = []
    /// Fields in a row.
    var count: Int

    /// - Throws: ``ImportProblem`` for a file without a header, an unknown, repeated or missing column.
    init(_ row: CSVReader.Row?, of table: RegisterTable) throws(ImportProblem) {
        guard let row else { throw ImportProblem(line: 1, "the file is empty; the first line must name the columns") }
        let names = row.fields.map { String($0.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed()) }
        count = names.count
        for (index, name) in names.enumerated() {
            guard let column = table.columns.first(where: { $0.name == name }) else {
                let known = table.columns.map(\.name).joined(separator: ", ")
                throw ImportProblem(line: 1, "field \(index + 1) of the header is no column; there are \(known)")
            }
            guard !columns.contains(where: { $0.name == name }) else {
                throw ImportProblem(line: 1, column: name, "is there twice")
            }
            columns.append(column)
            indices.append(index)
        }
        for column in table.columns where column.isRequired && !names.contains(column.name) {
            throw ImportProblem(line: 1, column: column.name, "is missing from the header")
        }
    }
}

/// The rows of a file as a sequence; an error is its last element.
struct CSVRows: Sequence, IteratorProtocol {
    private var reader: CSVReader
    private let header: CSVHeader
    private var hasEnded = false

    init(reader: CSVReader, header: CSVHeader) {
        self.reader = reader
        self.header = header
    }

    mutating func next() -> Result<CSVReader.Row, any Error>? {
        if hasEnded { return nil }
        do {
            guard let row = try reader.next() else {
                hasEnded = true
                return nil
            }
            guard row.fields.count == header.count else {
                throw ImportProblem(
                    line: row.line, "has \(row.fields.count) fields where the header has \(header.count)")
            }
            return .success(row)
        } catch {
            hasEnded = true
            return .failure(error)
        }
    }
}

extension ImportProblem {
    /// A row that a constraint of the table refused: the rule by the constraint's name, without the line.
    init?(_ error: PostgresError?, header: CSVHeader) {
        guard let error, case .constraint(let name) = error.kind else { return nil }
        let isAboutDates = header.columns.contains { $0.name == "valid_to" } && name.contains("check")
        self.init(
            line: error.row.map { $0 + 1 }, column: isAboutDates ? "valid_to" : nil,
            isAboutDates ? "must not be before valid_from" : "a row breaks the constraint \(name)")
    }
}
