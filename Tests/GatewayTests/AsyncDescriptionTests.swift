import EventContracts
import Foundation
import HandoverPipeline
import HandoverRules
import Testing
import Yams

/// `Schemas/asyncapi.yaml` beside the program: neither may have what the other has not.
@Suite("rules: asyncapi.yaml and the program agree")
struct AsyncDescriptionTests {
    private static let schemas = Python.root.appending(path: "Schemas")
    private let document: Node
    private let topics = Topics(prefix: "{prefix}")

    init() throws {
        let text = try String(contentsOf: Self.schemas.appending(path: "asyncapi.yaml"), encoding: .utf8)
        document = try #require(try compose(yaml: text))
    }

    private func members(_ path: String...) -> [(String, Node)] {
        let node = path.reduce(document as Node?) { $0?[$1] }
        return (node?.mapping ?? [:]).map { ($0.key.string ?? "", $0.value) }
    }

    /// The node that a `$ref` of this document points to, or the node itself.
    private func resolved(_ node: Node) -> Node? {
        guard let reference = node["$ref"]?.string else { return node }
        let parts = reference.dropFirst(2).split(separator: "/").map(String.init)
        return parts.reduce(document as Node?) { $0?[$1] }
    }

    /// Address to names of messages, `throughgate.release.actual.v1`.
    private func carried() -> [String: Set<String>] {
        var found: [String: Set<String>] = [:]
        for (_, channel) in members("channels") {
            let messages = (channel["messages"]?.mapping ?? [:]).compactMap { resolved($0.value)?["name"]?.string }
            found[channel["address"]?.string ?? ""] = Set(messages)
        }
        return found
    }

    @Test func everyTopicIsAChannelAndEveryChannelATopic() {
        let provider = ProviderID("PROVIDER")!
        let handovers = RecipientKind.allCases.map { topics.handovers(to: Recipient(kind: $0, provider: provider)) }
        let expected =
            topics.inbound + [topics.hubTasks, topics.rejected, topics.prefix + "prison.tasks.{prison}"]
            + handovers.map { $0.replacing("PROVIDER", with: $0.contains("supervision") ? "{body}" : "{provider}") }
        #expect(topics.tasks(of: PrisonID("MDI")!) == topics.prefix + "prison.tasks.MDI")
        #expect(Set(carried().keys) == Set(expected))
    }

    @Test func everyEventTypeIsOnTheChannelOfItsTopicAndNowhereElse() {
        let carried = carried()
        for type in EventType.allCases where type != .recordCorrected {
            let there = carried.filter { $0.value.contains("throughgate.\(type.rawValue).v1") }.keys
            #expect(Set(there) == [topics.inbound(type)], "\(type)")
        }
        // A correction goes where the event that it corrects goes; nobody corrects a timer.
        let corrections = carried.filter { $0.value.contains("throughgate.record.corrected.v1") }.keys
        #expect(Set(corrections) == Set(topics.inbound).subtracting([topics.timers]))
    }

