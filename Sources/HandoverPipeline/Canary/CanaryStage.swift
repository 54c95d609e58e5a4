import EventContracts
import ExactlyOnceKafka
import Foundation
import HandoverRules
import Postgres

/// The canary's thread: sends a synthetic release at an interval and waits until what it causes is visible to a
/// `read_committed` reader of `hub.canary`. Of several hubs the one with the lease in PostgreSQL does it; whichever
/// hubs have the partitions take the canaries through.
///
/// It may be killed at any point: what was sent is in the ledger before it is sent, so that whoever goes on knows what
/// to wait for. Nothing of the pipeline waits for it, and its failures end nothing.
final class CanaryStage {
    private let hub: Hub
    private let parts: HubParts
    private let every: Duration
    private let holder: String
    private var connection: PostgresConnection?
    private var claimedAt: ContinuousClock.Instant?
    private var flight: CanaryFlight?
    private var nextDue: Instant = .distantPast
    private var hasComplained = false

    init(_ hub: Hub, _ parts: HubParts, every: Duration) {
        self.hub = hub
        self.parts = parts
        self.every = every
        holder = hub.settings.instance + "/" + UUID().uuidString
    }

    func run() {
        while !hub.isEnding {
            do {
                try step()
            } catch {
                complain(error)
                connection = nil
                claimedAt = nil
                flight = nil
                rest(CanaryLimits.pause)
            }
        }
        // Another hub goes on at once; without it, when the lease has run out.
        if claimedAt != nil { _ = try? connection?.execute(CanarySQL.release(holder)) }
    }

    private func step() throws {
        let connection = try connected()
        guard try leads(connection) else {
            flight = nil
            return rest(CanaryLimits.tick)
        }
        let flight = try self.flight ?? takeOver(connection)
        self.flight = flight
        let now = MachineClock.now()
        if now >= nextDue, !flight.isSending {
            nextDue = now + Span(microseconds: Int64(every.seconds * 1e6))
            try flight.send(at: now, on: connection)
        }
        if try !flight.look(on: connection) { rest(CanaryLimits.tick) }
        hasComplained = false
    }

    private func connected() throws -> PostgresConnection {
        if let connection { return connection }
        var database = hub.settings.postgres
        database.applicationName = "throughgate-canary"
        // A server that hangs is found out before the next canary is due.
        database.statementTimeout = .seconds(5)
        let made = try PostgresConnection(database)
        connection = made
        return made
    }

    private func leads(_ connection: PostgresConnection) throws -> Bool {
        if let claimedAt, (ContinuousClock.now - claimedAt).seconds < CanaryLimits.renewEverySeconds {
            return flight != nil
        }
        let isOurs =
            try connection.execute(
                CanarySQL.claim(holder, seconds: CanaryLimits.leaseSeconds, everySeconds: every.seconds)) == 1
        claimedAt = .now
        if !isOurs { flight = nil }
        return isOurs
    }

    private func takeOver(_ connection: PostgresConnection) throws -> CanaryFlight {
        let last: PostgresTimestamp? = try connection.query(CanarySQL.lastSent).only()[0]
        nextDue = last.map { Instant(microseconds: $0.microseconds + Int64(every.seconds * 1e6)) } ?? .distantPast
        return try CanaryFlight(hub, parts, on: connection)
    }

    /// Once, until it works again.
    private func complain(_ error: any Error) {
        guard !hasComplained else { return }
        hasComplained = true
        let code = (error as? KafkaError)?.code ?? (error as? PostgresError)?.code ?? "INTERNAL"
        hub.log.warning("the canary does not fly", metadata: ["cause": "\(code)"])
    }

    private func rest(_ span: Duration) {
        let end = ContinuousClock.now + span
        while !hub.isEnding, ContinuousClock.now < end { Thread.sleep(forTimeInterval: 0.05) }
    }
}
