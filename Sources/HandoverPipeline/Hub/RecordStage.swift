import EventContracts
import ExactlyOnceKafka
import Foundation
import HandoverRules
import Logging
import Postgres

/// The recorder's thread: takes batches, records them, hands them to the publisher. While PostgreSQL is away it
/// keeps the batch in hand and tries again; intake pauses behind it.
final class RecordStage {
    private let hub: Hub
    private let parts: HubParts
    private let ledger: any LedgerCalls
    private let recorder: Recorder
    private let attempts: Attempts
    private var lostWait = Backoff()
    private var isLost = false
    /// Until it is recorded or void, and what must be recorded after it and apart from it.
    private var inHand: Batch?
    private var isAway = false

    init(_ hub: Hub, _ parts: HubParts) throws {
        self.hub = hub
        self.parts = parts
        ledger = try hub.world.ledger()
        recorder = Recorder(
            ledger: ledger, settings: parts.pipeline,
            registers: RegisterCache(ledger: ledger, settings: hub.settings.rules), leases: parts.leases)
        attempts = Attempts(ledger: ledger, leases: parts.leases)
    }

    /// How an attempt at the batch in hand ended.
    enum Attempt {
        /// It is recorded or void.
        case settled
        /// Somebody else changed what it rests on: again, at once.
        case again
        /// PostgreSQL has to come back first; the connection is made good by the next attempt.
        case postgresAway
        /// Another instance holds a partition of it: after a moment it is to be given up.
        case leaseElsewhere
    }

    func run() throws {
        while let batch = parts.toRecord.take() {
            take(batch)
            var backoff = Backoff()
            while inHand != nil {
                switch try attempt() {
                case .settled: backoff = Backoff()
                case .again: continue
                case .postgresAway: backoff.wait { hub.isEnding }
                case .leaseElsewhere:
                    lostWait.wait { hub.isEnding }
                    giveUp()
                }
            }
        }
        // What is on its way is dropped or done soon; then the ledger learns how far it came.
        _ = parts.flight.waitUntilEmpty(HubLimits.stopPatience / 2)
        release()
    }

    /// An orderly end. Best effort: without it the next start only looks closer than it needs to.
    func release() {
        try? attempts.release()
        try? parts.leases.release(on: ledger, settings: parts.pipeline)
    }

    var isIdle: Bool { inHand == nil }

    /// Takes a batch in hand.
    func take(_ batch: Batch) {
        hub.status.takes(.record, batch.heads)
        inHand = batch
    }

    /// Drops the batch in hand; everything polled comes again.
    func giveUp() {
        parts.session.requestRewind()
        drop()
    }

    private func drop() {
        inHand = nil
        hub.status.lays(down: .record)
        parts.flight.landed()
    }

    /// Tries once to record the batch in hand and to hand it on.
    func attempt() throws -> Attempt {
        guard let batch = inHand else { return .settled }
        guard batch.epoch == parts.session.currentEpoch, !hub.isEnding else {
            drop()
            return .settled
        }
        do {
            if isAway { try? ledger.reconnect() }
            isAway = false
            let recorded = try recordOnce(batch)
            hub.note(.postgres, .ready)
            (isLost, lostWait) = (false, Backoff())
            if let recorded { handOn(recorded, of: batch) } else { drop() }
            return .settled
        } catch let error as PostgresError where error.recovery == .retry {
            hub.note(.postgres, .waiting("\(error.code): \(error.message)"))
            hub.status.fails(.record, error.code)
            isAway = true
            return .postgresAway
        } catch is RecordedAlready {
            hub.log.error("a record that was recorded before is refused by the ledger; trying again")
            hub.status.fails(.record, "CONSTRAINT")
            isAway = true
            return .postgresAway
        } catch is LedgerConflict {
            return .again
        } catch let lost as LeaseLost {
            if !isLost { hub.log.warning("lease held elsewhere", metadata: ["partitions": "\(lost.sources)"]) }
            isLost = true
            hub.status.fails(.record, "LEASE_ELSEWHERE")
            return .leaseElsewhere
        } catch is OtherCluster {
            throw HubFailure(
                .settings,
                "kafka.bootstrapServers: this ledger belongs to another Kafka cluster; use a ledger of its own")
        }
    }

    /// The ledger refuses what it took before: it is tried again until it takes it, and the partition waits visibly.
    private struct RecordedAlready: Error {}

    /// Gives what is recorded to the publisher. What must be recorded apart stays in hand and is a flight of its own.
    private func handOn(_ recorded: RecordedBatch, of batch: Batch) {
        var recorded = recorded
        recorded.heads = batch.heads
        var rest = batch
        rest.arrivals = []
        // Under the clock of events, what is left waits at intake for timers that may stand before it.
        if hub.settings.clock == .system { swap(&rest.arrivals, &recorded.leftover) }
        inHand = nil
        hub.status.lays(down: .record)
        guard parts.toPublish.put(recorded) else { return parts.flight.landed() }
        if !rest.arrivals.isEmpty {
            parts.flight.launched()
            take(rest)
        }
    }

