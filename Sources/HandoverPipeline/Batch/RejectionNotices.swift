import EventContracts
import ExactlyOnceKafka
import FoundationEssentials
import HandoverRules
import Postgres

/// Tells prisons of their rejected events: what this batch refuses raises a task EVENT_REJECTED, what it takes under
/// the same id closes it (contract.md §7). In the batch's own transactions: a redelivery emits the stored bytes
/// again, and the same event refused twice raises one task.
extension BatchWork {
    /// What is asked of the ledger, each at most once a batch, and nothing where a batch has no reason.
    struct RejectionQueries {
        var standing: (_ tasks: [UUID], _ events: [UUID]) throws -> [RejectionRow]
        /// Also releases what was held for these prisons.
        var caused: (_ at: [KafkaRecord], _ prisons: [String]) throws -> [RejectionRow]
        /// Closes, in the batch's own transaction, the tasks of webhooks given up that are answered. Nothing for an
        /// answer to a task that is none of these.
        var answer: (_ answers: [TaskAnswer], _ topics: Topics) throws -> Void = { _, _ in }
    }

    mutating func tellPrisons(
        _ batch: Batch, _ sorted: SortedBatch, _ registers: Registers, _ queries: RejectionQueries
    ) throws {
        var refusals: [SourcePosition: RejectionTask] = [:]
        for (record, rejection) in refused {
            guard let task = RejectionTask(record.inbound, rejection), registers.prisons[task.prison] != nil else {
                continue
            }
            refusals[record.position] = task
        }
        let resolved = sorted.firsts.compactMap { opening.inserted.contains($0.decoded.event.id) ? $0.resolves : nil }
        let taken = opening.hasOpenRejections ? opening.inserted.sorted() : []
        let places = refused.map(\.record).filter { refusals[$0.position] != nil } + redelivered
        let recorded = Dictionary(
            opening.leases.map { ($0.source, $0.recordedThrough) }, uniquingKeysWith: { $1 })
        guard !places.isEmpty || !resolved.isEmpty || !taken.isEmpty else { return }
        var book = RejectionBook()
        if !places.isEmpty {
            let prisons = Set(refusals.values.map(\.prison.text)).sorted()
            again += try queries.caused(places, prisons).map(\.staged)
        }
        let tasks = Set(refusals.values.map(\.id) + resolved).sorted()
        for row in tasks.isEmpty && taken.isEmpty ? [] : try queries.standing(tasks, taken) { book.stand(row) }
        for arrival in batch.arrivals {
            let record = arrival.record
            if let task = refusals[record.position] {
                // What a record meant was decided when it was recorded first; now it only goes out again. A later
                // acceptance that is recorded too would make it look like something new.
                guard record.offset > recorded[record.source] ?? -1 else { continue }
                raise(task, at: record, &book)
            } else if case .event(let decoded) = arrival.content, opening.inserted.contains(decoded.event.id),
                let index = sorted.indexByID[decoded.event.id], sorted.firsts[index].record.position == record.position
            {
                settle(sorted.firsts[index], &book)
            }
        }
        if !book.answered.isEmpty { try queries.answer(book.answered, settings.outbound.topics) }
        for row in book.rows { writing.rejections.add(row) }
        writing.replacedRejections = book.replaced.sorted()
    }

    private mutating func raise(_ task: RejectionTask, at record: KafkaRecord, _ book: inout RejectionBook) {
        let before = book.current[task.id]
        guard before?.closes ?? true else { return }
        let at = Instant(milliseconds: min(max(0, record.timestampMilliseconds), RejectionBook.timestampMax))
        let version = (before?.version ?? 0) + 1
        put(
            RejectionRow(
                task: task, version: version, at: at, record: record, before,
                out: task.opened(version: version, at: at, topics: settings.outbound.topics)), &book)
    }

    /// An event that was taken closes what was said of its refusal; a task.resolved closes what it names.
    private mutating func settle(_ first: SortedBatch.First, _ book: inout RejectionBook) {
        let event = first.decoded.event
        if case .taskResolved(let resolution) = event.payload, let id = first.resolves {
            tallies.count(first.record.topic, "applied")
            guard let task = book.current[id] else {
                book.answered.append(TaskAnswer(task: id, outcome: resolution.outcome.rawValue, at: event.receivedAt))
                return
            }
            guard !task.closes else { return }
            close(task, resolution.outcome.rawValue, first, &book)
            return
        }
        for task in book.open(about: event.id)
        where event.sourcePrison == nil || event.sourcePrison?.text == task.prison {
            close(task, Reason.causeEnded.rawValue, first, &book)
        }
    }

    private mutating func close(
        _ task: RejectionRow, _ outcome: String, _ first: SortedBatch.First, _ book: inout RejectionBook
    ) {
        let at = first.decoded.event.receivedAt
        let out = RejectionTask.closed(
            task.task, of: PrisonID(unchecked: task.prison), outcome: outcome, version: task.version + 1, at: at,
            topics: settings.outbound.topics)
        put(RejectionRow(closing: task, at: at, record: first.record, out: out), &book)
    }

    private mutating func put(_ row: RejectionRow, _ book: inout RejectionBook) {
        book.put(row)
        if !row.held { fresh.append(row.staged) }
    }
}

/// The tasks that one batch looks at, as they come to stand.
private struct RejectionBook {
    /// 9999-12-31T23:59:59Z: a producer may write any time.
    static let timestampMax: Int64 = 253_402_300_799_000

    private(set) var current: [UUID: RejectionRow] = [:]
    /// Answers to tasks that no rejected event raised.
    var answered: [TaskAnswer] = []
    /// New versions, in order.
    private(set) var rows: [RejectionRow] = []
    /// Tasks whose version in the ledger is not the newest any more.
    private(set) var replaced: Set<UUID> = []
    private var byEvent: [UUID: Set<UUID>] = [:]

    mutating func stand(_ row: RejectionRow) {
        current[row.task] = row
        if let event = row.event { byEvent[event, default: []].insert(row.task) }
    }

    mutating func put(_ row: RejectionRow) {
        if let index = rows.firstIndex(where: { $0.task == row.task && $0.isCurrent }) {
            rows[index].isCurrent = false
        } else if current[row.task] != nil {
            replaced.insert(row.task)
        }
        rows.append(row)
        stand(row)
    }

    func open(about event: UUID) -> [RejectionRow] {
        (byEvent[event] ?? []).sorted().compactMap { current[$0] }.filter { !$0.closes }
    }
}

extension SortedBatch.First {
    /// The task beside `message` that a task.resolved names: it is about nobody.
    var resolves: UUID? {
        guard case .taskResolved = decoded.event.payload, decoded.event.subject == .blank,
            case .task(let id) = decoded.address
        else { return nil }
        return id
    }
}
