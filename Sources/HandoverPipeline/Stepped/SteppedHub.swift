package import ExactlyOnceKafka
package import HandoverRules
package import Logging
import Postgres

/// A hub whose stages take turns on one thread, as somebody else says: the same stages, recorder, leases and session
/// as ``Hub`` runs on threads of their own. What a stage would wait for, its next step looks at again.
///
/// Made by simulations; it knows `hub.clock: system` only, and neither the record's projection nor the outbox.
package final class SteppedHub {
    package enum Stage: String, Sendable, CaseIterable { case intake, record, publish, timers }

    /// Where it runs.
    package struct World {
        package var clients: any BrokerClients
        package var entrance: any EventEntrance
        package var ledger: SteppedLedger.Process
        package var makeTopics: (Set<String>) -> Bool
        package var now: () -> Instant

        package init(
            clients: any BrokerClients, entrance: any EventEntrance, ledger: SteppedLedger.Process,
            makeTopics: @escaping (Set<String>) -> Bool, now: @escaping () -> Instant
        ) {
            self.clients = clients
            self.entrance = entrance
            self.ledger = ledger
            self.makeTopics = makeTopics
            self.now = now
        }
    }

    package var status: HubStatus { hub.status }
    private let hub: Hub
    private let parts: HubParts
    private let intake: ArrivalIntake
    private let recorder: RecordStage
    private let publisher: PublishStage
    private let timers: TimerStage
    /// Stages in the middle of a step, while something else happens.
    private var acting: Set<Stage> = []

    /// Fences a former process of this instance and joins the group.
    ///
    /// - Throws: ``HubFailure``, or an error of the ledger: the process ends.
    package init(_ settings: HubSettings, _ world: World, log: Logger) throws {
        nonisolated(unsafe) let world = world
        hub = Hub(
            settings: settings, log: log, status: HubStatus(),
            world: HubWorld(
                session: { SteppedHub.session(world.clients, $0, $1) },
                entrance: { _, _ in world.entrance },
                ledger: { try world.ledger.connection() },
                makeTopics: { world.makeTopics($0) },
                now: { world.now() },
                moment: { world.clients.now },
                rest: { _ in }))
        // On one thread no stage waits for another: what it would wait for lies there until its turn.
        parts = try HubParts(hub, stageDepth: 1)
        intake = ArrivalIntake(hub, parts)
        recorder = try RecordStage(hub, parts)
        publisher = try PublishStage(hub, parts)
        timers = TimerStage(hub, parts)
    }

    private static func session(
        _ clients: any BrokerClients, _ settings: SessionSettings, _ log: @escaping KafkaLog
    ) -> ExactlyOnceSession {
        var deadlines = settings.deadlines
        // On one thread nobody else can end the transaction that a revocation would wait for.
        deadlines.revocation = .zero
        return ExactlyOnceSession(
            clients: clients,
            settings: SessionSettings(
                group: settings.group, instance: settings.instance, transactionalID: settings.transactionalID,
                topics: settings.topics, deadlines: deadlines), log: log)
    }

    /// One step of a stage: what it would do before it waits, or nothing while it is in the middle of a step.
    ///
    /// - Returns: a word for the history.
    /// - Throws: what ends the process.
    package func step(_ stage: Stage) throws -> String {
        guard acting.insert(stage).inserted else { return "busy" }
        defer { acting.remove(stage) }
        switch stage {
        case .intake: return try intake.step() ? "polled" : "full"
        case .record: return try record()
        case .publish: return try publish()
        case .timers: return try publishTimers()
        }
    }

    private func record() throws -> String {
        if recorder.isIdle {
            guard let batch = parts.toRecord.takeAtOnce() else { return "idle" }
            recorder.take(batch)
        }
        guard parts.toPublish.hasRoom else { return "waits for the publisher" }
        let attempt = try recorder.attempt()
        if case .leaseElsewhere = attempt { recorder.giveUp() }
        return "\(attempt)"
    }

    private func publish() throws -> String {
        if publisher.isIdle {
            guard let batch = parts.toPublish.takeAtOnce() else { return "idle" }
            publisher.take(batch)
        }
        return try publisher.attempt() ? "settled" : "waits"
    }

    private func publishTimers() throws -> String {
        do {
            try timers.publishDue()
            return "looked"
        } catch let error as PostgresError where error.recovery == .retry {
            return error.code
        } catch let error as KafkaError where error.recovery != .stop {
            return error.code
        }
    }

    /// An orderly end: what was published is noted in the ledger.
    package func stop() { recorder.release() }
}
