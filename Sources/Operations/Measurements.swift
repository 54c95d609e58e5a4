import EventContracts
import ExactlyOnceKafka
import Foundation
public import HandoverPipeline
public import HandoverRules
import Postgres
import Synchronization

/// What a hub's own counters cannot say: lag as the cluster sees it, timers, rejections and recipients as the ledger
/// does.
public struct Figures: Sendable {
    /// nil: not measured yet, or the server did not answer lately.
    public var lag: LagReport?
    /// When the ledger was read, as the hub tells time: what ages of handovers and people count to. nil: not known.
    public var now: Instant?
    /// Timers that are due and not yet recorded.
    public var timersDue: Int?
    public var rejectedOpen: Int?
    public var rejections: RejectionFigures?
    /// Found when the audit was last verified, at most every hour; nil: not verified yet.
    public var auditFaults: Int?
    /// What each recipient has not fetched; nil: not known.
    public var recipients: [RecipientLag]?
    /// Each topic's last day; empty: not known.
    public var curves: [LagStore.Curve] = []
    public var risk: PeopleAtRisk?
    public var auditHead: AuditHead?
    /// As last read, however long ago: a canary is missed also while the ledger is away. nil: off, or not known.
    public var canary: CanaryFigures?
    /// Whether this hub's settings have canaries sent.
    public var hasCanary = false
    /// Measurements since the start in which a next record's timestamp lay in the future, so that its age was clamped.
    public var skewed = 0

    public init(
        lag: LagReport? = nil, timersDue: Int? = nil, rejectedOpen: Int? = nil, risk: PeopleAtRisk? = nil,
        auditHead: AuditHead? = nil
    ) {
        self.lag = lag
        self.timersDue = timersDue
        self.rejectedOpen = rejectedOpen
        self.risk = risk
        self.auditHead = auditHead
    }
}

/// Measures every ``LagLimits/tickSeconds`` while it runs, and when asked at most every ``LagLimits/freshSeconds``.
///
/// Cluster and ledger are asked on queues of their own: a server that is away or hangs never hides what the other one
/// says, and a scrape never waits long. What it keeps in the ledger is for people to look at; no handover needs it.
public final class Measurements: Sendable {
    private struct State {
        var report: LagReport?
        var reportAt: ContinuousClock.Instant?
        var history = LagHistory()
        var facts = LedgerFacts()
        var canary: CanaryFigures?
        var auditFaults: Int?
        var auditAt: ContinuousClock.Instant?
        var factsAt: ContinuousClock.Instant?
        var skewed = 0
        var isMeasuring = false
        var isReading = false
    }

    private let settings: HubSettings
    private let status: HubStatus?
    private let state = Mutex(State())
    private let readers: RecipientWatch
    private let cluster = DispatchQueue(label: "throughgate-lag")
    private let ledger = DispatchQueue(label: "throughgate-lag-ledger")
    private let audit = DispatchQueue(label: "throughgate-audit", qos: .utility)
    // Touched on `cluster` only.
    private nonisolated(unsafe) var probe: LagProbe?
    private nonisolated(unsafe) var timer: (any DispatchSourceTimer)?
    // Touched on `ledger` only.
    private nonisolated(unsafe) var reader: LedgerFactsReader?

    /// - Parameter status: what the hub of this process says; nil: there is none.
    public init(settings: HubSettings, status: HubStatus? = nil) {
        self.settings = settings
        self.status = status
        readers = RecipientWatch(settings)
    }

    /// Measures regularly from now on, so that there is a past to judge by.
    public func start() {
        cluster.async { [self] in
            let timer = DispatchSource.makeTimerSource(queue: cluster)
            timer.schedule(deadline: .now(), repeating: LagLimits.tickSeconds, leeway: .milliseconds(200))
            timer.setEventHandler { [weak self] in self?.refresh(olderThan: LagLimits.freshSeconds) }
            timer.resume()
            self.timer = timer
        }
    }

    public func stop() {
        cluster.async { [self] in
            timer?.cancel()
            timer = nil
        }
    }

    /// The latest figures, measured anew when they are old.
    public func latest() async -> Figures {
        let start = ContinuousClock.now
        refresh(olderThan: LagLimits.freshSeconds)
        while state.withLock({ $0.isMeasuring || $0.isReading }),
            ContinuousClock.now.seconds(since: start) < LagLimits.patienceSeconds
        {
            try? await Task.sleep(for: .milliseconds(20))
        }
        return state.withLock { state in
            var figures = Figures()
            figures.skewed = state.skewed
            figures.auditFaults = state.auditFaults
            figures.canary = state.canary
            figures.hasCanary = settings.canaryEvery != nil
            if Measurements.isKept(state.reportAt) { figures.lag = state.report }
            guard Measurements.isKept(state.factsAt) else { return figures }
            figures.now = state.facts.now
            figures.timersDue = state.facts.timersDue
            figures.rejectedOpen = state.facts.rejectedOpen
            figures.rejections = state.facts.rejections
            figures.recipients = state.facts.recipients
            figures.curves = state.facts.curves
            figures.risk = state.facts.risk
            figures.auditHead = state.facts.auditHead
            return figures
        }
    }

