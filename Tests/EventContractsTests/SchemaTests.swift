import EventContracts
import Foundation
import HandoverRules
import Testing

/// The folder `Schemas` of this repository.
enum SchemaFolder {
    static let url = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "Schemas")

    /// One line of `examples.csv`.
    struct Example: Sendable, CustomStringConvertible {
        let file: String, outcome: String, reason: String
        var description: String { file }
    }

    /// The note comes last: it alone may hold a comma.
    static let examples: [Example] = {
        let text = try? String(contentsOf: url.appending(path: "examples.csv"), encoding: .utf8)
        return (text ?? "").split(separator: "\n").dropFirst().map { line in
            let cells = line.split(separator: ",", maxSplits: 4, omittingEmptySubsequences: false).map(String.init)
            return Example(file: cells[0], outcome: cells[1], reason: cells[2])
        }
    }()

    static func bytes(_ file: String) throws -> [UInt8] {
        Array(try Data(contentsOf: url.appending(path: file)))
    }

    static func schema(_ name: String) throws -> [String: Any] {
        let bytes = Data(try bytes("\(name)/\(name).schema.json"))
        return try #require(JSONSerialization.jsonObject(with: bytes) as? [String: Any])
    }
}

@Suite("rules: the examples in Schemas")
struct SchemaTests {
    @Test(
        "each inbound example ends as its line says",
        arguments: SchemaFolder.examples.filter { $0.outcome != "OUTBOUND" })
    func inbound(example: SchemaFolder.Example) throws {
        let bytes = try SchemaFolder.bytes(example.file)
        let line = PublishedLines(topics: topics).read(bytes, number: 1, clock: .events)
        switch line.outcome {
        case .record(let record):
            #expect(example.outcome == "EVENT")
            #expect(decode(inboundRecord(record)).event != nil)
        case .problem(let rejection):
            #expect(example.outcome == "REJECTED" && rejection.reason.rawValue == example.reason, "\(rejection.detail)")
        case .blank: Issue.record("blank")
        }
    }

    private func inboundRecord(_ out: OutboundRecord) -> InboundRecord { EventContractsTests.inbound(out) }

    @Test(
        "each outbound example is a CloudEvent of the hub",
        arguments: SchemaFolder.examples.filter { $0.outcome == "OUTBOUND" })
    func outbound(example: SchemaFolder.Example) throws {
        let event = try JSONReader.read(try SchemaFolder.bytes(example.file)).root
        let subject = try #require(event["subject"]?.string)
        let key = event["data"]?["taskId"] ?? event["data"]?["handoverId"]
        #expect(event["source"]?.string == "/hub")
        #expect(event["id"]?.string?.hasPrefix(subject + "/") == true)
        #expect(key?.string == subject)
    }

    @Test("every example has a line, every line an example, every folder a schema and an example")
    func complete() throws {
        let walker = try #require(
            FileManager.default.enumerator(atPath: SchemaFolder.url.resolvingSymlinksInPath().path))
        let files = walker.compactMap { $0 as? String }.filter { $0.hasSuffix(".json") }
        let examples = files.filter { !$0.hasSuffix(".schema.json") }
        #expect(!examples.isEmpty && examples.sorted() == SchemaFolder.examples.map(\.file).sorted())
        let folders = Set(files.compactMap { $0.split(separator: "/").first.map(String.init) })
        for folder in folders {
            #expect(files.contains("\(folder)/\(folder).schema.json"))
            #expect(examples.contains { $0.hasPrefix(folder + "/") })
        }
        for type in EventType.allCases { #expect(folders.contains(type.rawValue)) }
        // Every reason that bytes alone can show has an example, but for size.
        let reasons = Set(SchemaFolder.examples.map(\.reason))
        for reason: RejectionReason in [
            .unknownType, .unknownVersion, .unknownCode, .fieldInvalid, .timeNaive, .futureDated, .notEntitled,
        ] {
            #expect(reasons.contains(reason.rawValue), "\(reason)")
        }
    }

    @Test("no example is of a real person: every prison number starts with Z")
    func synthetic() throws {
        for example in SchemaFolder.examples {
            let text = String(decoding: try SchemaFolder.bytes(example.file), as: UTF8.self)
            for match in text.matches(of: /\b([A-Z])[0-9]{4}[A-Z]{2}\b/) { #expect(match.1 == "Z", "\(example.file)") }
        }
    }

    @Test("a schema has the decoder's fields, requirements and codes", arguments: EventType.allCases)
    func fields(type: EventType) throws {
        let properties = try #require(SchemaFolder.schema(type.rawValue)["properties"] as? [String: Any])
        let data = try #require(properties["data"] as? [String: Any])
        var visitor = SchemaFields(object: data)
        _ = try? Payload.visit(type, &visitor)
        let extra = Set(visitor.properties.keys).subtracting(visitor.seen)
        #expect(extra == ["bookingId", "recordedBy"])
        #expect(visitor.problems.isEmpty, "\(visitor.problems)")
    }
}

/// Walks a payload's fields beside a schema's object and notes where they differ.
private struct SchemaFields: FieldVisitor {
    let properties: [String: Any]
    let required: Set<String>
    var seen: Set<String> = []
    var problems: [String] = []

    init(object: [String: Any]) {
        properties = object["properties"] as? [String: Any] ?? [:]
        required = Set(object["required"] as? [String] ?? [])
    }

    mutating func required<V: FieldValue>(_ name: StaticString, _ value: inout V) throws(FieldProblem) {
        note("\(name)", V.self, isRequired: true)
    }

    mutating func optional<V: FieldValue>(_ name: StaticString, _ value: inout V?) throws(FieldProblem) {
        note("\(name)", V.self, isRequired: false)
    }

    mutating func set<V: FieldValue & Comparable>(_ name: StaticString, _ values: inout [V]) throws(FieldProblem) {
        note("\(name)", V.self, isRequired: false)
    }

    mutating func group<G: FieldGroup>(_ name: StaticString, _ value: inout G?) throws(FieldProblem) {
        seen.insert("\(name)")
        let either = (properties["\(name)"] as? [String: Any])?["anyOf"] as? [[String: Any]]
        guard let object = either?.first(where: { $0["properties"] != nil }) else {
            problems.append("\(name) is missing")
            return
        }
        var inner = SchemaFields(object: object)
        var group = G()
        try? group.visit(&inner)
        problems += inner.problems.map { "\(name).\($0)" }
        if Set(inner.properties.keys) != inner.seen { problems.append("\(name) has other fields") }
    }

    private mutating func note(_ name: String, _ type: Any.Type, isRequired: Bool) {
        seen.insert(name)
        guard let schema = properties[name] else { return problems.append("\(name) is missing") }
        // Plans say by a rule across fields what they require; the schema says it plainly.
        let isPlanned = ["plannedDate", "prisonId", "releaseReason"].contains(name)
        if isRequired != required.contains(name), !isPlanned { problems.append("\(name) is required in one only") }
        guard let codes = type as? any Code.Type else { return }
        if Set(codes.all) != SchemaFields.codes(schema) { problems.append("\(name) has other codes") }
    }

    /// Every `enum` inside.
    private static func codes(_ schema: Any) -> Set<String> {
        if let object = schema as? [String: Any] {
            return object.reduce(into: Set(object["enum"] as? [String] ?? [])) { $0.formUnion(codes($1.value)) }
        }
        return (schema as? [Any] ?? []).reduce(into: []) { $0.formUnion(codes($1)) }
    }
}

extension Code {
    static var all: [String] { allCases.map(\.rawValue) }
}
