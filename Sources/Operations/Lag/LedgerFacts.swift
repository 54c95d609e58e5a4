import EventContracts
import ExactlyOnceKafka
import HandoverPipeline
import HandoverRules
import Postgres

/// What the ledger says of the lag beside Kafka.
struct LedgerFacts: Sendable {
    /// When it was read, as the hub tells time.
    var now: Instant?
    var timersDue: Int?
    var rejectedOpen: Int?
    var rejections: RejectionFigures?
    var recipients: [RecipientLag]?
    var suspects: [TopicPartition: PartitionFacts.Suspect] = [:]
    var holders: [TopicPartition: RunningInstances.Holder]?
    var rebalances: [RebalanceNote] = []
    var curves: [LagStore.Curve] = []
    var risk: PeopleAtRisk?
    var auditHead: AuditHead?
    var canary: CanaryFigures?

    /// What this process noted itself is newer than what the ledger has.
    func tell(_ assembly: inout LagAssembly) {
        assembly.suspects = suspects
        assembly.holders = holders
        let own = Set(assembly.rebalances)
        assembly.rebalances = (rebalances.filter { !own.contains($0) } + assembly.rebalances).sorted { $0.at < $1.at }
            .suffix(LagLimits.rebalancesMax)
    }
}

/// Reads and writes the ledger for ``Measurements``, over a connection of its own. One thread at a time.
final class LedgerFactsReader {
    private let connection: PostgresConnection
    private let settings: HubSettings
    private var hasRecalled = false
    private var keptMinute: Int64?
    private var curves: [LagStore.Curve] = []
    private var curvesAt: ContinuousClock.Instant?
    private var rejections: RejectionFigures?
    private var rejectionsAt: ContinuousClock.Instant?

    init(_ settings: HubSettings) throws {
        self.settings = settings
        var database = settings.postgres
        database.applicationName = "throughgate-lag"
        // A server that hangs is given up before what is known of it is too old.
        database.statementTimeout = .seconds(5)
        connection = try PostgresConnection(database)
    }

    /// The samples of before the start; once.
    func recalled() throws -> LagHistory? {
        guard !hasRecalled else { return nil }
        let past = try LagStore.recall(topics: Topics(prefix: settings.topicPrefix).inbound, on: connection)
        hasRecalled = true
        return past
    }

    func read() throws -> LedgerFacts {
        var facts = LedgerFacts()
        facts.rejectedOpen = try LedgerView.rejectedOpen(connection)
        facts.rejections = try recentRejections()
        facts.auditHead = try AuditBook.head(on: connection)
        let now = try HubMoment.now(settings.clock, on: connection)
        facts.now = now
        facts.timersDue = try LedgerView.timersDue(connection, now: now)
        facts.risk = try PeopleAtRisk.count(on: connection, now: now)
        facts.curves = try day()
        facts.suspects = try LagStore.suspects(on: connection)
        facts.holders = try RunningInstances.holders(on: connection)
        facts.rebalances = try LagStore.rebalances(limit: LagLimits.rebalancesMax, on: connection)
        facts.recipients = try RecipientLag.overHTTP(on: connection)
        if settings.canaryEvery != nil {
            facts.canary = try CanaryFigures.read(on: connection, now: MachineClock.now())
        }
        return facts
    }

    private func recentRejections() throws -> RejectionFigures? {
        if let rejectionsAt, ContinuousClock.now.seconds(since: rejectionsAt) < AlertLimits.rejectionsEverySeconds {
            return rejections
        }
        rejections = try RejectionFigures.read(on: connection)
        rejectionsAt = .now
        return rejections
    }

    /// Asked for once a minute.
    private func day() throws -> [LagStore.Curve] {
        if let curvesAt, ContinuousClock.now.seconds(since: curvesAt) < 60 { return curves }
        curves = try LagStore.curves(topics: Topics(prefix: settings.topicPrefix).inbound, on: connection)
        curvesAt = .now
        return curves
    }

    /// Once a minute.
    func keep(_ report: LagReport, _ rebalances: [RebalanceNote]) throws {
        let minute = report.at.milliseconds / 60_000
        guard minute != keptMinute else { return }
        try LagStore.keep(report, on: connection)
        try LagStore.keep(rebalances, on: connection)
        keptMinute = minute
    }
}
