import EventContracts
import ExactlyOnceKafka
import Foundation
import HandoverPipeline

/// A subscriber that reads Kafka, for the sandbox: good, or one that remembers nothing.
final class KafkaSubscriber: @unchecked Sendable {
    private let reader: TopicReader
    private let producer: EventProducer
    private let answers: String
    private let recipient: String
    private var seen: Set<String> = []
    private var newest: [Substring: Int] = [:]

    /// - Parameter details: the file that `conformance --details` writes.
    init(_ details: URL) throws {
        let values = try JSONDecoder().decode([String: String].self, from: Data(contentsOf: details))
        let kafka = try KafkaConfiguration(
            bootstrapServers: values["bootstrapServers"] ?? "",
            properties: ["receive.message.max.bytes": "1000000000"])
        reader = try TopicReader(configuration: kafka)
        producer = try EventProducer(configuration: kafka, clientName: "test-subscriber")
        answers = values["answers"] ?? ""
        recipient = values["recipient"] ?? ""
        try reader.startAll([values["topic"] ?? ""])
    }

    /// Until the sandbox ends, which ends the broker.
    func run(forgets: Bool, until isOver: () -> Bool) throws {
        while !isOver() {
            for case .record(let record) in try reader.read(max: 100, timeout: .milliseconds(100)) {
                try take(record, forgets)
            }
        }
    }

    private func take(_ record: KafkaRecord, _ forgets: Bool) throws {
        let id = String(decoding: record.header("ce_id") ?? [], as: UTF8.self)
        let type = String(decoding: record.header("ce_type") ?? [], as: UTF8.self)
        let parts = id.split(separator: "/")
        guard type.hasPrefix("throughgate.handover."), type.hasSuffix(".v1"), parts.count == 2,
            let version = Int(parts[1])
        else { return }
        guard forgets || (!seen.contains(id) && version > newest[parts[0], default: 0]) else { return }
        seen.insert(id)
        newest[parts[0]] = version
        let now = Date().ISO8601Format()
        let body = #"{"handoverId":"\#(parts[0])","version":\#(version),"ackAt":"\#(now)","decision":"ACCEPTED"}"#
        let headers = [
            ("ce_specversion", "1.0"), ("ce_id", UUID().uuidString.lowercased()),
            ("ce_type", "throughgate.handover.acknowledged.v1"), ("ce_source", "/providers/\(recipient)/worker"),
            ("ce_subject", String(parts[0])), ("ce_time", now), ("ce_recordedtime", now),
            ("content-type", "application/json"),
        ]
        let answer = OutboundRecord(
            topic: answers, key: Array(parts[0].utf8), value: Array(body.utf8),
            headers: headers.map { RecordHeader($0.0, $0.1) })
        for case .failed(let error) in producer.send([OutboundMessage(answer)]) { throw error }
    }
}
