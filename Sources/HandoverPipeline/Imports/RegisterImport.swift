import EventContracts
import HandoverRules
public import Postgres

/// Loads one register file: upsert, all or nothing, in one transaction that also raises `register_version`, so that
/// the hub's next batch decides with it. A crash leaves what was stored before.
public struct RegisterImport: Sendable {
    /// What became of a file.
    public struct Summary: Sendable, Hashable {
        public var rows = 0
        public var added = 0
        public var changed = 0
        public var unchanged: Int { rows - added - changed }
        /// Recipients' keys that were added, changed or retired.
        public var keys = 0
        /// People with a live spell that this concerns: one reference.changed each lies in the outbox.
        public var concerned = 0
    }

    /// A statement over a million people takes a while; a hung one must still end.
    public static let statementTimeout: Duration = .seconds(600)

    private let kind: RegisterKind
    private let table: RegisterTable

    public init(_ kind: RegisterKind) {
        self.kind = kind
        table = kind.table
    }

    /// Reads a CSV file (contract.md §9) chunk by chunk and stores it.
    ///
    /// - Parameters:
    ///   - connection: made with ``statementTimeout``.
    ///   - chunks: the next bytes of the file, nil at its end.
    ///   - keyFolder: where relative paths of public_key_file begin.
    ///   - news: how to tell the hub whom the import concerns; nil tells nobody.
    ///   - progress: called with the number of rows read, every 10,000.
    /// - Throws: ``ImportProblem`` with line, column and rule; `PostgresError`; what `chunks` throws.
    public func run(
        on connection: PostgresConnection, chunks: @escaping () throws -> [UInt8]?, keyFolder: String = ".",
        news: ReferenceNews? = nil, progress: @escaping (Int) -> Void = { _ in }
    ) throws -> Summary {
        var reader = CSVReader(chunks)
        let header = try CSVHeader(try reader.next(), of: table)
        do {
            return try connection.transaction { session in
                try load(session, reader, header, KeyRegistration(folder: keyFolder), news, progress)
            }
        } catch {
            throw RegisterImport.reason(of: error, header)
        }
    }

    /// Which phase failed matters less here than why.
    private static func reason(of error: PostgresTransactionError, _ header: CSVHeader) -> any Error {
        ImportProblem(error.postgres, header: header) ?? error.postgres ?? error.cause
    }

    private func load(
        _ session: PostgresConnection, _ reader: CSVReader, _ header: CSVHeader, _ keys: KeyRegistration,
        _ news: ReferenceNews?, _ progress: (Int) -> Void
    ) throws -> Summary {
        var keys = keys
        let names = header.columns.map(\.name)
        let list = names.joined(separator: ", ")
        // Names of tables and columns come from RegisterKind, never from the file.
        try session.execute(
            """
            create temporary table incoming on commit drop as
            select 0::bigint as line, \(unsafeRaw: list) from \(unsafeRaw: table.name) with no data
            """)
        let rows = CSVRows(reader: reader, header: header)
        var count = 0
        try session.copyIn(table: "incoming", columns: ["line"] + names, rows: rows) { row, copy in
            let row = try row.get()
            copy.append(row.line)
            for (column, index) in zip(header.columns, header.indices) {
                try column.append(row.fields[index], line: row.line, to: &copy)
            }
            try check(row, header)
            try keys.read(row, header)
            count += 1
            if count % 10_000 == 0 { progress(count) }
        }
        for (column, value) in table.emptyMeans where names.contains(column) {
            try session.execute(
                """
                update incoming set \(unsafeRaw: column) = \(unsafeRaw: value) where \(unsafeRaw: column) is null
                """)
        }
        try session.execute("analyze incoming")
        return try store(session, names, rows: count, keys, news)
    }

    private func store(
        _ session: PostgresConnection, _ names: [String], rows count: Int, _ keys: KeyRegistration,
        _ news: ReferenceNews?
    ) throws -> Summary {
        // Imports wait for each other here: what one changes is compared with what the one before it stored.
        let version: Int64 = try session.query("select version from register_version for update").only()[0]
        try checkRepeats(session, names)
        try checkReferences(session)
        let words = table.holdsWords ? try WordsInForce(session, table) : nil
        let concerned = try news.map { try whom(session, names, $0) } ?? []
        var summary = try upsert(session, names, rows: count)
        try checkConditions(session)
        try words?.check(session, stored: names)
        summary.keys = try keys.store(on: session, hasColumn: names.contains(KeyRegistration.column))
        if summary.added + summary.changed + summary.keys > 0 {
            try session.execute("update register_version set version = \(version + 1)")
            summary.concerned = concerned.count
            if let news { try tell(concerned, version + 1, news, session) }
        }
        return summary
    }

