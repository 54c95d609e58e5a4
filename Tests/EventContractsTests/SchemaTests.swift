import EventContracts
import Foundation
import HandoverRules
import Testing

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

    @Test("each example is valid by its schema, or not, as its line says", arguments: SchemaFolder.examples)
    func bySchema(example: SchemaFolder.Example) throws {
        let problems = try SchemaFolder.schema(example.name).problems(
            JSONTree(reading: try SchemaFolder.bytes(example.file)))
        #expect(example.schema == (problems.isEmpty ? "valid" : "invalid"), "\(problems)")
        // What is taken is valid, and what a schema refuses is never taken.
        if example.outcome != "REJECTED" { #expect(example.schema == "valid") }
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
            .constraint,
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
        let data = try SchemaFolder.data(of: type)
        var visitor = SchemaFields(object: data)
        _ = try? Payload.visit(type, &visitor)
        #expect(Set(visitor.properties.keys).subtracting(visitor.seen) == fieldsBesidePayload(type))
        #expect(visitor.problems.isEmpty, "\(visitor.problems)")
    }

    private func fieldsBesidePayload(_ type: EventType) -> Set<String> {
        switch type {
        case .bookingMoved: ["recordedBy"]
        case .recordCorrected: ["bookingId", "recordedBy", "correctionOf", "kind", "correctedType", "replacement"]
        default: ["bookingId", "recordedBy"]
        }
    }
}

/// Walks a payload's fields beside a schema's object and notes where they differ.
private struct SchemaFields: FieldVisitor {
    let properties: [String: JSONTree]
    let required: Set<String>
    var seen: Set<String> = []
    var problems: [String] = []

    init(object: JSONTree) {
        properties = object["properties"]?.members ?? [:]
        required = Set((object["required"]?.elements ?? []).compactMap(\.string))
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
        guard let object = properties["\(name)"]?["anyOf"]?.elements.first(where: { $0["properties"] != nil }) else {
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
        // Some events say by a rule across fields what they require; the schema says it plainly.
        let isByRule = ["plannedDate", "prisonId", "releaseReason", "elements", "reasons"].contains(name)
        if isRequired != required.contains(name), !isByRule { problems.append("\(name) is required in one only") }
        guard let codes = type as? any Code.Type else { return }
        if Set(codes.all) != SchemaFields.codes(schema) { problems.append("\(name) has other codes") }
    }

    /// Every `enum` inside.
    private static func codes(_ schema: JSONTree) -> Set<String> {
        let own = Set((schema["enum"]?.elements ?? []).compactMap(\.string))
        let inner = schema.members.filter { $0.key != "enum" }.map(\.value) + schema.elements
        return inner.reduce(into: own) { $0.formUnion(codes($1)) }
    }
}

extension Code {
    static var all: [String] { allCases.map(\.rawValue) }
}
