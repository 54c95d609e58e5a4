import ExactlyOnceKafka
import Foundation

/// The intake thread under `hub.clock: system`: polls the consumer and gathers batches while the recorder is busy.
///
/// A short backlog is left in librdkafka's bounded queues by not polling; when the recorder stays busy for longer
/// (PostgreSQL is away), the partitions are paused and polling goes on, so that membership stays.
final class ArrivalIntake {
    private let hub: Hub
    private let parts: HubParts
    private var gathered = Gathered()
    private var assigned: [TopicPartition] = []
    private var blockedSince: ContinuousClock.Instant?
    private var isPaused = false

    init(_ hub: Hub, _ parts: HubParts) {
        self.hub = hub
        self.parts = parts
    }

    func run() throws {
        while !hub.isEnding {
            if try !step() { _ = parts.toRecord.waitForRoom(.milliseconds(100)) }
        }
    }

    /// Polls once and offers what is gathered; false when nothing more can be taken until the recorder has room.
    func step() throws -> Bool {
        if !gathered.isFull || isPaused {
            let polled = try parts.session.poll(max: max(1, gathered.room), timeout: wait)
            gathered.take(polled)
            try note(polled)
        }
        if gathered.epoch != parts.session.currentEpoch { gathered = Gathered() }
        guard !gathered.isEmpty else {
            // What was in hand when the partitions were paused may be void by now: nothing else would let them go on.
            try goOn()
            return true
        }
        parts.flight.launched()
        if parts.toRecord.offer(gathered.batch) {
            try handedOver()
            return true
        }
        parts.flight.landed()
        let now = hub.world.moment(), since = blockedSince ?? now
        blockedSince = since
        guard isPaused || now - since <= HubLimits.backpressurePatience else {
            try parts.session.pause(assigned)
            hub.status.paused("the recorder is busy with what it has")
            isPaused = true
            return true
        }
        return !gathered.isFull
    }

    private func handedOver() throws {
        gathered = Gathered()
        try goOn()
    }

    /// Nothing is in hand: what was paused is fetched again.
    private func goOn() throws {
        blockedSince = nil
        guard isPaused else { return }
        try parts.session.resume(assigned.filter { !parts.leases.stopped.contains($0) })
        hub.status.resumed()
        isPaused = false
    }

    /// With something in hand the wait is short: a batch goes as soon as the recorder can take it.
    private var wait: Duration {
        gathered.isEmpty ? HubLimits.pollWait : isPaused ? .milliseconds(200) : .milliseconds(2)
    }

    private func note(_ polled: SessionBatch) throws {
        for event in polled.events {
            assigned = AssignmentNotes.take(event, assigned, hub, parts)
            if case .assigned = event, isPaused {
                // A new assignment is fetched, whatever was paused before it.
                hub.status.resumed()
                isPaused = false
                blockedSince = nil
            }
        }
        AssignmentNotes.brokers(hub, parts)
    }
}

/// What intake has polled and not handed over yet.
private struct Gathered {
    private(set) var epoch: UInt64 = 0
    private var arrivals: [Arrival] = []
    private var bytes = 0

    var isEmpty: Bool { arrivals.isEmpty }
    var room: Int { HubLimits.batchRecordsMax - arrivals.count }
    var isFull: Bool { room <= 0 || bytes >= HubLimits.batchBytesMax }
    var batch: Batch { Batch(epoch: epoch, arrivals: arrivals) }

    mutating func take(_ polled: SessionBatch) {
        if polled.epoch != epoch {
            arrivals = []
            bytes = 0
            epoch = polled.epoch
        }
        for case .record(let record) in polled.events {
            arrivals.append(Arrival(record: record, content: nil))
            bytes += (record.value?.count ?? 0) + (record.key?.count ?? 0)
        }
    }
}

/// What both intakes do with the consumer's news other than records.
enum AssignmentNotes {
    static func take(
        _ event: SessionEvent, _ assigned: [TopicPartition], _ hub: Hub, _ parts: HubParts
    ) -> [TopicPartition] {
        switch event {
        case .assigned(let sources):
            hub.log.notice("partitions assigned", metadata: ["count": "\(sources.count)"])
            hub.status.assigned(sources)
            hub.status.rebalanced(true, sources.count, generation: parts.session.groupGeneration)
            hub.note(.assignment, sources.isEmpty ? .waiting("no partitions for this instance") : .ready)
            return sources
        case .revoked(let sources):
            hub.log.notice("partitions revoked", metadata: ["count": "\(sources.count)"])
            parts.leases.forget(sources)
            hub.status.assigned([])
            hub.status.rebalanced(false, sources.count, generation: parts.session.groupGeneration)
            hub.note(.assignment, .waiting("rebalancing"))
            return []
        case .endOfPartition(let source, let offset):
            hub.status.reachedEnd(of: source, at: offset)
        case .trouble(let error):
            trouble(error, isUnassigned: assigned.isEmpty, hub)
        case .record: break
        }
        return assigned
    }

    private static func trouble(_ error: KafkaError, isUnassigned: Bool, _ hub: Hub) {
        guard error.code.contains("UNKNOWN_TOPIC") else {
            return hub.log.warning("kafka", metadata: ["code": "\(error.code)", "place": "\(error.place)"])
        }
        let remedy = "an inbound topic is missing: run `throughgate topics apply`"
        if isUnassigned { hub.note(.assignment, .waiting(remedy)) } else { hub.log.warning("\(remedy)") }
    }

    static func brokers(_ hub: Hub, _ parts: HubParts) {
        switch parts.session.brokerState {
        case .reachable: hub.note(.kafka, .ready)
        case .allDown: hub.note(.kafka, .waiting("no broker answers"))
        }
    }
}
