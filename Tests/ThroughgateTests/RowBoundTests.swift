import HandoverPipeline
import Postgres
import Testing

@Suite("PostgreSQL: no row of a file without a bound")
struct RowBoundTests {
    @Test func aRowOfMoreThan64KiBIsRefusedByItsLine() throws {
        let (connection, _) = try TestDatabase.fresh()
        let long = String(repeating: "x", count: 64 << 10)
        var file: [UInt8]? = Array("noms_number,name,date_of_birth\nZ1234AB,\(long),1990-01-01\n".utf8)
        let problem = try #require(throws: ImportProblem.self) {
            try RegisterImport(.people).run(on: connection) {
                defer { file = nil }
                return file
            }
        }
        #expect(problem.line == 2)
    }

    /// A file that never ends: reading stops with its 64th KiB, not with the memory.
    @Test(.timeLimit(.minutes(1)))
    func aQuoteThatIsNeverClosedDoesNotSwallowTheFile() throws {
        let (connection, _) = try TestDatabase.fresh()
        var chunks = 0
        let problem = try #require(throws: ImportProblem.self) {
            try RegisterImport(.people).run(on: connection) {
                chunks += 1
                return Array(
                    (chunks == 1
                        ? "noms_number,name,date_of_birth\nZ1234AB,\"" : String(repeating: "x\n", count: 2_048))
                        .utf8)
            }
        }
        #expect(problem.line == 2)
        #expect(chunks < 64)
    }
}