    /// Asked before the rows are stored.
    private func whom(
        _ session: PostgresConnection, _ names: [String], _ news: ReferenceNews
    ) throws -> [(NomsNumber, ReferenceChange)] {
        let rules = try RegisterTables.loadRules { try session.query($0) }
        let day = London.date(of: news.at).adding(days: -rules.threadClosesDays)
        guard let reach = ReferenceReach(kind, columns: names, liveSince: day) else { return [] }
        return try session.query(reach.query).compactMap { row in
            NomsNumber(try row.text(0)).map { ($0, reach.change) }
        }
    }

    private func tell(
        _ concerned: [(NomsNumber, ReferenceChange)], _ version: Int64, _ news: ReferenceNews,
        _ session: PostgresConnection
    ) throws {
        let events = concerned.map { subject, change in
            EventEncoder.event(of: change, registerVersion: version, subject: subject, at: news.at)
        }
        try Outbox.put(events, topics: news.topics, on: session)
    }

    private func check(_ row: CSVReader.Row, _ header: CSVHeader) throws(ImportProblem) {
        guard let checkRow = table.checkRow else { return }
        let fault = checkRow { name in
            header.columns.firstIndex { $0.name == name }.map { row.fields[header.indices[$0]] }
        }
        if let fault { throw ImportProblem(line: row.line, column: fault.column, fault.rule) }
    }

    private func checkConditions(_ session: PostgresConnection) throws {
        for condition in table.conditions {
            let found: Int? = try session.query("\(unsafeRaw: condition.query)").only()[0]
            if let line = found {
                throw ImportProblem(line: line, column: condition.column, condition.words)
            }
        }
    }

    private func checkRepeats(_ session: PostgresConnection, _ names: [String]) throws {
        let key = table.key.filter(names.contains).joined(separator: ", ")
        let found = try session.query(
            """
            select min(again) from (
                select line as again, row_number() over (partition by \(unsafeRaw: key) order by line) as turn
                from incoming) numbered
            where turn > 1
            """)
        if let line: Int = try found.only()[0] {
            throw ImportProblem(line: line, column: table.key[0], "repeats the \(key) of an earlier line; keep one")
        }
    }

    private func checkReferences(_ session: PostgresConnection) throws {
        for reference in table.references {
            let found = try session.query(
                """
                select min(line) from incoming where not exists (
                    select from \(unsafeRaw: reference.table) other
                    where other.\(unsafeRaw: reference.key) = incoming.\(unsafeRaw: reference.column))
                """)
            if let line: Int = try found.only()[0] {
                throw ImportProblem(line: line, column: reference.column, reference.words)
            }
        }
    }

    /// Columns that the file does not have stay as they are. Rows are taken in the order of their key, so that two
    /// imports at once wait for each other instead of locking each other out.
    private func upsert(_ session: PostgresConnection, _ names: [String], rows: Int) throws -> Summary {
        let rest = names.filter { !table.key.contains($0) }
        let list = names.joined(separator: ", ")
        let stored = rest.map { "\(table.name).\($0)" }.joined(separator: ", ")
        let given = rest.map { "excluded.\($0)" }.joined(separator: ", ")
        let set = rest.map { "\($0) = excluded.\($0)" } + (table.stamp.map { ["\($0) = now()"] } ?? [])
        let key = table.key.joined(separator: ", ")
        let present = table.key.filter(names.contains).joined(separator: ", ")
        let done = try session.query(
            """
            with done as (
                insert into \(unsafeRaw: table.name) (\(unsafeRaw: list))
                select \(unsafeRaw: list) from incoming order by \(unsafeRaw: present)
                on conflict (\(unsafeRaw: key)) do update set \(unsafeRaw: set.joined(separator: ", "))
                where (\(unsafeRaw: stored)) is distinct from (\(unsafeRaw: given))
                returning xmax = 0 as fresh)
            select count(*) filter (where fresh), count(*) filter (where not fresh) from done
            """
        ).only()
        return Summary(rows: rows, added: try done[0], changed: try done[1])
    }
}
