import EventContracts
import ExactlyOnceKafka
import Foundation
import HandoverRules
import Postgres

/// The recorder's thread: takes batches, records them, hands them to the publisher. While PostgreSQL is away it
/// keeps the batch in hand and tries again; intake pauses behind it.
struct RecordStage {
    private let hub: Hub
    private let parts: HubParts
    private let ledger: Ledger
    private let recorder: Recorder

    init(_ hub: Hub, _ parts: HubParts) throws {
        self.hub = hub
        self.parts = parts
        ledger = try Ledger(hub.settings.postgres)
        recorder = Recorder(
            ledger: ledger, settings: parts.pipeline, registers: RegisterCache(ledger: ledger), leases: parts.leases)
    }

    func run() throws {
        while let batch = parts.toRecord.take() {
            guard let recorded = try record(batch) else {
                parts.flight.landed()
                continue
            }
            if !parts.toPublish.put(recorded) { parts.flight.landed() }
        }
        // Best effort: without it the next start only looks closer than it needs to.
        try? releaseStarts()
    }

    /// Records until it succeeds, the batch is void, or the hub ends; nil when there is nothing to publish.
    private func record(_ batch: Batch) throws -> RecordedBatch? {
        var backoff = Backoff()
        while batch.epoch == parts.session.currentEpoch, !hub.isEnding {
            do {
                let started = ContinuousClock.now
                try takeMissingLeases(batch)
                var work = batch
                let behind = try setSuspectApart(&work)
                decode(&work)
                var recorded = try recordIsolating(work)
                recorded.leftover += behind
                hub.status.spent((ContinuousClock.now - started).seconds, in: .record)
                hub.note(.postgres, .ready)
                return recorded
            } catch let error as PostgresError where error.recovery == .retry {
                hub.note(.postgres, .waiting("\(error.code): \(error.message)"))
                backoff.wait { hub.isEnding }
                try? ledger.reconnect()
            } catch is LedgerConflict {
                continue
            } catch let stop as PartitionStopped {
                try leaveOut(stop)
                return nil
            } catch let lost as LeaseLost {
                hub.log.warning("lease held elsewhere", metadata: ["partitions": "\(lost.sources)"])
                backoff.wait { hub.isEnding }
                parts.session.requestRewind()
                return nil
            } catch is OtherCluster {
                throw HubFailure(
                    .settings,
                    "kafka.bootstrapServers: this ledger belongs to another Kafka cluster; use a ledger of its own")
            }
        }
        return nil
    }

    private func decode(_ batch: inout Batch) {
        let started = ContinuousClock.now
        batch.decode(parts.decoder, clock: receiptClock)
        hub.status.spent((ContinuousClock.now - started).seconds, in: .decode)
    }

    private var receiptClock: ReceiptClock {
        switch hub.settings.clock {
        case .system: .system(now: Instant(microseconds: Int64(Date().timeIntervalSince1970 * 1_000_000)))
        case .events: .events
        }
    }

    /// After several starts without progress a partition's records are taken one at a time, each counted before its
    /// attempt; one that was attempted alone too often is POISON (design.md §3). Waiting for a server is no attempt.
    ///
    /// - Returns: what stands behind the record that is now alone in `batch`.
    private func setSuspectApart(_ batch: inout Batch) throws -> [Arrival] {
        let suspect = batch.arrivals.firstIndex {
            parts.leases.idleStarts(of: $0.record.source) >= HubLimits.idleStartsMax
        }
        guard let suspect else { return [] }
        let alone = batch.arrivals[suspect]
        let others = batch.arrivals[..<suspect] + batch.arrivals[(suspect + 1)...]
        batch.arrivals = [alone]
        let record = alone.record
        let attempts: Int32 = try ledger.query(
            LedgerSQL.countAttempt(topic: record.topic, partition: record.partition, offset: record.offset)
        ).only()[0]
        hub.log.warning("record taken alone", metadata: ["at": "\(record.place)", "attempt": "\(attempts)"])
        if attempts > Int32(HubLimits.attemptsMax) {
            batch.arrivals[0].content = .rejected(
                Rejection(.poison, "record: the process died with it \(HubLimits.attemptsMax) times"))
        }
        return Array(others)
    }

    private func takeMissingLeases(_ batch: Batch) throws {
        let missing = parts.leases.missing(Set(batch.arrivals.map(\.record.source)))
        guard !missing.isEmpty else { return }
        do {
            try parts.leases.take(
                missing, on: ledger, settings: parts.pipeline, generation: Int64(parts.session.groupGeneration ?? 0),
                committed: { try parts.session.committedOffsets($0).compactMapValues { $0 } },
                end: { source in
                    let marks = try parts.session.watermarks([source])[source]
                    return marks?.high ?? marks?.lastStable ?? .max
                })
        } catch let error as KafkaError where error.recovery == .retry {
            hub.log.warning("offsets not readable yet", metadata: ["code": "\(error.code)"])
            throw LeaseLost(sources: missing)
        }
    }

    /// A batch that the ledger refuses is halved until the record is found; that one is rejected alone (CONSTRAINT),
    /// the others go on.
    private func recordIsolating(_ batch: Batch) throws -> RecordedBatch {
        do {
            return try recorder.record(batch)
        } catch let error as PostgresError where error.recovery == .abort {
            guard batch.arrivals.count == 1 else {
                var first = batch
                first.arrivals = Array(batch.arrivals.prefix(batch.arrivals.count / 2))
                var recorded = try recordIsolating(first)
                recorded.leftover += batch.arrivals.dropFirst(first.arrivals.count)
                return recorded
            }
            hub.log.error("record refused by the ledger", metadata: ["at": "\(batch.arrivals[0].record.place)"])
            var refused = batch
            refused.arrivals[0].content = .rejected(Rejection(.constraint, "ledger: \(error.code)"))
            return try recorder.record(refused)
        }
    }

    /// A partition that must not be worked on is paused by name; everything else of the batch comes again.
    private func leaveOut(_ stop: PartitionStopped) throws {
        hub.log.critical("partition stopped", metadata: ["reason": "\(stop)"])
        hub.status.stopped(stop.source, stop.reason.rawValue)
        try parts.session.pause([stop.source])
        parts.session.requestRewind()
    }

    /// An orderly end is no failed start: what was counted at the beginning is taken back.
    private func releaseStarts() throws {
        let columns = LeaseColumns(parts.leases.all)
        guard !columns.topics.isEmpty else { return }
        _ = try ledger.query(
            LedgerSQL.countStarts(
                cluster: parts.pipeline.clusterID, columns.topics, columns.partitions, by: -1))
    }
}

extension KafkaRecord {
    /// Where the record stands, for logs: never its content or key.
    var place: String { "\(source)@\(offset)" }
}
