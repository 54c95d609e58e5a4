import Foundation
import Postgres
import Testing

@Suite("PostgreSQL: copy in")
struct CopyTests {
    let connection: PostgresConnection

    init() throws {
        connection = try TestServer.connection()
        try connection.execute(
            """
            create table place (code text primary key check (length(code) < 20), "Odd ""name" varchar(9),
                size int, tags text[], since date)
            """)
    }

    private func count() throws -> Int { try connection.query("select count(*) from place").only()[0] }

    private func load(_ codes: [String], columns: [String] = ["code"]) throws -> Int {
        try connection.copyIn(table: "place", columns: columns, rows: codes) { $1.append($0) }
    }

    @Test func `rows of every kind of column are loaded, nulls and arrays included`() throws {
        let loaded = try connection.copyIn(
            table: "place", columns: ["code", "Odd \"name", "size", "tags", "since"], rows: 0..<50_000
        ) { number, row in
            row.append("Z\(number)")
            row.append(number % 2 == 0 ? "even" : nil)
            row.append(Int32(number))
            row.append(["a", "ŵ"])
            row.append(PostgresDate(daysSince1970: number))
        }
        #expect(loaded == 50_000)
        let row = try connection.query("select * from place where code = 'Z49999'").only()
        #expect(try row[1] as String? == nil && row[2] as Int32 == 49_999 && row[3] as [String] == ["a", "ŵ"])
        #expect(try row[4] as PostgresDate == PostgresDate(daysSince1970: 49_999))
    }

    @Test func `a refused row is told by its number without its content, and nothing stays`() throws {
        let error = failure { _ = try load(["Z1", "Z2", ErrorTextTests.canary, ErrorTextTests.canary]) }
        #expect(error?.kind == .constraint(name: "place_pkey") && error?.row == 4)
        #expect(!"\(String(reflecting: error))".contains("Canary"))
        #expect(failure { _ = try load(["Z1", String(repeating: "x", count: 30)]) }?.row == 2)
        #expect(try count() == 0)
        #expect(try load(["Z1"]) == 1)
    }

    @Test func `a wrong type or number of values is told by row and column before the server sees it`() throws {
        let wrong = failure {
            _ = try connection.copyIn(table: "place", columns: ["code", "size"], rows: [1, 2]) { number, row in
                row.append("Z\(number)")
                if number == 1 { row.append(Int32(1)) } else { row.append(2) }
            }
        }
        #expect(wrong?.code == "COPY_ROW" && wrong?.row == 2)
        #expect(wrong?.message == "row 2 gives bigint to column size of type integer")
        let short = failure { _ = try load(["Z1"], columns: ["code", "size"]) }
        #expect(short?.message == "row 1 has 1 values for 2 columns")
        #expect(failure { _ = try load([], columns: ["nothing"]) }?.kind == .undefinedObject)
        #expect(try count() == 0 && !connection.isInTransaction)
    }

    @Test func `a source that throws loads nothing, and the connection goes on`() throws {
        struct Stop: Error {}
        #expect(throws: Stop.self) {
            try connection.copyIn(table: "place", columns: ["code"], rows: 0..<100_000) { number, row in
                if number == 99_999 { throw Stop() }
                row.append("Z\(number)")
            }
        }
        #expect(try count() == 0)
    }

    @Test func `a copy belongs to the transaction around it`() throws {
        try connection.transaction { session in
            _ = try session.copyIn(table: "place", columns: ["code"], rows: ["Z1"]) { $1.append($0) }
            try session.execute("insert into place values ('Z2')")
        }
        #expect(try count() == 2)
        let error = failure {
            try connection.transaction { session in
                _ = try session.copyIn(table: "place", columns: ["code"], rows: ["Z3"]) { $1.append($0) }
                _ = try session.copyIn(table: "place", columns: ["code"], rows: ["Z1"]) { $1.append($0) }
            }
        }
        #expect(error?.kind == .constraint(name: "place_pkey"))
        #expect(try count() == 2)
    }

    @Test func `a large copy that the server refuses early ends with its error`() throws {
        let rows = (0..<200_000).lazy.map { $0 == 1 ? "Z0" : "Z\($0)" }
        let error = failure {
            _ = try connection.copyIn(table: "place", columns: ["code"], rows: rows) { $1.append($0) }
        }
        #expect(error?.kind == .constraint(name: "place_pkey") && error?.row == 2)
        #expect(try count() == 0)
    }
}