    /// One try; nil when every partition of the batch is stopped.
    private func recordOnce(_ batch: Batch) throws -> RecordedBatch? {
        let started = ContinuousClock.now
        try takeMissingLeases(batch)
        var work = batch
        let stopped = parts.leases.stopped
        if !stopped.isEmpty { work.arrivals.removeAll { stopped.contains($0.record.source) } }
        guard !work.arrivals.isEmpty else { return nil }
        try refuseAgain(&work)
        let behind = try attempts.setSuspectApart(&work, log: hub.log)
        decode(&work)
        var recorded = try recordIsolating(work)
        parts.leases.recorded(recorded.bounds.nexts)
        recorded.leftover += behind
        hub.status.spent((ContinuousClock.now - started).seconds, in: .record)
        return recorded
    }

    /// What was refused stays refused, and its dead letter goes out, also where the reason was not in its bytes: by
    /// then the ledger might take it, or the process die with it once more.
    private func refuseAgain(_ batch: inout Batch) throws {
        let through = parts.leases.recordedThrough
        let again = batch.arrivals.indices.filter { index in
            let record = batch.arrivals[index].record
            return record.offset <= through[record.source] ?? -1
        }
        guard !again.isEmpty else { return }
        let (_, refusals, _) = try ledger.addressees([], refusedAt: again.map { batch.arrivals[$0].record })
        for index in again {
            guard let refusal = refusals[batch.arrivals[index].record.position] else { continue }
            batch.arrivals[index].content = .rejected(refusal)
        }
    }

    private func decode(_ batch: inout Batch) {
        let started = ContinuousClock.now
        batch.decode(parts.decoder, clock: receiptClock)
        hub.status.spent((ContinuousClock.now - started).seconds, in: .decode)
    }

    private var receiptClock: ReceiptClock {
        switch hub.settings.clock {
        case .system: .system(now: hub.world.now())
        case .events: .events
        }
    }

    private func takeMissingLeases(_ batch: Batch) throws {
        let missing = parts.leases.missing(Set(batch.arrivals.map(\.record.source)))
        guard !missing.isEmpty else { return }
        let reach: LeaseBook.Reach
        do {
            let marks = try parts.session.watermarks(missing)
            reach = LeaseBook.Reach(
                committed: try parts.session.committedOffsets(missing).compactMapValues { $0 },
                ends: marks.mapValues { $0.high ?? $0.lastStable })
        } catch let error as KafkaError where error.recovery == .retry {
            hub.log.warning("offsets not readable yet", metadata: ["code": "\(error.code)"])
            throw LeaseLost(sources: missing)
        }
        let stops = try parts.leases.take(
            missing, on: ledger, settings: parts.pipeline, generation: Int64(parts.session.groupGeneration ?? 0),
            reach: reach)
        for stop in stops { try leaveOut(stop) }
    }

    /// A batch that the ledger refuses is halved until the record is found; that one is rejected alone (CONSTRAINT),
    /// the others go on. So is one over which the hub thought longer than a transaction may be silent: again it would
    /// take as long, and hold its partition up for ever. A hub that was kept from working is no such case.
    private func recordIsolating(_ batch: Batch) throws -> RecordedBatch {
        let before = ThreadTime.spent()
        do {
            return try recorder.record(batch)
        } catch let error as PostgresError where error.recovery == .abort {
            var place: Logger.Metadata = ["code": "\(error.code)"]
            if case .constraint(let name) = error.kind { place["constraint"] = "\(name)" }
            return try isolate(batch, Rejection(.constraint, "ledger: \(error.code)"), place)
        } catch let error as PostgresError where error.kind == .connectionLost && isThoughtTooLong(since: before) {
            try ledger.reconnect()
            return try isolate(
                batch, Rejection(.poison, "record: deciding takes longer than a transaction may last"),
                ["code": "\(error.code)"])
        }
    }

    private func isThoughtTooLong(since before: Duration) -> Bool {
        guard let limit = hub.settings.postgres.idleInTransactionSessionTimeout else { return false }
        return ThreadTime.spent() - before >= limit
    }

    private func isolate(_ batch: Batch, _ rejection: Rejection, _ place: Logger.Metadata) throws -> RecordedBatch {
        guard batch.arrivals.count == 1 else {
            var first = batch
            first.arrivals = Array(batch.arrivals.prefix(batch.arrivals.count / 2))
            var recorded = try recordIsolating(first)
            recorded.leftover += batch.arrivals.dropFirst(first.arrivals.count)
            return recorded
        }
        let record = batch.arrivals[0].record
        // What it causes stands in the ledger and is promised: refused now, it would never go out.
        guard record.offset > parts.leases.recordedThrough[record.source] ?? -1 else { throw RecordedAlready() }
        let at: Logger.Metadata = ["at": "\(record.place)", "reason": "\(rejection.reason.rawValue)"]
        hub.log.error("record refused", metadata: at.merging(place) { $1 })
        var refused = batch
        refused.arrivals[0].content = .rejected(rejection)
        return try recorder.record(refused)
    }

    /// A partition that must not be worked on is paused by name; the others go on.
    private func leaveOut(_ stop: PartitionStopped) throws {
        hub.log.critical("partition stopped", metadata: ["reason": "\(stop)"])
        hub.status.stopped(stop.source, stop.reason.rawValue)
        try parts.session.pause([stop.source])
    }
}

extension KafkaRecord {
    /// Where the record stands, for logs: never its content or key.
    var place: String { "\(source)@\(offset)" }
}
