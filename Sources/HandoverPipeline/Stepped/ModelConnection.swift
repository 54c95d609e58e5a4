import EventContracts
import ExactlyOnceKafka
import FoundationEssentials
import HandoverRules
import Postgres

/// One connection to the model of the ledger: the same calls as ``Ledger``, without a server.
final class ModelConnection: LedgerCalls {
    private let ledger: ModelLedger
    /// Changes of the open transaction, in order; nil outside of one.
    private var changes: [(inout ModelRows) -> Void]?

    init(_ ledger: ModelLedger) { self.ledger = ledger }

    deinit { ledger.unlockAll(of: self) }

    func reconnect() throws { try abandon() }

    /// What this transaction sees: everything that is committed, and what it did itself.
    private var seen: ModelRows {
        var rows = ledger.rows
        for change in changes ?? [] { change(&rows) }
        return rows
    }

    // MARK: One batch

    func open(
        cluster: String, leases: LeaseColumns, events: EventColumns, subjects: [String], kits: [String]
    ) throws -> Ledger.Opening {
        let sources = zip(leases.topics, leases.partitions).map { TopicPartition($0, $1) }
        let absent = events.ids.indices.filter { ledger.rows.events[events.ids[$0]] == nil }
        let held = sources.filter { ledger.rows.leases[$0] != nil }.map(ModelLedger.Lock.lease)
        let people = subjects.filter { ledger.rows.persons[$0] != nil }.map(ModelLedger.Lock.person)
        try ledger.lock(held + absent.map { .event(events.ids[$0]) } + people, for: self)
        let rows = absent.map { index in
            (
                events.ids[index],
                ModelRows.EventRow(
                    received: events.received[index],
                    position: SourcePosition(
                        topic: events.topics[index], partition: events.partitions[index],
                        offset: events.offsets[index]), digest: events.digests[index])
            )
        }
        changes = [{ for (id, row) in rows { $0.events[id] = row } }]
        return Ledger.Opening(
            leases: sources.compactMap { ModelConnection.row($0, ledger.rows) },
            registerVersion: ledger.rows.registerVersion,
            hasOpenRejections: ledger.rows.rejections.contains { $0.isCurrent && !$0.closes },
            inserted: Set(rows.map(\.0)), people: ledger.rows.people(subjects, kits))
    }

    private static func row(_ source: TopicPartition, _ rows: ModelRows) -> LeaseRow? {
        rows.leases[source].map {
            LeaseRow(
                source: source, generation: $0.generation, startCount: $0.startCount,
                recordedThrough: $0.recordedThrough, publishedThrough: $0.publishedThrough)
        }
    }

    func widen(_ subjects: [String], kits: [String]) throws -> PeopleRows {
        do {
            let known = subjects.filter { ledger.rows.persons[$0] != nil }
            try ledger.lock(known.map(ModelLedger.Lock.person), for: self)
        } catch {
            try abandon()
            throw LedgerConflict.personBusy
        }
        return seen.people(subjects, kits)
    }

    func absorb(_ numbers: [String], into kept: [String], spells: [UUID], of owners: [String]) throws {
        let moved = Dictionary(zip(numbers, kept)) { first, _ in first }
        changes?.append { rows in
            for index in rows.messages.indices where rows.messages[index].isHeld {
                rows.messages[index].subject = moved[rows.messages[index].subject] ?? rows.messages[index].subject
            }
        }
    }

    func stored(_ ids: [UUID]) throws -> (events: [UUID: Ledger.StoredEvent], messages: [StoredMessage]) {
        let rows = seen
        var events: [UUID: Ledger.StoredEvent] = [:]
        for id in ids {
            guard let row = rows.events[id] else { continue }
            events[id] = Ledger.StoredEvent(
                id: id, topic: row.position.topic, partition: row.position.partition, offset: row.position.offset,
                digest: row.digest)
        }
        let causes = Set(ids)
        return (events, rows.messages.filter { !$0.isHeld && causes.contains($0.stored.cause) }.map(\.stored))
    }

    func releaseHeld(_ subjects: [String], causes: [UUID]) throws -> [StoredMessage] {
        var rows = seen
        let released = rows.releaseHeld(subjects, causes: causes)
        changes?.append { _ = $0.releaseHeld(subjects, causes: causes) }
        return released
    }

    func addressees(
        _ streams: [UUID], refusedAt records: [KafkaRecord]
    ) throws -> ([UUID: Addressee], [SourcePosition: Rejection], Set<UUID>) {
        let rows = seen, asked = Set(streams)
        var addressees: [UUID: Addressee] = [:]
        for message in rows.messages where message.stored.version == 1 && asked.contains(message.stored.stream) {
            addressees[message.stored.stream] = Addressee(
                subject: NomsNumber(unchecked: message.subject), recipient: message.recipient)
        }
        let positions = Set(records.map(\.position))
        let tasks = rows.rejections.filter { $0.version == 1 && asked.contains($0.task) }.map(\.task)
        return (addressees, rows.rejected.filter { positions.contains($0.key) }, Set(tasks))
    }

    var rejections: BatchWork.RejectionQueries {
        BatchWork.RejectionQueries(
            standing: { [self] tasks, events in
                let tasks = Set(tasks), events = Set(events)
                return seen.rejectionRows { row in
                    row.isCurrent && (tasks.contains(row.task) || !row.closes && row.event.map(events.contains) == true)
                }
            },
            caused: { [self] records, prisons in
                let first = records[0].position
                changes?.append { rows in
                    for index in rows.rejections.indices
                    where rows.rejections[index].held && prisons.contains(rows.rejections[index].prison) {
                        rows.rejections[index].held = false
                        rows.rejections[index].position = first
                    }
                }
                let positions = Set(records.map(\.position))
                return seen.rejectionRows { !$0.held && positions.contains($0.position) }
                    .sorted { ($0.task, $0.version) < ($1.task, $1.version) }
            })
    }

