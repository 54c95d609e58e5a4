import EventContracts
import ExactlyOnceKafka
import Foundation
import HandoverRules
import Postgres

/// The intake thread under `hub.clock: events` (replay, demo, tests): records enter in event-time order across all
/// partitions, one batch at a time, and before a record is recorded every timer due at or before its recordedtime
/// has gone the one path, through `hub.timers`.
final class EventClockIntake {
    private let hub: Hub
    private let parts: HubParts
    private var order = EventOrder()
    private var epoch: UInt64 = 0
    /// Timers published and not seen as records yet.
    private var awaited: Set<UUID> = []
    /// Timers published and not recorded yet: their rows stand, their records are on the way or lie here.
    private var fired: Set<UUID> = []
    private var paused: Set<TopicPartition> = []
    private var assigned: [TopicPartition] = []
    private var headSince: ContinuousClock.Instant?
    /// Largest received_at recorded: the ledger's now.
    private var ledgerNow: Instant = .distantPast
    private var isQuiet = false
    private lazy var ledger = try? Ledger(hub.settings.postgres)
    private let bufferMax = 4 * HubLimits.batchRecordsMax

    init(_ hub: Hub, _ parts: HubParts) {
        self.hub = hub
        self.parts = parts
    }

    func run() throws {
        var backoff = Backoff()
        while !hub.isEnding {
            do {
                try step()
                backoff = Backoff()
            } catch let error as PostgresError where error.recovery == .retry {
                hub.note(.postgres, .waiting("\(error.code): \(error.message)"))
                backoff.wait { hub.isEnding }
                try? ledger?.reconnect()
            } catch let error as KafkaError where error.recovery == .retry {
                hub.note(.kafka, .waiting("\(error.code)"))
                backoff.wait { hub.isEnding }
            }
        }
    }

    private func step() throws {
        let isIdle = order.isEmpty && awaited.isEmpty && isQuiet
        let polled = try parts.session.poll(
            max: HubLimits.batchRecordsMax, timeout: isIdle ? HubLimits.pollWait : .milliseconds(2))
        take(polled)
        order.putBack(parts.flight.takeLeftover(epoch: epoch))
        for source in parts.leases.stopped { order.leaveOut(source) }
        if epoch != parts.session.currentEpoch { return }
        try balance()
        guard parts.flight.isEmpty, awaited.isEmpty, order.isComplete, isSettled else { return }
        guard let ledger = try connected() else { return }
        if ledgerNow == .distantPast { ledgerNow = try now(of: ledger) }
        let next: PostgresTimestamp? = try ledger.query(LedgerSQL.earliestTimer(except: fired.sorted())).only()[0]
        let due = next.map { Instant(microseconds: $0.microseconds) }
        guard let earliest = order.earliest else {
            try fireIdle(due, on: ledger)
            return
        }
        isQuiet = false
        if let due, due <= earliest {
            try fire(through: earliest, on: ledger)
        } else {
            submit(before: due)
        }
    }

    private func take(_ polled: SessionBatch) {
        if polled.epoch != epoch {
            epoch = polled.epoch
            order.clear()
            awaited = []
            fired = []
        }
        for event in polled.events {
            switch event {
            case .record(let record): add(record)
            case .endOfPartition(let source, _): order.end(of: source)
            case .assigned(let sources):
                order.assign(sources)
                awaited = []
                paused = []
            default: break
            }
            assigned = AssignmentNotes.take(event, assigned, hub, parts)
        }
        AssignmentNotes.brokers(hub, parts)
    }

    private func add(_ record: KafkaRecord) {
        let arrival = Arrival(record: record, content: parts.decoder.decode(record.inbound, clock: .events))
        if case .event(let decoded) = arrival.content { awaited.remove(decoded.event.id) }
        if headSince == nil { headSince = .now }
        isQuiet = false
        order.add(arrival)
    }

    /// Nothing earlier is on its way: what lies here has waited a moment, or every partition shows a record.
    private var isSettled: Bool {
        guard let headSince else { return true }
        return .now - headSince >= HubLimits.eventClockSettle
    }

    private func submit(before due: Instant?) {
        let arrivals = order.take(before: due, span: span, max: HubLimits.batchRecordsMax)
        guard !arrivals.isEmpty else { return }
        ledgerNow = arrivals.compactMap(\.receivedAt).reduce(ledgerNow, max)
        parts.flight.launched()
        if !parts.toRecord.put(Batch(epoch: epoch, arrivals: arrivals)) { parts.flight.landed() }
        for case .event(let decoded) in arrivals.compactMap(\.content) { fired.remove(decoded.event.id) }
        _ = parts.flight.waitUntilEmpty(.seconds(1))
        if order.isEmpty { headSince = nil }
    }

    /// A batch spans less than the hold, so that it rarely creates a timer that falls inside it.
    private var span: Span {
        let hold = hub.settings.rules.releaseHold
        let limit = Span.minutes(HubLimits.eventClockSpanMinutes)
        return hold > .zero ? min(limit, Span(microseconds: hold.microseconds / 2)) : limit
    }

    private func fireIdle(_ due: Instant?, on ledger: Ledger) throws {
        headSince = nil
        if let due, due <= ledgerNow { return try fire(through: ledgerNow, on: ledger) }
        isQuiet = true
    }

    /// Publishes the timers due and waits until they have come back as records.
    private func fire(through due: Instant, on ledger: Ledger) throws {
        let timers = try DueTimers.claim(due: due, on: ledger, except: fired.sorted())
        try parts.enter(timers)
        awaited = Set(timers.map(\.id))
        fired.formUnion(awaited)
    }

    /// Bounds what lies here: a partition far ahead of the others pauses.
    private func balance() throws {
        let ahead = order.sources.filter { order.buffered(in: $0) > bufferMax && !paused.contains($0) }
        if !ahead.isEmpty {
            try parts.session.pause(ahead)
            paused.formUnion(ahead)
        }
        let back = paused.filter { order.buffered(in: $0) < bufferMax / 4 }
        if !back.isEmpty {
            try parts.session.resume(Array(back))
            paused.subtract(back)
        }
    }

    private func connected() throws -> Ledger? {
        if ledger == nil { ledger = try Ledger(hub.settings.postgres) }
        return ledger
    }

    private func now(of ledger: Ledger) throws -> Instant {
        let largest: PostgresTimestamp? = try ledger.query(LedgerSQL.largestReceived).only()[0]
        return largest.map { Instant(microseconds: $0.microseconds) } ?? .distantPast
    }
}
