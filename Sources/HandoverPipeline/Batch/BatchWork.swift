import EventContracts
import ExactlyOnceKafka
import FoundationEssentials
import HandoverRules
import Postgres

/// One batch between opening and closing its transaction: what it decides, stages and writes. No I/O of its own.
struct BatchWork {
    private let bounds: BatchBounds
    private let opening: Ledger.Opening
    private let publishedThrough: [TopicPartition: Int64]
    private let registers: Registers
    private let settings: PipelineSettings

    private(set) var writing = Writing()
    private(set) var tallies = BatchTallies()
    /// Messages recorded before, to be sent again; they stand before the new ones.
    private var again: [StagedMessage] = []
    private var fresh: [StagedMessage] = []
    private var firstNewTimer: Instant?

    init(
        bounds: BatchBounds, opening: Ledger.Opening, publishedThrough: [TopicPartition: Int64],
        registers: Registers, settings: PipelineSettings
    ) {
        self.bounds = bounds
        self.opening = opening
        self.publishedThrough = publishedThrough
        self.registers = registers
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
        fresh.append(
            StagedMessage(
                message: settings.outbound.deadLetter(record, rejection, attempts: attempts), stream: nil, version: 1,
                source: record.source, offset: record.offset, predecessor: nil,
                tally: .rejected(reason: rejection.reason.rawValue)))
    }

    // MARK: New events

    /// Folds every person with new events and stages the difference. `caused_by` is the person's last new event in
    /// the batch.
    mutating func decideArrivals(
        _ sorted: SortedBatch, retries: ([String], [UUID]) throws -> [StoredMessage]
    ) throws {
        var bySubject: [String: [Int]] = [:]
        for (index, first) in sorted.firsts.enumerated() where opening.inserted.contains(first.decoded.event.id) {
            bySubject[first.decoded.event.subject.text, default: []].append(index)
        }
        try releaseHeld(sorted, bySubject, retries)
        for subject in sorted.subjects {
            guard let indices = bySubject[subject] else { continue }
            try decide(subject, indices.map { sorted.firsts[$0] })
        }
    }

    /// Handovers held back because their topic could not be written go out with their retry timer's event.
    private mutating func releaseHeld(
        _ sorted: SortedBatch, _ bySubject: [String: [Int]], _ retries: ([String], [UUID]) throws -> [StoredMessage]
    ) throws {
        guard !opening.heldStreams.isEmpty else { return }
        var subjects: [String] = [], causes: [UUID] = [], records: [UUID: KafkaRecord] = [:]
        for (subject, indices) in bySubject.sorted(by: { $0.key < $1.key }) {
            guard let index = indices.last(where: { sorted.firsts[$0].decoded.event.isRetry }) else { continue }
            subjects.append(subject)
            causes.append(sorted.firsts[index].decoded.event.id)
            records[sorted.firsts[index].decoded.event.id] = sorted.firsts[index].record
        }
        guard !subjects.isEmpty else { return }
        for message in try retries(subjects, causes) {
            guard let record = records[message.cause] else { continue }
            again.append(message.staged(at: record.source, offset: record.offset))
            released[message.stream] = SourcePosition(
                topic: record.topic, partition: record.partition, offset: record.offset)
        }
    }

    /// Streams that were held and go out with this batch, and the record that carries them now.
    private var released: [UUID: SourcePosition] = [:]

    /// What is kept of a person, nil when nothing is. A snapshot that this program cannot read is no empty one:
    /// deciding without what was said before would say it again, so the hub stops instead.
    private func known(_ subject: String) throws -> PersonState? {
        guard let snapshot = opening.snapshots[subject] else { return nil }
        guard let state = PersonSnapshot.decode(snapshot) else {
            throw HubFailure(
                .settings,
                "person_state: a snapshot was written by another version of the program; run that version, or restore"
                    + " the ledger that belongs to this one")
        }
        return state
    }

