import ArgumentParser
import EventContracts
import Foundation
import Gateway
import HandoverPipeline
import HandoverRules
import Operations
import Postgres

/// How far the hub is behind.
struct LagCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "lag",
        abstract: "Show how far the hub is behind, per partition, whether it runs or not.",
        discussion: """
            A hub that runs on this machine is asked: it knows what it has in hand. Without one the cluster is asked: \
            deliverable records (transaction markers are none) are counted by reading at most 1 s a partition; beyond \
            that it shows the difference of offsets, "exact": false. History comes from PostgreSQL where it answers.
            """)

    @OptionGroup var settings: SettingsOption

    @Flag(name: .long, help: "Again and again, until interrupted.") var watch = false

    @Flag(name: .long, help: "Print JSON; with --watch one object a line.") var json = false

    private static let pause: Duration = .seconds(2)

    func run() async throws {
        let settings = try settings.load()
        var probe: ClusterProbes?
        while true {
            if let answer = await fromHub(settings) {
                show(answer)
            } else {
                let asked = try probe ?? ClusterProbes(settings)
                probe = asked
                show(try asked.report(settings))
            }
            guard watch else { return }
            if !json { Console.say() }
            try await Task.sleep(for: LagCommand.pause)
        }
    }

    /// nil where no hub of these settings answers.
    private func fromHub(_ settings: Settings) async -> LagReport? {
        let bytes = await Gateway.lag(
            host: settings.http.host, port: settings.http.port, isTLS: settings.tls != nil)
        guard let report = bytes.flatMap(LagReport.init(json:)), report.group == settings.hub.prefixedGroup else {
            return nil
        }
        return report
    }

    private func show(_ report: LagReport) {
        if json { return Console.say(json: report.json) }
        for line in report.table(width: Console.width) { Console.say(line) }
    }
}

/// Where no hub answers: the cluster and the ledger are asked.
private final class ClusterProbes {
    private let lag: LagProbe
    private let recipients: RecipientProbe
    private let inbound: [String]
    /// Of readers of Kafka: coordinators are asked as seldom as by a hub.
    private var readers: (rows: [RecipientLag], askedAt: ContinuousClock.Instant)?

    init(_ settings: Settings) throws {
        let topics = Topics(prefix: settings.topicPrefix)
        inbound = topics.inbound
        lag = try LagProbe(configuration: settings.kafka, group: settings.hub.prefixedGroup, topics: inbound)
        recipients = try RecipientProbe(configuration: settings.kafka, topics: topics)
    }

    /// Without the ledger it is Kafka's word alone.
    func report(_ settings: Settings) throws -> LagReport {
        let reading = try lag.measure(.count)
        var assembly = LagAssembly()
        let connection = try? PostgresConnection(settings.postgres)
        if let connection {
            assembly.holders = try? RunningInstances.holders(on: connection)
            assembly.suspects = (try? LagStore.suspects(on: connection)) ?? [:]
            assembly.history = (try? LagStore.recall(topics: inbound, on: connection)) ?? LagHistory()
            assembly.rebalances =
                (try? LagStore.rebalances(limit: LagLimits.rebalancesMax, on: connection)) ?? []
        }
        var report = assembly.report(reading, at: Wall.now())
        report.recipients = connection.flatMap(waiting)
        return report
    }

    private func waiting(_ connection: PostgresConnection) -> [RecipientLag]? {
        guard let doors = try? RecipientLag.overHTTP(on: connection) else { return nil }
        let isOld = readers.map { $0.askedAt + .seconds(LagLimits.recipientsEverySeconds) <= .now } ?? true
        if isOld {
            let rows = try? recipients.measure(except: Set(doors.map(\.recipient)), on: connection)
            readers = (rows ?? [], .now)
        }
        return doors + (readers?.rows ?? [])
    }
}
