import EventContracts
import ExactlyOnceKafka
import HandoverRules
import Logging

/// After several starts without progress a partition's records are taken one at a time, each counted before its
/// attempt; one that was attempted alone too often is POISON (design.md §3). Waiting for a server is no attempt, and
/// neither is one that an orderly end cuts short. Owned by the recorder's thread.
final class Attempts {
    private let ledger: any LedgerCalls
    private let leases: LeaseBook
    /// The record of each partition that this process counted last.
    private var counted: [TopicPartition: Counted] = [:]

    private struct Counted {
        var offset: Int64
        var attempts: Int32
    }

    init(ledger: any LedgerCalls, leases: LeaseBook) {
        self.ledger = ledger
        self.leases = leases
    }

    /// Leaves in the batch what is above suspicion and stands behind nothing that is not; where nothing is, the first
    /// record under suspicion alone, counted before anything looks inside it.
    ///
    /// - Returns: everything else of the batch, in order.
    func setSuspectApart(_ batch: inout Batch, log: Logger) throws -> [Arrival] {
        try forgetPassed()
        var plain: [Arrival] = [], behind: [Arrival] = []
        var begun: Set<TopicPartition> = []
        for arrival in batch.arrivals {
            if begun.contains(arrival.record.source) || leases.isSuspect(arrival.record) {
                begun.insert(arrival.record.source)
                behind.append(arrival)
            } else {
                plain.append(arrival)
            }
        }
        guard !behind.isEmpty else { return [] }
        guard plain.isEmpty else {
            batch.arrivals = plain
            return behind
        }
        let record = behind[0].record
        batch.arrivals = [behind.removeFirst()]
        let attempts = try count(record, log)
        if attempts > Int32(HubLimits.attemptsMax) {
            batch.arrivals[0].content = .rejected(
                Rejection(.poison, "record: the process died with it \(HubLimits.attemptsMax) times"))
            leases.trust(record.source)
        }
        return behind
    }

    private func count(_ record: KafkaRecord, _ log: Logger) throws -> Int32 {
        if let known = counted[record.source], known.offset == record.offset { return known.attempts }
        let attempts = try ledger.countAttempt(at: record.position)
        counted[record.source] = Counted(offset: record.offset, attempts: attempts)
        log.warning("record taken alone", metadata: ["at": "\(record.place)", "attempt": "\(attempts)"])
        return attempts
    }

    /// Attempts of records that are published are of no interest any more.
    private func forgetPassed() throws {
        guard !counted.isEmpty else { return }
        let published = leases.publishedNext
        for (source, last) in counted.sorted(by: { $0.key < $1.key }) {
            guard let next = published[source], last.offset < next else { continue }
            try ledger.forgetAttempts(
                through: SourcePosition(topic: source.topic, partition: source.partition, offset: next - 1))
            counted[source] = nil
        }
    }

    /// An orderly end.
    func release() throws {
        try forgetPassed()
        for (source, last) in counted {
            try ledger.takeAttemptBack(
                at: SourcePosition(topic: source.topic, partition: source.partition, offset: last.offset))
        }
        counted = [:]
    }
}