    @Test func everySchemaFolderIsAMessageAndEveryReferenceLeadsSomewhere() throws {
        var used: Set<String> = []
        for (name, message) in members("components", "messages") {
            guard let reference = message["payload"]?["schema"]?["$ref"]?.string else { continue }
            let parts = reference.split(separator: "#").map(String.init)
            let file = String(parts[0].dropFirst(2))
            let bytes = try Data(contentsOf: Self.schemas.appending(path: file))
            let schema = try #require(try JSONSerialization.jsonObject(with: bytes) as? [String: Any], "\(name)")
            if parts.count == 2 { #expect((schema["properties"] as? [String: Any])?["data"] != nil, "\(name)") }
            #expect(file == "\(file.prefix { $0 != "/" })/\(file.prefix { $0 != "/" }).schema.json")
            used.insert(String(file.prefix { $0 != "/" }))
        }
        let folders = try FileManager.default.contentsOfDirectory(atPath: Self.schemas.path).filter { folder in
            FileManager.default.fileExists(
                atPath: Self.schemas.appending(path: "\(folder)/\(folder).schema.json").path)
        }
        #expect(!folders.isEmpty && used == Set(folders))
        var references = 0
        follow(document) { reference in
            references += 1
            let parts = reference.dropFirst(2).split(separator: "/").map(String.init)
            #expect(parts.reduce(document as Node?) { $0?[$1] } != nil, "\(reference)")
        }
        #expect(references > 100)
    }

    private func follow(_ node: Node, _ found: (String) -> Void) {
        for (key, value) in node.mapping ?? [:] {
            if key.string == "$ref", let text = value.string, text.hasPrefix("#/") { found(text) }
            follow(value, found)
        }
        for item in node.sequence ?? [] { follow(item, found) }
    }

    @Test func everyMessageNamesItsSchemasTypeAndItsMode() throws {
        for (key, message) in members("components", "messages") {
            let name = try #require(message["name"]?.string, "\(key)")
            let reference = message["payload"]?["schema"]?["$ref"]?.string ?? ""
            let folder = reference.dropFirst(2).prefix { $0 != "/" }
            switch message["contentType"]?.string {
            case "application/cloudevents+json":
                #expect(key.hasSuffix("Structured") && name == "throughgate.\(folder).v1", "\(key)")
            case "application/json" where folder.hasPrefix("hmpps."):
                #expect(name == "prison-offender-events." + folder.dropFirst(6), "\(key)")
            case "application/json" where folder == "handover.stood-down":
                #expect(name.hasPrefix("throughgate.handover."), "\(key)")
            case "application/json": #expect(name == "throughgate.\(folder).v1", "\(key)")
            case "application/jose": #expect(name.hasPrefix("throughgate.handover."), "\(key)")
            default: #expect(key == "rejected")
            }
        }
        // Each inbound event may come in either mode, but for the hub's own timers.
        for type in EventType.allCases {
            let modes = members("components", "messages").filter {
                $0.1["name"]?.string == "throughgate.\(type.rawValue).v1"
            }
            #expect(modes.count == (type == .timerFired ? 1 : 2), "\(type)")
        }
    }

    @Test func partitionsSizesReasonsAndTheGroupAreTheProgramsOwn() throws {
        let plans = TopicLayout.plans(
            topics, inboundPartitions: TopicLayout.inboundPartitionsDefault,
            recipients: carried().keys.filter { $0.contains("handover.") || $0.contains("prison.tasks.") })
        let byName = Dictionary(uniqueKeysWithValues: plans.map { ($0.name, $0) })
        for (name, channel) in members("channels") {
            let plan = try #require(byName[channel["address"]?.string ?? ""], "\(name)")
            let kafka = try #require(channel["bindings"]?["kafka"], "\(name)")
            #expect(kafka["partitions"]?.int == plan.partitions, "\(name)")
            let size = kafka["topicConfiguration"]?["max.message.bytes"]?.int
            #expect(size.map(String.init) == plan.settings["max.message.bytes"], "\(name)")
        }
        let trait = try #require(document["components"]?["operationTraits"]?["inbound"])
        let reasons = trait["x-dead-letter"]?["reasons"]?.sequence?.compactMap(\.string) ?? []
        #expect(reasons == RejectionReason.allCases.map(\.rawValue))
        #expect(trait["bindings"]?["kafka"]?["groupId"]?["const"]?.string == "throughgate")
    }

    @Test func everyChannelIsReceivedOrSentAndEveryHandoverIsAnswered() {
        var seen: [String: Set<String>] = [:]
        for (name, operation) in members("operations") {
            let channel = operation["channel"]?["$ref"]?.string ?? ""
            let action = operation["action"]?.string ?? ""
            seen[String(channel.dropFirst("#/channels/".count)), default: []].insert(action)
            let isHandover = channel.hasSuffix("Handovers")
            #expect((operation["reply"] != nil) == isHandover, "\(name)")
        }
        let expected = members("channels").map { name, channel in
            let address = channel["address"]?.string ?? ""
            let actions: Set<String> =
                address == topics.timers
                ? ["send", "receive"] : topics.inbound.contains(address) ? ["receive"] : ["send"]
            return (name, actions)
        }
        #expect(seen == Dictionary(uniqueKeysWithValues: expected))
    }
}
