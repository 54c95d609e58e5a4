import EventContracts
import ExactlyOnceKafka
import Foundation
import HandoverRules
public import Logging
import Postgres
import Synchronization

/// The hub: intake → record → publish, each on a thread of its own, and the timers (design.md §3, §4).
///
/// It may be killed at any moment. What was not committed to Kafka comes again; what was decided is in PostgreSQL
/// to the byte; a record's outputs are visible exactly when its offset is committed.
public final class Hub: Sendable {
    let settings: HubSettings
    let log: Logger
    public let status: HubStatus
    let world: HubWorld
    private let ending = Mutex<Ending>(.running)

    private enum Ending {
        case running, asked
        case failed(HubFailure)
    }

    public convenience init(settings: HubSettings, log: Logger, status: HubStatus = HubStatus()) {
        self.init(settings: settings, log: log, status: status, world: .real(settings))
    }

    /// With other servers than those that the settings name.
    init(settings: HubSettings, log: Logger, status: HubStatus, world: HubWorld) {
        self.settings = settings
        self.log = log
        self.status = status
        self.world = world
    }

    /// Runs until ``stop()`` is called or nothing more can be done. Blocks.
    ///
    /// - Throws: ``HubFailure``: a server that was unreachable at start, settings that cannot be used, a second
    ///   process under this instance name, or an internal error after which a restart is the remedy.
    public func run() throws {
        if let contradiction = HubLimits.check() { throw HubFailure(.internalError, contradiction) }
        let lock = try InstanceLock(settings)
        let parts = try HubParts(self)
        defer {
            parts.session.close()
            withExtendedLifetime(lock) {}
        }
        try start(parts, lock)
        if case .failed(let failure) = ending.withLock({ $0 }) { throw failure }
    }

    /// Asks the hub to finish or abort the batch in hand and to end; `run` returns within ``HubLimits/stopPatience``
    /// and the close of the session.
    public func stop() {
        ending.withLock { if case .running = $0 { $0 = .asked } }
    }

    var isEnding: Bool {
        ending.withLock { if case .running = $0 { false } else { true } }
    }

    /// Ends the hub because of an error that neither waiting nor aborting can mend.
    func fail(_ error: any Error, in stage: String) {
        let failure = (error as? HubFailure) ?? HubFailure(Hub.kind(of: error), "\(stage): \(error)")
        log.critical("hub stops", metadata: ["stage": "\(stage)", "reason": "\(failure.message)"])
        ending.withLock { if case .running = $0 { $0 = .failed(failure) } }
    }

    /// A server that went away between the start's look at it and a stage's first connection is unavailable, no defect.
    private static func kind(of error: any Error) -> HubFailure.Kind {
        switch error {
        case let error as PostgresError where error.recovery == .retry: .unavailable
        case let error as KafkaError where error.isUnavailable: .unavailable
        default: .internalError
        }
    }

    /// Notes a part's readiness and says so once per change.
    func note(_ part: HubStatus.Part, _ readiness: HubStatus.Readiness) {
        guard status.set(part, readiness) else { return }
        switch readiness {
        case .ready: log.notice("ready", metadata: ["part": "\(part.rawValue)"])
        case .waiting(let reason):
            log.warning("waiting", metadata: ["part": "\(part.rawValue)", "reason": "\(reason)"])
        }
    }

