import ArgumentParser
import EventContracts
import Foundation
import Operations

/// How far the hub is behind.
struct LagCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "lag",
        abstract: "Show how far the hub is behind, per partition, whether it runs or not.",
        discussion: """
            Counts deliverable records (transaction markers are none) by reading at most 1 s a partition; beyond that \
            it shows the difference of offsets, "exact": false.
            """)

    @OptionGroup var settings: SettingsOption

    @Flag(name: .long, help: "Again and again, until interrupted.") var watch = false

    @Flag(name: .long, help: "Print JSON; with --watch one object a line.") var json = false

    private static let pause: TimeInterval = 2

    func run() throws {
        let settings = try settings.load()
        let probe = try LagProbe(
            configuration: settings.kafka, group: settings.hub.prefixedGroup,
            topics: Topics(prefix: settings.topicPrefix).inbound)
        while true {
            let report = try probe.measure(.count, now: Wall.now)
            if json {
                Console.say(json: report.json)
            } else {
                for line in report.table { Console.say(line) }
            }
            guard watch else { return }
            if !json { Console.say() }
            Thread.sleep(forTimeInterval: LagCommand.pause)
        }
    }
}
