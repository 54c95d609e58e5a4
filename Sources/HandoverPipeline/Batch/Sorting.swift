import EventContracts
import ExactlyOnceKafka
import FoundationEssentials
import HandoverRules

/// A batch sorted by what can be told before the ledger is asked: first arrivals by id, repeats inside the batch,
/// refusals.
struct SortedBatch {
    struct First {
        var record: KafkaRecord
        var decoded: DecodedEvent
    }

    /// First arrival of each id, in batch order.
    var firsts: [First] = []
    /// Index into ``firsts`` by id.
    var indexByID: [UUID: Int] = [:]
    var repeats: [First] = []
    var refused: [(record: KafkaRecord, rejection: Rejection)] = []
    /// The hub's own test events: about nobody.
    var canaries: [First] = []
    /// Prison numbers concerned, sorted: persons are locked in this order.
    var subjects: [String] = []
    /// Kits named, sorted.
    var kits: [String] = []

    init(_ arrivals: [Arrival]) {
        firsts.reserveCapacity(arrivals.count)
        var seen: Set<String> = [], named: Set<String> = []
        for arrival in arrivals {
            switch arrival.content {
            case nil: continue
            case .rejected(let rejection): refused.append((arrival.record, rejection))
            case .event(let decoded):
                let first = First(record: arrival.record, decoded: decoded)
                if CanaryEvent.isOne(decoded.event) {
                    canaries.append(first)
                } else if indexByID[decoded.event.id] != nil {
                    repeats.append(first)
                } else {
                    indexByID[decoded.event.id] = firsts.count
                    firsts.append(first)
                    for number in decoded.event.numbersConcerned where number != .blank { seen.insert(number.text) }
                    for kit in decoded.event.kitsNamed { named.insert(kit.text) }
                }
            }
        }
        subjects = seen.sorted()
        kits = named.sorted()
    }

    /// The columns of the event table, sorted by id: rows of `event` are taken in this order by everybody.
    var columns: EventColumns {
        var columns = EventColumns()
        for index in firsts.indices.sorted(by: { firsts[$0].decoded.event.id < firsts[$1].decoded.event.id }) {
            let record = firsts[index].record
            let event = firsts[index].decoded.event
            columns.ids.append(event.id)
            columns.subjects.append(event.subject.text)
            columns.types.append(event.payload.type.rawValue)
            columns.occurred.append(event.occurredAt.postgres)
            columns.published.append(event.publishedAt.postgres)
            columns.received.append(event.receivedAt.postgres)
            columns.topics.append(record.topic)
            columns.partitions.append(record.partition)
            columns.offsets.append(record.offset)
            columns.digests.append(firsts[index].decoded.contentDigest.bytes)
            columns.headers.append(record.headers.isEmpty ? nil : HeaderBytes.encode(record.headers))
            columns.values.append(record.value ?? [])
        }
        return columns
    }
}
