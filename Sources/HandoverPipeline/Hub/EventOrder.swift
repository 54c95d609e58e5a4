import ExactlyOnceKafka
import HandoverRules

/// `hub.clock: events`: consumed records brought into one order of event time across partitions, without changing
/// the order inside a partition. Pure.
///
/// The earliest record is known only when every partition has shown its next record or its end.
struct EventOrder {
    private var queues: [TopicPartition: ArraySlice<Arrival>] = [:]
    private var atEnd: Set<TopicPartition> = []
    /// Partitions that showed a record since their assignment: a rewind goes back on these and no others.
    private var shown: Set<TopicPartition> = []
    private var leftOut: Set<TopicPartition> = []

    mutating func assign(_ sources: [TopicPartition]) {
        queues = Dictionary(uniqueKeysWithValues: sources.map { ($0, []) })
        atEnd = []
        shown = []
        leftOut = []
    }

    /// Forgets what was consumed: after a rewind it comes again. The end of a partition that never showed a record
    /// still stands, since nobody says it a second time.
    mutating func clear() {
        for source in queues.keys { queues[source] = [] }
        atEnd.subtract(shown)
    }

    /// A partition that is not worked on: the others do not wait for it.
    mutating func leaveOut(_ source: TopicPartition) {
        queues[source] = nil
        leftOut.insert(source)
    }

    mutating func add(_ arrival: Arrival) {
        guard !leftOut.contains(arrival.record.source) else { return }
        shown.insert(arrival.record.source)
        queues[arrival.record.source, default: []].append(arrival)
        atEnd.remove(arrival.record.source)
    }

    /// Puts back what could not be recorded yet, in front.
    mutating func putBack(_ arrivals: [Arrival]) {
        for arrival in arrivals.reversed() where !leftOut.contains(arrival.record.source) {
            queues[arrival.record.source] = [arrival] + (queues[arrival.record.source] ?? [])
        }
    }

    mutating func end(of source: TopicPartition) { atEnd.insert(source) }

    var isEmpty: Bool { queues.values.allSatisfy(\.isEmpty) }

    /// Every partition has a next record, or is known to have none now.
    var isComplete: Bool {
        !queues.isEmpty && queues.allSatisfy { !$0.value.isEmpty || atEnd.contains($0.key) }
    }

    func buffered(in source: TopicPartition) -> Int { queues[source]?.count ?? 0 }
    var sources: [TopicPartition] { Array(queues.keys) }

    /// Event time of the earliest record; a refused record counts as now, so it goes first.
    var earliest: Instant? {
        queues.values.compactMap(\.first).map { $0.receivedAt ?? .distantPast }.min()
    }

    /// Takes records in event-time order: strictly before `limit`, at most `span` after the first, at most `max`.
    mutating func take(before limit: Instant?, span: Span, max count: Int) -> [Arrival] {
        var taken: [Arrival] = []
        var until: Instant?
        while taken.count < count, let source = nextSource(), let head = queues[source]?.first {
            let time = head.receivedAt
            if let time {
                if let limit, time >= limit { break }
                if let until, time > until { break }
                if until == nil { until = time + span }
            }
            taken.append(head)
            queues[source]?.removeFirst()
            if queues[source]?.isEmpty == true, !atEnd.contains(source) { break }
        }
        return taken
    }

    private func nextSource() -> TopicPartition? {
        var best: (time: Instant, source: TopicPartition)?
        for (source, queue) in queues {
            guard let head = queue.first else { continue }
            let time = head.receivedAt ?? .distantPast
            if let found = best, (found.time, found.source) <= (time, source) { continue }
            best = (time, source)
        }
        return best?.source
    }
}
