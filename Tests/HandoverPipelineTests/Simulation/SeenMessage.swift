import BrokerModel
import ExactlyOnceKafka

extension DeliveryChecker.Output {
    /// A handover or a task as a reader saw it: its `ce_id` is `STREAM/VERSION`.
    init(message record: KafkaRecord) {
        let id = String(decoding: record.header("ce_id") ?? [], as: UTF8.self)
        let parts = id.split(separator: "/")
        self.init(
            id: id, place: record.source, offset: record.offset, key: String(parts.first ?? ""),
            sequence: parts.last.flatMap { Int($0) } ?? 0, body: record.value ?? [])
    }
}
