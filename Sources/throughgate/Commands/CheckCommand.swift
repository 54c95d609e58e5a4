import ArgumentParser
import EventContracts

/// The doctor: looks at everything the hub needs and says what to mend.
struct CheckCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Check settings, broker, topics, schema, clock and reference data. Changes nothing.",
        discussion: """
            Exit code 0 when the hub can run (warnings included), 69 when a server cannot be reached, 78 when \
            something must be mended. Access rights are not tried out: `topics plan` prints the ACLs that are needed.
            """)

    @OptionGroup var settings: SettingsOption

    @Flag(name: .long, help: "Print JSON.") var json = false

    func run() throws {
        let settings = try settings.load()
        let findings =
            Finding.ofSettings(settings) + BrokerCheck(settings).findings() + LedgerCheck(settings).findings()
            + CourierCheck(settings: settings).findings() + DoorCheck(settings: settings).findings()
        if json {
            Console.say(json: Finding.json(findings))
        } else {
            for finding in findings { Console.say(finding.line) }
        }
        let failed = findings.filter { $0.level == .failed }
        guard !failed.isEmpty else { return }
        let status: ExitStatus = failed.contains { $0.isUnavailable } ? .unavailable : .settings
        throw CommandFailure(status, "\(failed.count) of \(findings.count) checks failed")
    }
}