    func reference(_ settings: Rulebook) throws -> ReferenceData { ledger.rows.reference }

    /// The model keeps no payloads to make anybody anew from; snapshots of one program are always readable.
    func rebuild(
        _ numbers: [String], except: [UUID], _ reference: ReferenceData, _ topics: Topics
    ) throws -> PersonRebuild.Result {
        throw PostgresError.model("PROGRAMMING", .programming)
    }

    func close(_ writing: Writing, cluster: String) throws {
        var rows = seen
        do {
            try rows.write(writing)
        } catch {
            try abandon()
            throw error
        }
        ledger.rows = rows
        try abandon()
    }

    func abandon() throws {
        changes = nil
        ledger.unlockAll(of: self)
    }

    // MARK: Leases and attempts

    func knowsAnotherCluster(than cluster: String) throws -> Bool {
        ledger.rows.cluster.map { $0 != cluster } ?? false
    }

    func takeLeases(
        cluster: String, _ leases: LeaseColumns, generation: Int64, instance: String
    ) throws -> [TakenLease] {
        let sources = zip(leases.topics, leases.partitions).map { TopicPartition($0, $1) }
        return try alone(sources.filter { ledger.rows.leases[$0] != nil }.map(ModelLedger.Lock.lease)) {
            ledger.rows.cluster = cluster
            return sources.compactMap { take($0, generation, instance) }
        }
    }

    private func take(_ source: TopicPartition, _ generation: Int64, _ instance: String) -> TakenLease? {
        if var lease = ledger.rows.leases[source] {
            guard generation >= lease.generation || lease.instance == instance || !ledger.isRunning(lease.instance)
            else { return nil }
            if lease.instance != instance { lease.idleStarts = 0 }
            (lease.generation, lease.startCount, lease.instance) = (generation, lease.startCount + 1, instance)
            ledger.rows.leases[source] = lease
        } else {
            ledger.rows.leases[source] = ModelRows.Lease(generation: generation, startCount: 1, instance: instance)
        }
        let idle = ledger.rows.leases[source]?.idleStarts ?? 0
        return ModelConnection.row(source, ledger.rows).map { TakenLease(lease: $0, idleStarts: idle) }
    }

    func advanceLeases(
        cluster: String, _ leases: LeaseColumns, recorded: [Int64], published: [Int64], trusted: [Bool]
    ) throws {
        let sources = zip(leases.topics, leases.partitions).map { TopicPartition($0, $1) }
        try alone(sources.map(ModelLedger.Lock.lease)) {
            for (index, source) in sources.enumerated() {
                ledger.rows.advance(
                    source, recorded: recorded[index], published: published[index], trusted: trusted[index])
            }
        }
    }

    func countStarts(cluster: String, _ leases: LeaseColumns, by step: Int32) throws {
        let sources = zip(leases.topics, leases.partitions).map { TopicPartition($0, $1) }
        try alone(sources.map(ModelLedger.Lock.lease)) {
            for source in sources {
                let idle = ledger.rows.leases[source]?.idleStarts ?? 0
                ledger.rows.leases[source]?.idleStarts = max(0, idle + step)
            }
        }
    }

    func countAttempt(at position: SourcePosition) throws -> Int32 {
        ledger.rows.attempts[position, default: 0] += 1
        return ledger.rows.attempts[position] ?? 0
    }

    func takeAttemptBack(at position: SourcePosition) throws {
        if let count = ledger.rows.attempts[position] { ledger.rows.attempts[position] = count - 1 }
    }

    func forgetAttempts(through position: SourcePosition) throws {
        ledger.rows.attempts = ledger.rows.attempts.filter {
            $0.key.topic != position.topic || $0.key.partition != position.partition || $0.key.offset > position.offset
        }
    }

    // MARK: Timers and publication

    func claimTimers(due: Instant, publishedBefore before: Instant, limit: Int) throws -> [DueTimer] {
        let ready = ledger.rows.timers.filter { _, row in
            row.due <= due && row.published.map { $0 < before } ?? true
        }
        let claimed = ready.sorted { ($0.value.due, $0.key) < ($1.value.due, $1.key) }.prefix(limit)
        return claimed.compactMap { id, row in
            ledger.rows.timers[id]?.published = due
            guard let subject = NomsNumber(row.subject), let kind = TimerKind(rawValue: row.kind) else { return nil }
            return DueTimer(id: id, subject: subject, kind: kind, cause: row.cause, dueAt: row.due)
        }
    }

    func largestReceived() throws -> Instant? {
        ledger.rows.events.values.map(\.received.microseconds).max().map { Instant(microseconds: $0) }
    }

    func hold(_ streams: [UUID], from versions: [Int32], timers: (_ subjects: Set<String>) -> Writing) throws {
        let subjects = ledger.rows.messages.filter { streams.contains($0.stored.stream) }.map(\.subject)
        let kept = subjects.compactMap { ledger.rows.persons[$0]?.keptUnder }
        try alone((subjects + kept).map(ModelLedger.Lock.person)) {
            ledger.rows.hold(streams, from: versions, timers: timers)
        }
    }

    func sealingKeys() throws -> SealingKeys { SealingKeys(noneAt: ledger.rows.registerVersion) }

    /// A transaction of its own, which ends with the call.
    private func alone<Result>(_ locks: [ModelLedger.Lock], _ body: () throws -> Result) throws -> Result {
        try ledger.lock(locks, for: self)
        defer { ledger.unlockAll(of: self) }
        return try body()
    }
}
