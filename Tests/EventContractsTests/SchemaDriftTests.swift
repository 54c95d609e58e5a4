import EventContracts
import Foundation
import HandoverRules
import Testing

/// What the hub reads, against the schemas: neither may change without the other.
@Suite("rules: schemas and inbound events agree")
struct SchemaDriftTests {
    private static let seed: UInt64 = 20_261_123

    /// An event as its encoder writes it, in the JSON format that the schemas describe.
    private func instance(_ event: Event) throws -> JSONTree {
        let record = try EventEncoder(topics: topics).record(of: event)
        var members: [String: JSONTree] = ["data": try JSONTree(reading: record.value ?? [])]
        for header in record.headers {
            let value = String(decoding: header.value ?? [], as: UTF8.self)
            if header.name.hasPrefix("ce_") { members[String(header.name.dropFirst(3))] = .string(value) }
        }
        return .object(members)
    }

    private func decode(_ instance: JSONTree, topic: String) -> DecodedRecord {
        var record = sampleRecord().valued(instance.bytes)
        record.headers = [RecordHeader("content-type", "application/cloudevents+json")]
        record.topic = topic
        return EventContractsTests.decode(record)
    }

    @Test("every event that can be is valid by its schema", arguments: EventType.allCases)
    func inbound(type: EventType) throws {
        var generator = SeededGenerator(seed: Self.seed)
        let schema = try SchemaFolder.schema(type.rawValue)
        let correction = try SchemaFolder.schema(EventType.recordCorrected.rawValue)
        let data = JSONSchema(try SchemaFolder.data(of: type))
        for _ in 0..<150 {
            let event = generator.event(type, subject: generator.noms())
            let instance = try instance(event)
            let isAmendment = event.correction?.keepsTime == true
            let problems = (isAmendment ? correction : schema).problems(instance)
            #expect(problems.isEmpty, "seed \(Self.seed): \(problems)")
            if isAmendment, let replacement = instance["data"]?["replacement"] {
                #expect(data.accepts(replacement), "seed \(Self.seed)")
            }
        }
    }

    @Test(
        "with one member left out, nulled or of another kind, schema and decoder agree", arguments: EventType.allCases)
    func spoiled(type: EventType) throws {
        var generator = SeededGenerator(seed: Self.seed)
        let schema = try SchemaFolder.schema(type.rawValue)
        var refused = 0
        for _ in 0..<12 {
            var event = generator.event(type, subject: generator.noms())
            if event.correction?.keepsTime == true { event.correction = nil }
            let good = try instance(event)
            let data = try #require(good["data"])
            for name in data.members.keys {
                for value: JSONTree? in [nil, .null, .string("NO_SUCH_VALUE"), .array([]), .int(-1)] {
                    let bad = good.setting("data", data.setting(name, value))
                    let outcome = decode(bad, topic: topics.inbound(type))
                    // A schema can't know who may speak for a prison.
                    if outcome.outcome == "NOT_ENTITLED" { continue }
                    if outcome.rejection != nil { refused += 1 }
                    #expect(
                        schema.accepts(bad) == (outcome.rejection == nil),
                        "seed \(Self.seed): \(name) \(String(describing: value)): \(outcome.outcome)")
                }
            }
        }
        #expect(refused > 0)
    }
}
