import Foundation
import Gateway
import Testing
import Yams

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

    /// What a recipient may say over HTTP is what it may say on the topic, less what the door knows itself.
    @Test(arguments: [
        ("/v1/handovers/{id}/acknowledgements", "handover.acknowledged", ["handoverId", "ackAt"]),
        ("/v1/handovers/{id}/engagements", "engagement.recorded", ["handoverId", "at"]),
        ("/v1/tasks/{id}/resolution", "task.resolved", ["taskId"]),
    ])
    func theBodiesOfAnswersAreThoseOfTheirSchemas(path: String, folder: String, known: [String]) throws {
        let schemas = Python.root.appending(path: "Schemas")
        let openapi = try #require(
            try compose(yaml: String(contentsOf: schemas.appending(path: "openapi.yaml"), encoding: .utf8)))
        let body = try #require(openapi["paths"]?[path]?["post"]?["requestBody"]?["content"]?["application/json"])
        // JSON is YAML.
        let schema = try #require(
            try compose(
                yaml: String(contentsOf: schemas.appending(path: "\(folder)/\(folder).schema.json"), encoding: .utf8)))
        let data = try #require(schema["properties"]?["data"])
        let required = (body["schema"]?["required"]?.sequence ?? []).compactMap(\.string)
        let wanted = (data["required"]?.sequence ?? []).compactMap(\.string).filter { !known.contains($0) }
        #expect(Set(required) == Set(wanted))
        for (name, field) in body["schema"]?["properties"]?.mapping ?? [:] {
            let twin = try #require(data["properties"]?[name.string ?? ""], "\(name)")
            #expect(codes(field) == codes(twin), "\(name.string ?? "")")
        }
    }

    /// Every text in an `enum` inside.
    private func codes(_ node: Node) -> Set<String> {
        let own = (node["enum"]?.sequence ?? []).compactMap(\.string).filter { $0 != "null" }
        let inner = (node.mapping?.values.map { $0 } ?? []) + (node.sequence?.map { $0 } ?? [])
        return inner.reduce(into: Set(own)) { $0.formUnion(codes($1)) }
    }

    @Test func everyRouteIsDescribedAndEveryDescribedPathIsARoute() async throws {
        let bed = try await DoorBed()
        let described = try described()
        #expect(!described.isEmpty)
        #expect(described == Set(bed.gateway.routeNames))
    }
}
