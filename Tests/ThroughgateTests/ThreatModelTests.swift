import Foundation
import Testing

@Suite("rules: the threat model names tests that exist")
struct ThreatModelTests {
    private static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    @Test("each threat has a defence and a test, and each test named is there")
    func named() throws {
        let page = try String(
            contentsOf: Self.root.appending(path: "Sources/throughgate/Throughgate.docc/Threats.md"), encoding: .utf8)
        let rows = page.split(separator: "\n").filter { $0.hasPrefix("| ") && $0.contains("` |") }
        #expect(rows.count >= 25)
        let tests = try Self.tests()
        for row in rows {
            let cells = row.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
            #expect(cells.count == 3 && !cells[1].isEmpty, "\(row)")
            let names = cells[2].matches(of: #/`([A-Za-z]+)\.([A-Za-z]+)`/#)
            #expect(!names.isEmpty, "\(row)")
            for name in names {
                #expect(tests.contains("\(name.1).\(name.2)"), "no test is named \(name.0)")
            }
        }
        #expect(!tests.contains("SafeSettingsTests.notThere") && tests.count > 400)
    }

    /// `Suite.test` of every file of tests: a type and the functions below it, up to the next type at the margin.
    private static func tests() throws -> Set<String> {
        let folder = root.appending(path: "Tests")
        var found: Set<String> = []
        let files = try #require(FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil))
        for case let file as URL in files where file.pathExtension == "swift" {
            var suite = ""
            for line in try String(contentsOf: file, encoding: .utf8).split(separator: "\n") {
                if let type = line.firstMatch(of: #/^(?:@Suite\(.*\) )?(?:final )?(?:struct|class|extension) (\w+)/#) {
                    suite = String(type.1)
                } else if let test = line.firstMatch(of: #/^    (?:@Test.* )?func (\w+)/#) {
                    found.insert("\(suite).\(test.1)")
                }
            }
        }
        return found
    }
}
