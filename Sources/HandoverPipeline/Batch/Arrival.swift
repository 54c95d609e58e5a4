import EventContracts
public import ExactlyOnceKafka
import Foundation
import HandoverRules

/// One consumed record, and what it says once it is decoded.
struct Arrival: Sendable {
    var record: KafkaRecord
    /// nil until decoded. Decoding waits until the partition's lease is taken, so that a record that kills the
    /// process while it is decoded is counted like any other.
    var content: DecodedRecord?

    /// Event time under `hub.clock: events`; a refused record has none.
    var receivedAt: Instant? {
        guard case .event(let decoded) = content else { return nil }
        return decoded.event.receivedAt
    }
}

/// Records of one assignment epoch, decoded, in consumption order per partition.
struct Batch: Sendable {
    var epoch: UInt64
    var arrivals: [Arrival]

    /// Decodes what is not decoded yet, on all cores when it is worth it.
    mutating func decode(_ decoder: EventDecoder, clock: ReceiptClock) {
        guard arrivals.contains(where: { $0.content == nil }) else { return }
        arrivals.withUnsafeMutableBufferPointer { buffer in
            nonisolated(unsafe) let arrivals = buffer
            let share = (arrivals.count + Batch.decoders - 1) / Batch.decoders
            let isSmall = share < 64
            DispatchQueue.concurrentPerform(iterations: isSmall ? 1 : Batch.decoders) { worker in
                let first = isSmall ? 0 : min(worker * share, arrivals.count)
                let end = isSmall ? arrivals.count : min((worker + 1) * share, arrivals.count)
                for index in first..<end where arrivals[index].content == nil {
                    arrivals[index].content = decoder.decode(arrivals[index].record.inbound, clock: clock)
                }
            }
        }
    }

    private static let decoders = max(1, ProcessInfo.processInfo.activeProcessorCount)
}

/// Where a batch begins and ends on each partition.
public struct BatchBounds: Sendable {
    /// First offset per partition.
    public var firsts: [TopicPartition: Int64] = [:]
    /// The offset after the last record, per partition.
    public var nexts: [TopicPartition: Int64] = [:]

    public init() {}

    init(_ arrivals: [Arrival]) {
        for arrival in arrivals {
            let source = arrival.record.source
            firsts[source] = min(firsts[source] ?? .max, arrival.record.offset)
            nexts[source] = max(nexts[source] ?? 0, arrival.record.offset + 1)
        }
    }
}

/// A batch whose decisions are in PostgreSQL and whose Kafka transaction is to come.
struct RecordedBatch: Sendable {
    var epoch: UInt64
    var bounds: BatchBounds
    /// In publishing order.
    var staged: [StagedMessage]
    var tallies: BatchTallies
    /// Of the registers with which it was decided: the recipients' keys are at least of this version.
    var registerVersion: Int64
    /// Producer timestamps of the records, for the end-to-end time.
    var timestampsMilliseconds: [Int64]
    /// What could not be recorded with the others: under `hub.clock: events` what must wait for timers that this
    /// batch created, otherwise what stands behind a record that is taken alone. It is consumed again.
    var leftover: [Arrival]
    /// Where each partition of it begins, for whoever asks what is in hand.
    var heads: [TopicPartition: HubStatus.Head] = [:]
}

/// What a batch changed, counted once its Kafka transaction has committed (design.md §3, step 7).
public struct BatchTallies: Sendable {
    /// What became of an event: its topic and one of applied, duplicate, superseded, rejected, redelivered.
    public struct EventKey: Hashable, Sendable {
        public var topic: String
        public var outcome: String
    }

    public internal(set) var events: [EventKey: Int] = [:]

    mutating func count(_ topic: String, _ outcome: String) {
        events[EventKey(topic: topic, outcome: outcome), default: 0] += 1
    }
}

extension KafkaRecord {
    /// The record as the contracts read it.
    var inbound: InboundRecord {
        InboundRecord(
            topic: topic, partition: partition, offset: offset, timestampMilliseconds: timestampMilliseconds,
            key: key, value: value, headers: headers.map { RecordHeader($0.name, $0.value) })
    }
}
