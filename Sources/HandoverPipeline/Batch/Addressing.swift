import EventContracts
import ExactlyOnceKafka
import FoundationEssentials
import HandoverRules
import Postgres

/// Finds the person whom an answer to a handover or a task is about, before anybody is locked. Costs a round trip only
/// for a batch that has such answers, or merges.
///
/// What was refused stays refused: a record that comes again is refused for the reason of the first time, whatever was
/// sent or merged since.
struct Addressing {
    let ledger: any LedgerCalls

    func settle(_ batch: inout Batch) throws {
        var asking: [Int] = [], streams: Set<UUID> = []
        for (index, arrival) in batch.arrivals.enumerated() {
            guard case .event(let decoded) = arrival.content else { continue }
            if let stream = decoded.address.stream {
                streams.insert(stream)
                asking.append(index)
            } else if decoded.event.numbersConcerned.count > 1 {
                asking.append(index)
            }
        }
        guard !asking.isEmpty else { return }
        let records = asking.map { batch.arrivals[$0].record }
        let (addressees, refusals, beside) = try ledger.addressees(streams.sorted(), refusedAt: records)
        for index in asking {
            guard case .event(let decoded) = batch.arrivals[index].content else { continue }
            if let refusal = refusals[batch.arrivals[index].record.position] {
                batch.arrivals[index].content = .rejected(refusal)
            } else if let stream = decoded.address.stream, !beside.contains(stream) {
                batch.arrivals[index].content = Addressing.found(decoded, addressees[stream])
            }
        }
    }

    private static func found(_ decoded: DecodedEvent, _ addressee: Addressee?) -> DecodedRecord {
        let isHandover = if case .handover = decoded.address { true } else { false }
        guard let addressee, (addressee.recipient != nil) == isHandover else {
            return .rejected(
                Rejection(
                    .constraint,
                    isHandover
                        ? "subject: must be a handover that was sent" : "subject: must be a task that was raised"))
        }
        guard !isHandover || decoded.sourceProvider?.text == addressee.recipient else {
            return .rejected(Rejection(.notEntitled, "source: must be the recipient of the handover"))
        }
        var decoded = decoded
        decoded.event.subject = addressee.subject
        return .event(decoded)
    }
}

/// Whom a stream of messages is about, and who receives it; a task has no recipient.
struct Addressee {
    var subject: NomsNumber
    var recipient: String?
}

extension EventAddress {
    fileprivate var stream: UUID? {
        switch self {
        case .person: nil
        case .handover(let id), .task(let id): id
        }
    }
}

extension Ledger {
    /// Whom these handovers and tasks are about, why records at these positions were refused, where they were, and
    /// which of the tasks stand beside `message` and so are about nobody.
    func addressees(
        _ streams: [UUID], refusedAt records: [KafkaRecord]
    ) throws -> ([UUID: Addressee], [SourcePosition: Rejection], Set<UUID>) {
        let pending = try pipeline { pipe in
            (
                pipe.query(LedgerSQL.addressees(streams)),
                pipe.query(
                    LedgerSQL.refusals(records.map(\.topic), records.map(\.partition), records.map(\.offset))),
                pipe.query(LedgerSQL.tasksBeside(streams))
            )
        }
        var addressees: [UUID: Addressee] = [:], refusals: [SourcePosition: Rejection] = [:]
        for row in try pending.0.get() {
            addressees[try row[0]] = Addressee(
                subject: NomsNumber(unchecked: try row.text(1)), recipient: try row[2])
        }
        for row in try pending.1.get() {
            let position = SourcePosition(topic: try row[0], partition: try row[1], offset: try row[2])
            guard let reason = RejectionReason(rawValue: try row.text(3)) else { continue }
            refusals[position] = Rejection(reason, try row[4])
        }
        return (addressees, refusals, Set(try pending.2.get().map { try $0[0] }))
    }
}