    private static func isKept(_ at: ContinuousClock.Instant?) -> Bool {
        at.map { ContinuousClock.now.seconds(since: $0) < LagLimits.keptSeconds } ?? false
    }

    private func refresh(olderThan seconds: Double) {
        let now = ContinuousClock.now
        let (asksCluster, asksLedger) = state.withLock { state in
            func isDue(_ at: ContinuousClock.Instant?) -> Bool { at.map { now.seconds(since: $0) >= seconds } ?? true }
            let both = (!state.isMeasuring && isDue(state.reportAt), !state.isReading && isDue(state.factsAt))
            if both.0 { state.isMeasuring = true }
            if both.1 { state.isReading = true }
            return both
        }
        if asksLedger { ledger.async { self.readLedger() } }
        if asksCluster { cluster.async { self.measureCluster() } }
    }

    // MARK: The cluster

    private func measureCluster() {
        defer { state.withLock { $0.isMeasuring = false } }
        do {
            let probe =
                try self.probe
                ?? LagProbe(
                    configuration: settings.kafka, group: settings.prefixedGroup,
                    topics: Topics(prefix: settings.topicPrefix).inbound)
            self.probe = probe
            let heads = status?.snapshot.heads(.now) ?? [:]
            let reading = try probe.measure(.glance, heads: heads)
            judge(reading)
        } catch {
            probe = nil
        }
    }

    private func judge(_ reading: ClusterReading) {
        let at = MachineClock.now()
        var assembly = LagAssembly()
        assembly.hub = status?.snapshot
        assembly.instance = status == nil ? nil : settings.instance
        assembly.rebalances = ownRebalances(assembly.hub)
        state.withLock { state in
            assembly.history = state.history
            if Measurements.isKept(state.factsAt) { state.facts.tell(&assembly) }
        }
        let report = assembly.report(reading, at: at)
        state.withLock { state in
            state.report = report
            state.reportAt = .now
            state.skewed += report.partitions.count { $0.isSkewed }
            for row in report.partitions {
                let place = TopicPartition(row.topic, row.partition)
                guard let seen = reading.readings[place] else { continue }
                state.history.add(seen.sample(at: at, lag: row.lag), of: place)
            }
        }
    }

    private func ownRebalances(_ hub: HubStatus.Snapshot?) -> [RebalanceNote] {
        (hub?.rebalances ?? []).map {
            RebalanceNote(
                at: Instant(milliseconds: $0.atMilliseconds), instance: settings.instance,
                isAssignment: $0.isAssignment, partitions: $0.partitions, generation: $0.generation)
        }
    }

    // MARK: The ledger

    private func readLedger() {
        defer { state.withLock { $0.isReading = false } }
        do {
            let reader = try self.reader ?? LedgerFactsReader(settings)
            self.reader = reader
            let past = try reader.recalled()
            if let past { state.withLock { $0.history.putBefore(past) } }
            var facts = try reader.read()
            let doors = facts.recipients ?? []
            facts.recipients = doors + (readers.latest(except: Set(doors.map(\.recipient))) ?? [])
            let told = facts
            let report = state.withLock { state in
                state.facts = told
                state.factsAt = .now
                state.canary = told.canary
                return state.report
            }
            if let report { try reader.keep(report, ownRebalances(status?.snapshot)) }
            verifyAuditWhenDue()
        } catch {
            reader = nil
        }
    }

    /// Apart from the rest: a long chain takes its time, and nothing waits for it.
    private func verifyAuditWhenDue() {
        let isDue = state.withLock { state in
            let isOld = state.auditAt.map { ContinuousClock.now.seconds(since: $0) > AlertLimits.auditEverySeconds }
            guard isOld ?? true else { return false }
            state.auditAt = .now
            return true
        }
        guard isDue else { return }
        audit.async { [self] in
            var database = settings.postgres
            database.applicationName = "throughgate-audit"
            guard let connection = try? PostgresConnection(database),
                let verdict = try? AuditBook.verify(on: connection)
            else { return }
            state.withLock { $0.auditFaults = verdict.faults.count }
        }
    }
}
