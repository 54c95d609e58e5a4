import EventContracts
import ExactlyOnceKafka
import FoundationEssentials
import HandoverRules
import Postgres

/// One batch between opening and closing its transaction: what it decides, stages and writes. No I/O of its own.
struct BatchWork {
    private let bounds: BatchBounds
    let opening: Ledger.Opening
    /// Streams whose topic could not be written; what follows in them is held as well.
    var heldStreams: Set<UUID> = []
    let publishedThrough: [TopicPartition: Int64]
    let settings: PipelineSettings

    var writing = Writing()
    var tallies = BatchTallies()
    /// Messages recorded before, to be sent again; they stand before the new ones.
    var again: [StagedMessage] = []
    var fresh: [StagedMessage] = []
    var firstNewTimer: Instant?
    /// Streams that were held and go out with this batch, and the record that carries them now.
    var released: [UUID: SourcePosition] = [:]
    /// Records refused now, and those that were taken before and come again.
    private(set) var refused: [(record: KafkaRecord, rejection: Rejection)] = []
    private(set) var redelivered: [KafkaRecord] = []
    /// Events of several people that are counted already.
    var countedTwice: Set<UUID> = []

    init(
        bounds: BatchBounds, opening: Ledger.Opening, publishedThrough: [TopicPartition: Int64],
        settings: PipelineSettings
    ) {
        self.bounds = bounds
        self.opening = opening
        self.publishedThrough = publishedThrough
        self.settings = settings
    }

    /// In publishing order.
    var staged: [StagedMessage] { again + fresh }

    // MARK: What was recorded before

    /// Events whose id is in the ledger: a redelivery re-emits what it caused, a repeat is absorbed, other content
    /// under the same id is refused.
    mutating func settleKnown(
        _ known: [SortedBatch.First], stored: [UUID: Ledger.StoredEvent], messages: [StoredMessage]
    ) {
        var redelivered: [UUID: KafkaRecord] = [:]
        for first in known {
            let event = first.decoded.event
            guard let before = stored[event.id] else { continue }
            let record = first.record
            if before.topic == record.topic, before.partition == record.partition, before.offset == record.offset {
                if record.offset > publishedThrough[record.source] ?? -1 { redelivered[event.id] = record }
                tallies.count(record.topic, "redelivered")
            } else {
                settleRepeat(first, digest: before.digest)
            }
        }
        self.redelivered = Array(redelivered.values)
        for message in messages {
            guard let record = redelivered[message.cause] else { continue }
            again.append(message.staged(at: record.source, offset: record.offset))
        }
    }

    /// Repeats inside the batch, against what stands under their id: the row of the ledger, or the first of this batch
    /// when it is the one that was inserted. A refused record never occupies an id.
    mutating func settleRepeats(_ sorted: SortedBatch, stored: [UUID: Ledger.StoredEvent]) {
        for repeated in sorted.repeats {
            let id = repeated.decoded.event.id
            guard let index = sorted.indexByID[id] else { continue }
            settleRepeat(repeated, digest: stored[id]?.digest ?? sorted.firsts[index].decoded.contentDigest.bytes)
        }
    }

    private mutating func settleRepeat(_ repeated: SortedBatch.First, digest: [UInt8]) {
        // A timer published twice: its row may stand again if it was claimed while the first was recorded.
        if repeated.decoded.event.isTimer { writing.endedTimers.append(repeated.decoded.event.id) }
        guard repeated.decoded.identityIsDerived || digest == repeated.decoded.contentDigest.bytes else {
            return refuse(repeated.record, Rejection(.idConflict, "id: was used before with other content"))
        }
        tallies.count(repeated.record.topic, "duplicate")
    }

    // MARK: Refusals

    /// Keeps a refused record with all its bytes and stages its dead letter in the same transaction.
    mutating func refuse(_ record: KafkaRecord, _ rejection: Rejection, attempts: Int = 1) {
        writing.add(
            rejected: record, reason: rejection.reason.rawValue, detail: rejection.detail, attempts: attempts)
        tallies.count(record.topic, "rejected")
        guard record.offset > publishedThrough[record.source] ?? -1 else { return }
        refused.append((record, rejection))
        fresh.append(
            StagedMessage(
                message: settings.outbound.deadLetter(record, rejection, attempts: attempts), stream: nil, version: 1,
                source: record.source, offset: record.offset, predecessor: nil,
                tally: .rejected(reason: rejection.reason.rawValue)))
    }

    // MARK: Ends

    /// `hub.clock: events`: how many arrivals may be recorded before the first timer that this batch creates falls
    /// due, nil when all may. At least one always may, and a timer due at or before it fires right after it.
    func cutForTimers(_ arrivals: [Arrival], clock: HubClock) -> Int? {
        guard clock == .events, let firstNewTimer, arrivals.count > 1 else { return nil }
        let cut = arrivals.dropFirst().firstIndex { ($0.receivedAt ?? .distantPast) >= firstNewTimer }
        return cut
    }

    mutating func advanceLeases(publishedNext: [TopicPartition: Int64], suspects: Set<TopicPartition>) {
        writing.leases = LeaseColumns(bounds.nexts.keys)
        for source in bounds.nexts.keys.sorted() {
            writing.recordedThrough.append((bounds.nexts[source] ?? 0) - 1)
            writing.publishedThrough.append((publishedNext[source] ?? 0) - 1)
            writing.trusted.append(!suspects.contains(source))
        }
    }
}
