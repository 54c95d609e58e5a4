import EventContracts
import ExactlyOnceKafka
import Foundation

/// Whether a program did the job: every person handed over, nothing twice, every unreadable record rejected.
struct PeerCheck {
    var streams = 0
    var messages = 0
    var twice = 0
    var rejected = 0

    private static let patience = Duration.seconds(60)

    /// Reads what recipients can see.
    init(_ kind: PeerProgram.Kind, _ world: PeerWorld) throws {
        var seen: Set<String> = [], subjects: Set<String> = []
        for topic in try PeerCheck.handoverTopics(kind, world) {
            try PeerCheck.read(topic, world) { record in
                messages += 1
                let id = record.header("ce_id") ?? record.key ?? []
                if !seen.insert(String(decoding: id, as: UTF8.self)).inserted { twice += 1 }
                if let noms = PeerCheck.noms(in: record) { subjects.insert(noms) }
            }
        }
        streams = subjects.count
        let topic = kind.isHub ? world.world.topics.rejected : PeerWorld.rejected
        try PeerCheck.read(topic, world) { _ in rejected += 1 }
    }

    /// nil where all is well.
    func fault(people: Int, _ expected: PeerJob.Expected) -> String? {
        if streams != people { return "\(streams) people handed over, not \(people)" }
        if twice > 0 { return "\(twice) messages twice" }
        return rejected == expected.unreadable ? nil : "\(rejected) records rejected, not \(expected.unreadable)"
    }

    /// Topics on which a drug service hears of somebody.
    static func handoverTopics(_ kind: PeerProgram.Kind, _ world: PeerWorld) throws -> [String] {
        guard kind.isHub else { return [PeerWorld.handovers] }
        return try world.world.recipients().filter { $0.value.kind == .drugService }.map(\.key).sorted()
    }

    /// The prison number in a handover's body.
    static func noms(in record: KafkaRecord) -> String? {
        guard let value = record.value else { return nil }
        let text = String(decoding: value, as: UTF8.self)
        guard let at = text.range(of: "\"noms\":\"") else { return nil }
        return String(text[at.upperBound...].prefix { $0 != "\"" })
    }

    private static func read(_ topic: String, _ world: PeerWorld, _ take: (KafkaRecord) -> Void) throws {
        let reader = try TopicReader(configuration: world.kafka(), clientName: "throughgate-bench-check")
        try reader.startAll([topic])
        guard try reader.readToEnd(atMost: patience, take) else {
            throw CommandFailure(.internalError, "\(topic) could not be read to its end")
        }
    }
}
