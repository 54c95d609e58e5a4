import ArgumentParser
import EventContracts
import Foundation
import HandoverPipeline
import HandoverRules
import Operations
import Postgres

/// Rebuilds what is derived from events, or shows what that would say differently.
struct ReplayCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "replay",
        abstract: "Rebuild spells, timers and record tables from the events, or show what would be said differently.",
        discussion: """
            Decides with the rules and registers in force now. --preview changes nothing and names each handover that \
            would be sent or withdrawn, by id. --run replaces what is derived, some people at a time, and publishes \
            one reference.changed for each person to whom something is to be said: the hub says it, on its one path. \
            Handover versions, rejected records and imports are sources and stay. A run may be interrupted and run \
            again; the hub may go on meanwhile.
            """)

    @OptionGroup var settings: SettingsOption
    @Flag(name: .long, help: "Only show.") var preview = false
    @Flag(name: .customLong("run"), help: "Do it.") var isToRun = false
    @Flag(name: .long, help: "Print JSON.") var json = false

    func validate() throws {
        guard preview != isToRun else { throw ValidationError("give --preview or --run") }
    }

    func run() throws {
        let settings = try settings.load()
        var database = settings.postgres
        database.statementTimeout = RegisterImport.statementTimeout
        let connection = try PostgresConnection(database)
        let replay = Replay(
            connection: connection, topics: Topics(prefix: settings.topicPrefix), settings: settings.hub.rules,
            now: try ReferenceNews.now(settings.clock, on: connection))
        let report =
            try preview
            ? replay.preview { Console.progress("\($0) people looked at") }
            : AuditedDeed.run(
                .replay, "everybody", on: connection, ending: { ["toBeTold": "\($0.toBeTold)"] },
                {
                    // A version of its own: the events that this publishes are none that an import published before.
                    try connection.execute("update register_version set version = version + 1")
                    let report = try replay.run { Console.progress("\($0) people rebuilt") }
                    try renewRecord(settings)
                    return report
                })
        Console.progress("")
        if json {
            Console.say(json: ReplayText.json(report, wasRun: isToRun))
        } else {
            for line in ReplayText.lines(report, wasRun: isToRun) { Console.say(line) }
        }
        if isToRun, report.toBeTold > 0 { publish(settings, connection) }
    }

    /// The record tables of everybody, as the projector makes them.
    private func renewRecord(_ settings: Settings) throws {
        let projector = try RecordProjector(settings.postgres, rules: settings.hub.rules)
        try projector.makeEverybodyDue()
        var persons = 0
        while true {
            let step = try projector.step()
            // A running hub may be at it too.
            guard !step.isIdle else { return }
            persons += step.persons
            Console.progress("record tables of \(persons) people")
        }
    }

    private func publish(_ settings: Settings, _ connection: PostgresConnection) {
        do {
            let published = try DecisionSender(settings).publishOutbox(connection)
            Console.note("\(published) reference.changed published")
        } catch {
            Console.note(
                "what is to be said could not be published: \(CommandFailure(error).message). A running hub does it "
                    + "later; nothing is lost")
        }
    }
}
