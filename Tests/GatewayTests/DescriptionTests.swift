import Foundation
import Gateway
import Testing

@Suite("local broker: the description of the API")
struct DescriptionTests {
    /// `GET /v1/handovers` of every path in `Schemas/openapi.yaml`, by its two levels of indentation, and of every page
    /// in its `x-pages`.
    private func described() throws -> Set<String> {
        let file = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appending(path: "Schemas/openapi.yaml")
        var found: Set<String> = []
        var section = ""
        var path = ""
        for line in try String(contentsOf: file, encoding: .utf8).split(separator: "\n") {
            if !line.hasPrefix(" ") { section = String(line) }
            if section == "x-pages:", let match = line.wholeMatch(of: #/ {2}((GET|POST) /\S*): .+/#) {
                found.insert(String(match.1))
            }
            guard section == "paths:" else { continue }
            if let match = line.wholeMatch(of: #/ {2}(/\S*):/#) { path = String(match.1) }
            if let match = line.wholeMatch(of: #/ {4}(get|post|put|delete|patch):/#) {
                found.insert("\(match.1.uppercased()) \(path)")
            }
        }
        return found
    }

    @Test func everyRouteIsDescribedAndEveryDescribedPathIsARoute() async throws {
        let bed = try await DoorBed()
        let described = try described()
        #expect(!described.isEmpty)
        #expect(described == Set(bed.gateway.routeNames))
    }
}
