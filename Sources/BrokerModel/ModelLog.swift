import ExactlyOnceKafka

/// One partition of the model: records and transaction markers, each at an offset of its own.
///
/// Markers take offsets that nobody can consume, a record of an open transaction hides everything behind it from a
/// `read_committed` reader, and an aborted record is never delivered (Kafka's message format 2, KIP-98).
struct ModelLog {
    enum Fate { case plain, open, committed, aborted, marker }

    private struct Entry {
        let message: OutboundMessage?
        let milliseconds: Int64
        let producer: Int64?
        var fate: Fate
    }

    private var entries: [Entry] = []
    /// The first offset of each producer's open transaction here.
    private var open: [Int64: Int64] = [:]
    /// The first offset that retention has left.
    private(set) var start: Int64 = 0

    /// The high watermark: behind the last entry, whatever it is.
    var end: Int64 { Int64(entries.count) }

    /// What a `read_committed` reader can reach at most.
    var lastStable: Int64 { open.values.min() ?? end }

    @discardableResult
    mutating func append(_ message: OutboundMessage, at milliseconds: Int64, producer: Int64?) -> Int64 {
        let offset = end
        if let producer, open[producer] == nil { open[producer] = offset }
        entries.append(
            Entry(
                message: message, milliseconds: message.timestampMilliseconds ?? milliseconds, producer: producer,
                fate: producer == nil ? .plain : .open))
        return offset
    }

    /// Writes the marker that ends whatever this producer has open here, which need not be the transaction that
    /// asked for it: before KIP-890 brokers could not tell.
    mutating func end(_ producer: Int64, isCommit: Bool, at milliseconds: Int64) {
        if let first = open.removeValue(forKey: producer) {
            for index in Int(first)..<entries.count
            where entries[index].producer == producer && entries[index].fate == .open {
                entries[index].fate = isCommit ? .committed : .aborted
            }
        }
        entries.append(Entry(message: nil, milliseconds: milliseconds, producer: producer, fate: .marker))
    }

    /// Retention: what lies before this offset is gone.
    mutating func trim(before offset: Int64) { start = min(max(start, offset), end) }

    /// The next record for a `read_committed` reader at or behind this offset; nil at the last stable offset.
    func next(from offset: Int64, in source: TopicPartition) -> KafkaRecord? {
        var index = max(offset, start)
        let limit = lastStable
        while index < limit {
            let entry = entries[Int(index)]
            if let message = entry.message, entry.fate == .plain || entry.fate == .committed {
                return KafkaRecord(
                    source: source, offset: index, timestampMilliseconds: entry.milliseconds,
                    timestampKind: .created, key: message.key, value: message.value, headers: message.headers)
            }
            index += 1
        }
        return nil
    }

    /// Everything written, with its fate, for checkers: what a `read_uncommitted` reader sees, and more.
    func everything(in source: TopicPartition) -> [(offset: Int64, message: OutboundMessage?, fate: Fate)] {
        entries.enumerated().map { (Int64($0), $1.message, $1.fate) }
    }
}
