import Foundation
import Testing

@Suite("rules: keys of log lines")
struct LogKeyTests {
    /// The repository, from where this file was compiled.
    private static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    /// Keys of every `metadata: […]` below Sources.
    private func used() throws -> Set<String> {
        var keys: Set<String> = []
        let files = try #require(
            FileManager.default.enumerator(at: Self.root.appending(path: "Sources"), includingPropertiesForKeys: nil))
        for case let file as URL in files where file.pathExtension == "swift" {
            let text = try String(contentsOf: file, encoding: .utf8)
            for literal in text.matches(of: /(?:metadata: |Logger\.Metadata = )\[([^\]]*)\]/) {
                keys.formUnion(literal.1.matches(of: /"(\w+)":/).map { String($0.1) })
            }
        }
        return keys
    }

    @Test("every key of a log line is in the documentation, and every documented one is used")
    func keys() throws {
        let page = try String(
            contentsOf: Self.root.appending(path: "Sources/throughgate/Throughgate.docc/Observing.md"),
            encoding: .utf8)
        let table = page.split(separator: "\n").filter { $0.hasPrefix("| `") }
        let documented = Set(table.flatMap { $0.split(separator: "|")[0].matches(of: /`(\w+)`/).map { String($0.1) } })
        let used = try used()
        #expect(used.subtracting(documented).sorted() == [], "not in Observing.md")
        #expect(documented.subtracting(used).sorted() == [], "in Observing.md, and nowhere used")
        #expect(used.count > 10)
    }
}
