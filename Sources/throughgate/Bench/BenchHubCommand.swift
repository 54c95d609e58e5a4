import ArgumentParser
import EventContracts
import ExactlyOnceKafka
import Foundation
import HandoverPipeline
import HandoverRules
import Logging
import Postgres

/// `throughgate bench-hub`: the hub as one program among those that `bench` compares. Like the others it takes its
/// settings from the environment, says FIRST and DONE with the time, and ends when its standard input does.
struct BenchHubCommand: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "bench-hub", shouldDisplay: false)

    @Flag(help: "Measure lag, judge alerts, watch recipients and answer /metrics meanwhile.")
    var watched = false

    func run() throws {
        let total = Int(try Self.setting("TOTAL")) ?? 0
        let topics = Topics()
        let settings = try Self.settings()
        let log = Logger(label: "bench-hub") { _ in LogLines(level: .error, format: .text) }
        let status = HubStatus()
        let hub = Hub(settings: settings, log: log, status: status)
        if watched { try BenchWatch.begin(settings, status, log) }
        let ended = DispatchSemaphore(value: 0)
        Thread.detachNewThread {
            do { try hub.run() } catch { Console.note("throughgate: \(error)") }
            ended.signal()
        }
        Thread.detachNewThread {
            while FileHandle.standardInput.availableData.count > 0 {}
            hub.stop()
        }
        var isBegun = false
        while ended.wait(timeout: .now() + .milliseconds(5)) == .timedOut {
            let done = hub.status.snapshot.events.filter { $0.key.topic != topics.timers }.reduce(0) { $0 + $1.value }
            // The first batch has been decoded and is not recorded yet: as early as the others say it.
            let begins = !isBegun && (hub.status.snapshot.stages[.decode]?.count ?? 0) > 0
            if begins { Console.say("FIRST \(Date().timeIntervalSince1970)") }
            isBegun = isBegun || begins
            if total > 0, done >= total {
                Console.say("DONE \(Date().timeIntervalSince1970)")
                ended.wait()
                return
            }
        }
    }

    /// Releases go out at once, as they do in the programs beside it.
    private static func settings() throws -> HubSettings {
        var rules = Rulebook()
        rules.releaseHold = .zero
        return HubSettings(
            instance: ProcessInfo.processInfo.environment["INSTANCE"] ?? "bench", group: try setting("GROUP"),
            clock: .system, rules: rules,
            kafka: try KafkaConfiguration(
                bootstrapServers: setting("KAFKA"), properties: ["receive.message.max.bytes": "1000000000"]),
            postgres: try PostgresConfiguration(url: setting("POSTGRES")))
    }

    private static func setting(_ name: String) throws -> String {
        guard let value = ProcessInfo.processInfo.environment[name] else {
            throw CommandFailure(.settings, "\(name) is not set; `throughgate bench` starts this program")
        }
        return value
    }
}
