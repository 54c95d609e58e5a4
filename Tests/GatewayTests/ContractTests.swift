import Foundation
import Testing

/// The contracts in Schemas, judged by programs that know nothing of ours.
@Suite(
    "Python: contracts", .serialized,
    .enabled(if: Python.path != nil, "no Python with scripts/requirements-clients.txt"))
struct ContractTests {
    /// Another seed by THROUGHGATE_TEST_SEED; it is printed with what was found.
    private static let seed = ProcessInfo.processInfo.environment["THROUGHGATE_TEST_SEED"] ?? "20261122"

    static let program: String =
        ProcessInfo.processInfo.environment["THROUGHGATE_BINARY"]
        ?? Bundle.main.bundleURL.appendingPathComponent("throughgate").path

    @Test func schemasAndDecoderAgreeOnEveryInstanceAndMutation() async throws {
        let (status, text) = try await Python.run(
            "drift.py",
            [Self.program, Python.root.appending(path: "Schemas").path, "--seed", Self.seed, "--each", "25"])
        #expect(status == 0 && text.contains("0 differences"), "\(text)")
    }

    @Test func asyncapiIsAsyncAPI() async throws {
        let (status, text) = try await Python.run(
            "asyncapi.py", [Python.root.appending(path: "Schemas/asyncapi.yaml").path])
        #expect(status == 0, "\(text)")
    }

    @Test func aBreakingChangeOfAPublishedSchemaIsFound() async throws {
        let (status, text) = try await Python.run("../compatible-test.py", [])
        #expect(status == 0, "\(text)")
        let (now, said) = try await Python.run("../compatible.py", [])
        #expect(now == 0, "\(said)")
    }
}
