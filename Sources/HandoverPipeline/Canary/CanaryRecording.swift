import ExactlyOnceKafka
import FoundationEssentials

/// Where a batch's canaries came from, for the ledger.
struct CanaryColumns {
    var ids: [UUID] = []
    var topics: [String] = []
    var partitions: [Int32] = []
    var offsets: [Int64] = []

    mutating func add(_ id: UUID, _ record: KafkaRecord) {
        ids.append(id)
        topics.append(record.topic)
        partitions.append(record.partition)
        offsets.append(record.offset)
    }
}

extension BatchWork {
    /// Notes the batch's canaries and stages what they cause. They stand in the same two transactions as everything
    /// else of the batch and in none of its counts. A redelivery stages the same bytes again; what was published is not
    /// published again.
    mutating func take(_ canaries: [SortedBatch.First]) {
        for first in canaries where first.record.offset > publishedThrough[first.record.source] ?? -1 {
            writing.canaries.add(first.decoded.event.id, first.record)
            guard
                let message = CanaryDecision.message(of: first, rules: settings.rules, outbound: settings.outbound)
            else { continue }
            fresh.append(
                StagedMessage(
                    message: message, stream: nil, version: 1, source: first.record.source,
                    offset: first.record.offset, predecessor: nil, tally: .canary))
        }
    }
}

extension SortedBatch {
    /// Producer timestamps of the batch's records but for canaries, which are no part of the end-to-end time.
    func timestamps(of arrivals: [Arrival]) -> [Int64] {
        guard !canaries.isEmpty else { return arrivals.map(\.record.timestampMilliseconds) }
        let places = Set(canaries.map(\.record.position))
        return arrivals.lazy.map(\.record).filter { !places.contains($0.position) }.map(\.timestampMilliseconds)
    }
}
