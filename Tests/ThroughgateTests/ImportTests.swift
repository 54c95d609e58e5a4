import HandoverPipeline
import Postgres
import Testing

@Suite("PostgreSQL: registers from CSV files")
struct ImportTests {
    private func load(
        _ kind: RegisterKind, _ text: String, chunk: Int = 7, on connection: PostgresConnection
    ) throws
        -> RegisterImport.Summary
    {
        var rest = Array(text.utf8)[...]
        return try RegisterImport(kind).run(on: connection) {
            defer { rest = rest.dropFirst(chunk) }
            return rest.isEmpty ? nil : Array(rest.prefix(chunk))
        }
    }

    private func version(_ connection: PostgresConnection) throws -> Int {
        try connection.query("select version from register_version").only()[0]
    }

    @Test("columns in any order, quotes, CRLF and a byte order mark; a second time changes nothing")
    func upsert() throws {
        let (connection, _) = try TestDatabase.fresh()
        let before = try version(connection)
        let file =
            "\u{FEFF}name,noms_number,date_of_birth,postcode\r\n"
            + "\"Trial, \"\"Ab\"\" El\",z1234ab,1990-02-28,ls97fl\r\nÉx Ample,Z1234AC,1991-12-31,\r\n\r\n"
        let first = try load(.people, file, on: connection)
        #expect(first.rows == 2 && first.added == 2 && first.changed == 0)
        #expect(try version(connection) == before + 1)
        let rows = try connection.query("select noms_number, name, postcode from person order by 1")
        #expect(try rows.map { try $0.text(0) } == ["Z1234AB", "Z1234AC"])
        #expect(try rows[0].text(1) == "Trial, \"Ab\" El")
        #expect(try rows[0].text(2) == "LS9 7FL")
        #expect(try rows[1].isNull(2))
        let again = try load(.people, file, on: connection)
        #expect(again.unchanged == 2)
        #expect(try version(connection) == before + 1)
    }

    @Test("a column that the file does not have keeps what is stored; one that is empty is emptied")
    func absentColumns() throws {
        let (connection, _) = try TestDatabase.fresh()
        _ = try load(
            .people, "noms_number,name,date_of_birth,crn,language\nZ1234AB,A,1990-01-01,X1,cy\n", on: connection)
        let summary = try load(
            .people, "noms_number,name,date_of_birth,language\nZ1234AB,B,1990-01-01,\n", on: connection)
        #expect(summary.changed == 1)
        let row = try connection.query("select name, crn, language from person").only()
        #expect(try row.text(0) == "B" && row.text(1) == "X1" && row.isNull(2))
    }

    @Test(
        "a fault names line and column, says nothing of the value, and nothing of the file is kept",
        arguments: faultyFiles)
    func faults(kind: RegisterKind, file: String, line: Int, column: String?) throws {
        let (connection, _) = try TestDatabase.fresh()
        let before = try version(connection)
        let problem = try #require(throws: ImportProblem.self) { try load(kind, file, on: connection) }
        #expect(problem.line == line && problem.column == column, "\(problem)")
        #expect(!problem.description.contains("CANARY"))
        #expect(try version(connection) == before)
        let kept: Int = try connection.query(
            "select (select count(*) from person) + (select count(*) from prison) + (select count(*) from coverage)"
        ).only()[0]
        #expect(kept == 0)
    }