    private mutating func decide(_ subject: String, _ firsts: [SortedBatch.First]) throws {
        let before = try known(subject)
        let noms = firsts[0].decoded.event.subject
        let record = firsts[firsts.count - 1].record
        let cause = firsts[firsts.count - 1].decoded.event
        var decision = HandoverRules.decide(
            before ?? PersonState(subject: noms), arrivals: firsts.map(\.decoded.event),
            record: opening.records[subject], registers: registers, rules: settings.rules)
        let position = SourcePosition(topic: record.topic, partition: record.partition, offset: record.offset)
        decision.state.move(released)
        for var outbound in decision.outbound {
            if let carrier = released[outbound.id] { outbound.predecessor = carrier }
            stage(outbound, subject, cause: cause.id, at: record)
        }
        decision.state.mark(position, on: decision.outbound)
        write(decision, subject, isNew: opening.snapshots[subject] == nil, cause: cause.id)
        for first in firsts where first.decoded.event.isTimer { writing.endedTimers.append(first.decoded.event.id) }
        count(decision, firsts)
    }

    private mutating func stage(
        _ outbound: OutboundDecision, _ subject: String, cause: UUID, at record: KafkaRecord
    ) {
        let message = settings.outbound.message(outbound)
        let held = opening.heldStreams.contains(outbound.id) && released[outbound.id] == nil
        writing.add(
            decided: outbound, message: message, subject: subject, cause: cause, held: held,
            registerVersion: opening.registerVersion)
        guard !held else { return }
        let tally: StagedMessage.Tally =
            if case .handover(let recipient) = outbound.destination {
                .handover(
                    recipientKind: recipient.kind.rawValue, kind: outbound.kind?.rawValue ?? "",
                    priority: outbound.priority?.text ?? "")
            } else {
                .task(code: outbound.taskCode ?? "")
            }
        fresh.append(
            StagedMessage(
                message: message, stream: outbound.id, version: outbound.version, source: record.source,
                offset: record.offset,
                predecessor: outbound.predecessor.map { (TopicPartition($0.topic, $0.partition), $0.offset) },
                tally: tally))
    }

    private mutating func write(_ decision: Decision, _ subject: String, isNew: Bool, cause: UUID) {
        let snapshot = PersonSnapshot.encode(decision.state)
        if isNew {
            writing.newSubjects.append(subject)
            writing.newSnapshots.append(snapshot)
        } else {
            writing.knownSubjects.append(subject)
            writing.knownSnapshots.append(snapshot)
        }
        let noms = decision.state.subject
        for timer in decision.newTimers {
            writing.add(timer: timer, id: settings.outbound.timerID(timer, of: noms), subject: subject)
            firstNewTimer = min(firstNewTimer ?? timer.dueAt, timer.dueAt)
        }
        for timer in decision.cancelledTimers {
            writing.endedTimers.append(settings.outbound.timerID(timer, of: noms))
        }
        for outcome in decision.outcomes {
            writing.add(outcome: outcome, subject: subject, at: decision.state.now, cause: cause)
        }
        for quality in decision.dataQuality {
            writing.add(quality: quality, subject: subject, at: decision.state.now)
        }
        for disposition in decision.dispositions { writing.add(disposition: disposition) }
    }

    private mutating func count(_ decision: Decision, _ firsts: [SortedBatch.First]) {
        var states: [UUID: Disposition.State] = [:]
        for disposition in decision.dispositions { states[disposition.event] = disposition.state }
        for first in firsts {
            let state = states[first.decoded.event.id] ?? .applied
            tallies.count(first.record.topic, state.rawValue.lowercased())
        }
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

extension Event {
    var isTimer: Bool {
        if case .timerFired = payload { true } else { false }
    }

    /// Whether this is the timer of a handover that waits for its topic.
    var isRetry: Bool {
        if case .timerFired(let timer) = payload { timer.kind == .retry } else { false }
    }
}

extension PersonState {
    /// Streams that were held and are carried by another record now.
    mutating func move(_ released: [UUID: SourcePosition]) {
        guard !released.isEmpty else { return }
        for index in threads.indices {
            if let position = released[threads[index].id] { threads[index].position = position }
        }
        for index in tasks.indices {
            if let position = released[tasks[index].id] { tasks[index].position = position }
        }
    }

    /// Notes which record's transaction carries the versions just decided: the order after a crash depends on it.
    mutating func mark(_ position: SourcePosition, on outbound: [OutboundDecision]) {
        for decided in outbound {
            if let index = threads.firstIndex(where: { $0.id == decided.id }) { threads[index].position = position }
            if let index = tasks.firstIndex(where: { $0.id == decided.id }) { tasks[index].position = position }
        }
    }
}
