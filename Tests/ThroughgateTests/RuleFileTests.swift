import Foundation
import HandoverPipeline
import HandoverRules
import Postgres
import Testing

@Suite("PostgreSQL: constants and words from files")
struct RuleFileTests {
    @discardableResult
    private func load(
        _ kind: RegisterKind, _ bytes: some Sequence<UInt8>, on connection: PostgresConnection
    ) throws -> RegisterImport.Summary {
        var rest: [UInt8]? = Array(bytes)
        return try RegisterImport(kind).run(on: connection) {
            defer { rest = nil }
            return rest
        }
    }

    private func rules(_ connection: PostgresConnection) throws -> Rulebook {
        try RegisterTables.load { try connection.query($0) }.rules
    }

    /// A file of `Deploy/reference`.
    private func reference(_ name: String) throws -> Data {
        let root = URL(fileURLWithPath: #filePath).resolvingSymlinksInPath().deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
        return try Data(contentsOf: root.appendingPathComponent("Deploy/reference/\(name)"))
    }

    @Test("rules.csv names every constant with the built-in value, its unit and a source")
    func rulesFile() throws {
        let (connection, _) = try TestDatabase.fresh()
        try load(.rules, reference("rules.csv"), on: connection)
        let rows = try connection.query("select name, value, unit, source from rule_value")
        var listed: [String: [String]] = [:]
        for row in rows {
            listed[try row.text(0)] = [try row.text(1), try row.text(2)]
            #expect(try row.text(3).isEmpty == false)
        }
        let expected = Dictionary(
            uniqueKeysWithValues: RuleConstant.all.map { ($0.name, [$0.value(in: .standard), $0.unit]) })
        #expect(listed == expected)
    }

    @Test("key-messages.csv and actions.csv say to the letter what is built in")
    func wordFiles() throws {
        let (connection, _) = try TestDatabase.fresh()
        try load(.keyMessages, reference("key-messages.csv"), on: connection)
        try load(.actions, reference("actions.csv"), on: connection)
        let catalogue = try rules(connection).catalogue
        #expect(catalogue.version == KeyMessageCatalogue.builtIn.version)
        #expect(catalogue.messages.map(\.id) == KeyMessageCatalogue.builtIn.messages.map(\.id))
        for (imported, builtIn) in zip(catalogue.messages, KeyMessageCatalogue.builtIn.messages) {
            #expect(imported.audience == builtIn.audience && imported.triggers == builtIn.triggers, "\(builtIn.id)")
            #expect(imported.wording == builtIn.wording && Set(imported.variants) == Set(builtIn.variants))
        }
        #expect(Set(catalogue.actions.keys) == Set(ActionCode.allCases))
        for action in ActionCode.allCases { #expect(catalogue.actions[action] == [.english: action.wording]) }
    }

    @Test("a value in the file is the value in force; what is not in it stays built in")
    func overlay() throws {
        let (connection, _) = try TestDatabase.fresh()
        let file = """
            name,value,unit,source
            release-hold,30,minutes,trial
            wider-supply-from,2024-12-02,date,
            urgent-ack,120,,
            """
        #expect(try load(.rules, file.utf8, on: connection).added == 3)
        let rules = try rules(connection)
        #expect(rules.releaseHold == .minutes(30) && rules.urgentAck == .hours(2))
        #expect(rules.widerSupplyFrom.description == "2024-12-02")
        #expect(rules.pressingContact == Rulebook.standard.pressingContact)
        #expect(try load(.rules, file.utf8, on: connection).unchanged == 3)
    }

    @Test("another wording needs a higher version, and goes out as that version; new ids stand where their rank says")
    func wording() throws {
        let (connection, _) = try TestDatabase.fresh()
        func file(_ version: Int) -> String {
            """
            id,rank,audience,triggers,language,product,wording,version
            KM-02,,PDC,eligible,,,Other words.,\(version)
            KM-02,,PDC,eligible,cy,,Geiriau prawf.,\(version)
            KM-90,15,D,eligible on-ost,,,New one.,\(version)
            KM-03,,,eligible,,,Withdrawn.,\(version)
            """
        }
        let problem = try #require(throws: ImportProblem.self) { try load(.keyMessages, file(1).utf8, on: connection) }
        #expect(problem.line == 2 && problem.column == "version")
        try load(.keyMessages, file(2).utf8, on: connection)
        let catalogue = try rules(connection).catalogue
        #expect(catalogue.version == "2/1")
        #expect(catalogue.messages.prefix(2).map(\.id) == ["KM-02", "KM-90"])
        #expect(catalogue.messages[0].wording == "Other words.")
        #expect(catalogue.messages[0].wording(in: .welsh, for: nil) == "Geiriau prawf.")
        #expect(catalogue.choose(.drugService, [.onOst], .standard).map(\.id) == ["KM-90", "KM-18"])
        #expect(!catalogue.choose(.drugService, [.eligible], .standard).contains { $0.id == "KM-03" })
        try load(.actions, "code,wording,version\nOUTREACH,Look for the person.,2\n".utf8, on: connection)
        #expect(try rules(connection).catalogue.version == "2")
        // A translation that comes later is a change too.
        let again = try #require(throws: ImportProblem.self) {
            try load(.actions, "code,language,wording,version\nOUTREACH,cy,Prawf.,2\n".utf8, on: connection)
        }
        #expect(again.line == 2)
    }

    @Test("unknown names, audiences, triggers and units are named by line and column", arguments: faultyWords)
    func faults(kind: RegisterKind, file: String, line: Int, column: String) throws {
        let (connection, _) = try TestDatabase.fresh()
        let problem = try #require(throws: ImportProblem.self) { try load(kind, file.utf8, on: connection) }
        #expect(problem.line == line && problem.column == column, "\(problem)")
        #expect(!problem.description.contains("CANARY"))
        let kept: Int = try connection.query(
            "select (select count(*) from rule_value) + (select count(*) from key_message)"
        ).only()[0]
        #expect(kept == 0)
    }

    @Test("the command takes the three files and says what became of them")
    func command() throws {
        let (_, url) = try TestDatabase.fresh()
        let result = try Program.run(
            ["import", "rules", "-"], environment: ["THROUGHGATE_POSTGRES_URL": url],
            input: "name,value\nrelease-hold,30\n")
        #expect(result.status == 0)
        #expect(result.output == "rules: 1 rows: 1 added, 0 changed, 0 as they were\n")
        let bad = try Program.run(
            ["import", "rules", "-"], environment: ["THROUGHGATE_POSTGRES_URL": url],
            input: "name,value\nrelease-hold,2000\n")
        #expect(bad.status == 65)
        #expect(bad.errors.contains("line 2, column value: must be a whole number of minutes, 0 to 1440"))
    }
}

private let faultyWords: [(RegisterKind, String, Int, String)] = [
    (RegisterKind.rules, "name,value\nrelease-hold,45\nCANARY,1\n", 3, "name"),
    (.rules, "name,value,unit\nrelease-hold,1,hours\n", 2, "unit"),
    (.rules, "name,value\nlateness,91\n", 2, "value"),
    (.rules, "name,value\nrelease-hold,1\nrelease-hold,2\n", 3, "name"),
    (.keyMessages, "id,audience,triggers,wording,version\nKM-02,PX,eligible,W,2\n", 2, "audience"),
    (.keyMessages, "id,audience,triggers,wording,version\nKM-02,P,eligible CANARY,W,2\n", 2, "triggers"),
    (.keyMessages, "id,audience,triggers,wording,version\nCANARY,P,eligible,W,2\n", 2, "id"),
    (
        .keyMessages, "id,audience,triggers,wording,version,language\nKM-90,P,eligible,W,2,cy\n", 2, "language"
    ),
    (
        .keyMessages,
        "id,audience,triggers,wording,version,language\nKM-90,P,eligible,W,2,en\nKM-90,D,eligible,W,2,cy\n",
        2, "audience"
    ),
    (.keyMessages, "id,audience,triggers,wording,version,product\nKM-90,P,eligible,W,2,CANARY\n", 2, "product"),
    (.actions, "code,wording,version\nCANARY,W,2\n", 2, "code"),
]
