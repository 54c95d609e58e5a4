import BrokerModel
import ExactlyOnceKafka

/// What is wrong with the outputs of ``SimulatedHub``s: each record has one message on each outbound topic.
enum SessionJudgement {
    /// - Parameter sent: the inbound records in the order in which they were written.
    static func faults(
        sent: [(place: TopicPartition, value: String)], partitions: Int, on cluster: ModelCluster
    ) -> Set<DeliveryChecker.Fault> {
        var next: [TopicPartition: Int64] = [:]
        let inputs = sent.map { place, value in
            defer { next[place, default: 0] += 1 }
            return DeliveryChecker.Input(
                source: place, offset: next[place] ?? 0,
                outputs: SessionSimulation.outbound.map { "\($0) \(value)" })
        }
        let visible = SessionSimulation.outbound.flatMap(cluster.visible).map { record in
            let value = String(decoding: record.value ?? [], as: UTF8.self)
            return DeliveryChecker.Output(
                id: "\(record.topic) \(value)", place: record.source, offset: record.offset,
                key: String(decoding: record.key ?? [], as: UTF8.self), sequence: Int(value.dropFirst()) ?? -1)
        }
        let committed = (0..<partitions).reduce(into: [TopicPartition: Int64]()) { result, number in
            let place = TopicPartition(SessionSimulation.inbound, Int32(number))
            result[place] = cluster.committedOffset(SessionSimulation.group, place)
        }
        let aborted = SessionSimulation.outbound.reduce(into: [TopicPartition: Set<Int64>]()) {
            $0.merge(cluster.aborted($1)) { $1 }
        }
        return DeliveryChecker(inputs: inputs, visible: visible, committed: committed, aborted: aborted).faults()
    }
}