    private func start(_ parts: HubParts, _ lock: InstanceLock) throws {
        note(.postgres, .ready)
        note(.kafka, .ready)
        // Every start waits for its partitions a moment: no warning, unless it lasts.
        _ = status.set(.assignment, .waiting("no partitions yet"))
        let recorder = StageThread("record") {
            try RecordStage(self, parts).run()
        } failed: {
            self.fail($0, in: "record")
        }
        let publisher = StageThread("publish") {
            try PublishStage(self, parts).run()
        } failed: {
            self.fail($0, in: "publish")
        }
        let clock = StageThread("timers") {
            try TimerStage(self, parts, lock).run()
        } failed: {
            self.fail($0, in: "timers")
        }
        let projection = StageThread("projection") {
            ProjectionStage(self, parts).run()
        } failed: {
            self.fail($0, in: "projection")
        }
        let intake = StageThread("intake") {
            switch self.settings.clock {
            case .system: try ArrivalIntake(self, parts).run()
            case .events: try EventClockIntake(self, parts).run()
            }
        } failed: {
            self.fail($0, in: "intake")
        }
        let canary = canaryThread(parts)
        while !isEnding { Thread.sleep(forTimeInterval: 0.05) }
        let deadline = Date(timeIntervalSinceNow: HubLimits.stopPatience.seconds)
        intake.join(until: deadline)
        parts.toRecord.close()
        recorder.join(until: deadline)
        parts.toPublish.close()
        publisher.join(until: deadline)
        clock.join(until: deadline)
        projection.join(until: deadline)
        canary?.join(until: min(deadline, Date(timeIntervalSinceNow: 1)))
    }

    private func canaryThread(_ parts: HubParts) -> StageThread? {
        guard let every = settings.canaryEvery, settings.clock == .system else { return nil }
        return StageThread("canary") {
            CanaryStage(self, parts, every: every).run()
        } failed: { _ in
        }
    }
}

/// What the stages share.
final class HubParts: Sendable {
    let session: ExactlyOnceSession
    let entrance: any EventEntrance
    let pipeline: PipelineSettings
    let topics: Topics
    let decoder: EventDecoder
    let leases = LeaseBook()
    let flight = Flight()
    let toRecord: StageQueue<Batch>
    let toPublish: StageQueue<RecordedBatch>

    /// Connects to Kafka: fences a former process of this instance and joins the group.
    init(_ hub: Hub, stageDepth: Int = HubLimits.stageDepth) throws {
        toRecord = StageQueue(depth: stageDepth)
        toPublish = StageQueue(depth: stageDepth)
        let settings = hub.settings
        topics = Topics(prefix: settings.topicPrefix)
        decoder = EventDecoder(topics: topics)
        let log = hub.log
        let kafkaLog: KafkaLog = { line in
            log.debug("librdkafka", metadata: ["facility": "\(line.facility)", "text": "\(line.text)"])
        }
        session = hub.world.session(
            SessionSettings(
                group: settings.prefixedGroup, instance: settings.topicPrefix + settings.instance,
                transactionalID: settings.transactionalID, topics: topics.inbound), kafkaLog)
        do {
            try session.start()
            entrance = try hub.world.entrance(settings.transactionalID + "-entrance", kafkaLog)
            pipeline = PipelineSettings(
                clusterID: try session.clusterID(), instance: settings.instance, clock: settings.clock,
                rules: settings.rules, outbound: OutboundWriter(topics: topics))
        } catch let error as KafkaError {
            session.close()
            throw HubFailure(
                error.isUnavailable ? .unavailable : .settings,
                "kafka.bootstrapServers: \(error.message) (\(error.code) at \(error.place))")
        }
    }
}

extension HubParts {
    /// Publishes due timers to `hub.timers` and waits until the broker has them all. What it does not have is
    /// published again later: at least once.
    func enter(_ timers: [DueTimer]) throws {
        for delivery in entrance.send(timers.map { pipeline.outbound.record(of: $0) }) {
            if case .failed(let error) = delivery { throw error }
        }
    }
}

/// A thread of the hub; an error that leaves its body is reported once.
final class StageThread: Sendable {
    private let done = StageQueue<Bool>(depth: 1)

    init(
        _ name: String, _ body: @escaping @Sendable () throws -> Void,
        failed: @escaping @Sendable (any Error) -> Void
    ) {
        let thread = Thread { [done] in
            do { try body() } catch { failed(error) }
            _ = done.offer(true)
        }
        thread.name = "throughgate-" + name
        thread.stackSize = 1 << 20
        thread.start()
    }

    /// Waits for the end of the thread, at most until the deadline.
    func join(until deadline: Date) {
        _ = done.waitUntilFull(until: deadline)
    }
}
