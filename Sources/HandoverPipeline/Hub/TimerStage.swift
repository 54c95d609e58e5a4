import ExactlyOnceKafka
import Foundation
import HandoverRules
import Postgres

/// A timer that fell due, claimed for publication.
struct DueTimer: Sendable {
    var id: UUID
    var subject: NomsNumber
    var kind: TimerKind
    var cause: String
    var dueAt: Instant
}

/// Claims timers from the ledger: rows locked with SKIP LOCKED, so that any instance may do it.
enum DueTimers {
    /// Timers due now that were not published within ``HubLimits/timerRepublishSeconds``.
    static func claim(now: Instant, on ledger: Ledger) throws -> [DueTimer] {
        let before = now - .seconds(HubLimits.timerRepublishSeconds)
        return try timers(
            ledger.query(
                LedgerSQL.claimTimers(due: now.postgres, before: before.postgres, limit: HubLimits.timersClaimedMax)))
    }

    /// `hub.clock: events`: timers due at this time of the ledger, but not those already on their way.
    static func claim(due: Instant, on ledger: Ledger, except ids: [UUID]) throws -> [DueTimer] {
        try timers(
            ledger.query(LedgerSQL.claimTimers(due: due.postgres, except: ids, limit: HubLimits.timersClaimedMax)))
    }

    /// Earliest first: a person's timers lie on one partition, in the order in which they are published.
    private static func timers(_ rows: PostgresRows) throws -> [DueTimer] {
        let timers: [DueTimer] = try rows.compactMap { row in
            guard let subject = NomsNumber(try row.text(1)), let kind = TimerKind(rawValue: try row.text(2)) else {
                return nil
            }
            let due: PostgresTimestamp = try row[4]
            return DueTimer(
                id: try row[0], subject: subject, kind: kind, cause: try row[3],
                dueAt: Instant(microseconds: due.microseconds))
        }
        return timers.sorted { $0.dueAt < $1.dueAt }
    }
}

/// The timers' thread: due timers become events on `hub.timers`, at least once (design.md §4). It also renews the
/// instance's lock, because both are small and regular.
struct TimerStage {
    private let hub: Hub
    private let parts: HubParts
    private let lock: InstanceLock

    init(_ hub: Hub, _ parts: HubParts, _ lock: InstanceLock) {
        self.hub = hub
        self.parts = parts
        self.lock = lock
    }

    func run() throws {
        var ledger: Ledger?
        var ticks = 0
        while !hub.isEnding {
            do {
                if ledger == nil { ledger = try Ledger(hub.settings.postgres) }
                if let ledger, hub.settings.clock == .system { try publishDue(ledger) }
                if ticks % HubLimits.outboxTicks == 0 { try publishOutbox() }
                if ticks % 10 == 0, try !lock.renew() { hub.note(.postgres, .waiting("the server is away")) }
            } catch let error as PostgresError where error.recovery == .retry {
                ledger = nil
            } catch let error as KafkaError where error.recovery != .stop {
                hub.log.debug("timers wait for kafka", metadata: ["code": "\(error.code)"])
            }
            ticks += 1
            rest()
        }
    }

    private func publishDue(_ ledger: Ledger) throws {
        let now = MachineClock.now()
        while true {
            let due = try DueTimers.claim(now: now, on: ledger)
            guard !due.isEmpty else { return }
            try parts.enter(due)
        }
    }

    /// What a command decided to publish and did not get to publish itself.
    private func publishOutbox() throws {
        let connection = try PostgresConnection(hub.settings.postgres)
        guard try !connection.query(LedgerSQL.outboxWaits).isEmpty else { return }
        let published = try Outbox.publish(on: connection, through: parts.entrance)
        hub.log.notice("outbox published", metadata: ["events": "\(published)"])
    }

    private func rest() {
        let end = Date(timeIntervalSinceNow: HubLimits.timerTick.seconds)
        while !hub.isEnding, Date() < end { Thread.sleep(forTimeInterval: 0.05) }
    }
}
