import ArgumentParser
import Foundation

/// The program. Each command is a file below Commands/.
@main
struct Throughgate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "throughgate",
        abstract: "Tells community services, exactly once and in time, who is leaving prison and what to reinforce.",
        discussion: """
            Settings: a YAML file (--config or THROUGHGATE_CONFIG), each key overridden by THROUGHGATE_… variables.
            Exit codes: 0 ok, 64 usage, 65 bad input data, 69 a server is unavailable, 70 internal, 78 settings.
            """,
        version: Build.version,
        subcommands: [
            RunCommand.self, MigrateCommand.self, TopicsCommand.self, CheckCommand.self, ImportCommand.self,
            PublishCommand.self, SubscribeCommand.self, LagCommand.self, RejectedCommand.self, TasksCommand.self,
            ExplainCommand.self, ReplayCommand.self, ReportCommand.self, RetentionCommand.self, TokenCommand.self,
            ConformanceCommand.self, WebhooksCommand.self, AuditCommand.self, AlertsCommand.self, DemoCommand.self,
            BenchCommand.self, CostCommand.self, StepsCommand.self, DoorsCommand.self, PeersCommand.self,
            WatchCostCommand.self, GrowthCommand.self,
            BenchHubCommand.self, SoakCommand.self, TortureCommand.self, HealthyCommand.self,
            PoisonCommand.self,
        ])

    static func main() async {
        // A reader that goes away is an error of write(), not the end of the process.
        signal(SIGPIPE, SIG_IGN)
        do {
            var command = try parseAsRoot()
            if var asynchronous = command as? any AsyncParsableCommand {
                try await asynchronous.run()
            } else {
                try command.run()
            }
        } catch let error where isOwn(error) {
            let failure = CommandFailure(error)
            Console.progress("")
            Console.note("throughgate: \(failure.message)")
            Foundation.exit(failure.status)
        } catch {
            exit(withError: error)
        }
    }

    /// ArgumentParser's own errors (usage, help, version) carry their text and exit code themselves.
    private static func isOwn(_ error: any Error) -> Bool {
        let home = String(reflecting: type(of: error))
        return !home.hasPrefix("ArgumentParser.")
    }
}

/// What this program is.
enum Build {
    static let version = "0.1.0"
}

/// `--config FILE`, shared by every command.
struct SettingsOption: ParsableArguments {
    @Option(name: .long, help: ArgumentHelp("Settings file (YAML). Default: THROUGHGATE_CONFIG.", valueName: "file"))
    var config: String?

    func load() throws -> Settings {
        try Settings.load(file: config, environment: ProcessInfo.processInfo.environment)
    }
}
