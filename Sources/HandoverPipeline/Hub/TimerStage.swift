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
    static func claim(now: Instant, on ledger: any LedgerCalls) throws -> [DueTimer] {
        try ledger.claimTimers(
            due: now, publishedBefore: now - .seconds(HubLimits.timerRepublishSeconds),
            limit: HubLimits.timersClaimedMax)
    }

    /// `hub.clock: events`: timers due at this time of the ledger, but not those already on their way.
    static func claim(due: Instant, on ledger: Ledger, except ids: [UUID]) throws -> [DueTimer] {
        try read(
            ledger.query(LedgerSQL.claimTimers(due: due.postgres, except: ids, limit: HubLimits.timersClaimedMax)))
    }

    /// Earliest first: a person's timers lie on one partition, in the order in which they are published.
    static func read(_ rows: PostgresRows) throws -> [DueTimer] {
        let timers: [DueTimer] = try rows.compactMap { row in
            guard let subject = NomsNumber(try row.text(1)), let kind = TimerKind(rawValue: try row.text(2)) else {
                return nil
            }
            let due: PostgresTimestamp = try row[4]
            return DueTimer(
                id: try row[0], subject: subject, kind: kind, cause: try row[3],
                dueAt: Instant(microseconds: due.microseconds))
        }
        return timers.sorted { ($0.dueAt, $0.id) < ($1.dueAt, $1.id) }
    }
}

/// The timers' thread: due timers become events on `hub.timers`, at least once (design.md §4). It also renews the
/// instance's lock, because both are small and regular.
final class TimerStage {
    private let hub: Hub
    private let parts: HubParts
    private let lock: InstanceLock?
    private var ledger: (any LedgerCalls)?

    /// - Parameter lock: the instance's, to be renewed by ``run()``.
    init(_ hub: Hub, _ parts: HubParts, _ lock: InstanceLock? = nil) {
        self.hub = hub
        self.parts = parts
        self.lock = lock
    }

    func run() throws {
        var ticks = 0
        while !hub.isEnding {
            do {
                if hub.settings.clock == .system { try publishDue() }
                if ticks % HubLimits.outboxTicks == 0 { try publishOutbox() }
                if ticks % 10 == 0, let lock, try !lock.renew() { hub.note(.postgres, .waiting("the server is away")) }
            } catch let error as PostgresError where error.recovery == .retry {
                hub.log.debug("timers wait for postgres", metadata: ["code": "\(error.code)"])
            } catch let error as KafkaError where error.recovery != .stop {
                hub.log.debug("timers wait for kafka", metadata: ["code": "\(error.code)"])
            }
            ticks += 1
            rest()
        }
    }

    /// Publishes what is due now. After an error of the ledger the next call connects anew.
    func publishDue() throws {
        let now = hub.world.now()
        do {
            let ledger = try ledger ?? hub.world.ledger()
            self.ledger = ledger
            while true {
                let due = try DueTimers.claim(now: now, on: ledger)
                guard !due.isEmpty else { return }
                try parts.enter(due)
            }
        } catch let error as PostgresError {
            ledger = nil
            throw error
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