    @Test("every register: what is imported is what the rules are given")
    func everyRegister() throws {
        let (connection, _) = try TestDatabase.fresh()
        let files: [(RegisterKind, String)] = [
            (.prisons, "prison_id,name,active,onboarded_from,release_hold\nMDI,Moorland,true,2020-01-01,0s\n"),
            (.providers, "provider_id,kind,name,valid_from,nasal_stocked\nprov-a,DRUG_SERVICE,A,2020-01-01,\n"),
            (
                .coverage,
                "provider_id,utla,pathway,age_band,rank,valid_from\nprov-a,E08000035,CORE,ADULT,1,2020-01-01\n"
            ),
            (.postcodes, "outcode,utla,nation\nLS9,E08000035,England\n"),
            (
                .movementReasons,
                "code,direction,class,release_reason\nAR,out,COMMUNITY_RELEASE,CRD\nDISC,,ADMINISTRATIVE,\n"
            ),
            (.bankHolidays, "nation,date,name\nscotland,2026-11-30,St Andrew's Day\n"),
            (.offices, "office_code,provider_id,utla\nLDS,prov-a,E08000035\n"),
        ]
        for (kind, file) in files { #expect(try load(kind, file, chunk: 1000, on: connection).added > 0, "\(kind)") }
        let registers = try RegisterTables.load { try connection.query($0) }
        #expect(registers.prisons.values.first?.releaseHold == .zero)
        #expect(registers.providers.count == 1 && registers.coverage.count == 1 && registers.postcodes.count == 1)
        #expect(registers.movementReasons.count == 2 && registers.offices.count == 1)
        #expect(registers.holidays[.scotland]?.count == 1)
    }

    @Test("the import command exits 65 with file, line and column, 0 with a summary")
    func command() throws {
        let (_, url) = try TestDatabase.fresh()
        let environment = ["THROUGHGATE_POSTGRES_URL": url]
        let good = try Program.run(
            ["import", "bank-holidays", "-"], environment: environment,
            input: "nation,date,name\nscotland,2026-11-30,St Andrew's Day\n")
        #expect(good.status == 0)
        #expect(good.output == "bank-holidays: 1 rows: 1 added, 0 changed, 0 as they were\n")
        #expect(good.errors.isEmpty)
        let bad = try Program.run(
            ["import", "bank-holidays", "-"], environment: environment,
            input: "nation,date,name\nwales,2026-03-01,St David's Day\n")
        #expect(bad.status == 65)
        #expect(bad.errors.contains("line 2, column nation"))
    }
}

private let faultyFiles: [(RegisterKind, String, Int, String?)] = [
    (
        RegisterKind.people, "noms_number,name,date_of_birth\nZ1234AB,A,1990-01-01\nCANARY,B,1990-01-01\n", 3,
        "noms_number"
    ),
    (.people, "noms_number,name,date_of_birth\nZ1234AB,A,1990-02-30\n", 2, "date_of_birth"),
    (.people, "noms_number,name,date_of_birth\nZ1234AB,,1990-01-01\n", 2, "name"),
    (
        .people, "noms_number,name,date_of_birth\nZ1234AB,A,1990-01-01\n\nZ1234AB,CANARY,1990-01-01\n", 4,
        "noms_number"
    ),
    (.people, "noms_number,name\nZ1234AB,A\n", 1, "date_of_birth"),
    (.people, "noms_number,name,date_of_birth\nZ1234AB,A\n", 2, nil),
    (.people, "noms_number,name,date_of_birth,CANARY\n", 1, nil),
    (.people, "noms_number,name,date_of_birth\n\"Z1234AB,CANARY\n", 2, nil),
    (.people, "noms_number,name,date_of_birth\nZ1234AB,\"CANARY\nB\",1990-01-01\n", 2, "name"),
    (.people, "", 1, nil),
    (
        .coverage,
        "provider_id,utla,pathway,age_band,rank,valid_from\nCANARY,E08000035,CORE,ADULT,1,2020-01-01\n", 2,
        "provider_id"
    ),
    (
        .coverage, "provider_id,utla,pathway,age_band,rank,valid_from\na,E08000035,CANARY,ADULT,1,2020-01-01\n",
        2, "pathway"
    ),
    (.prisons, "prison_id,name,active\nMDI,Moorland,CANARY\n", 2, "active"),
    (.postcodes, "outcode,utla,nation,share\nLS9,E08000035,England,1.5\n", 2, "share"),
]
