import ArgumentParser
import Foundation
import HandoverRules
import Operations
import Postgres

/// Why each recipient knows what it knows.
struct ExplainCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain",
        abstract: "Tell what was decided about a person, an event or a handover, and why: oldest first.",
        discussion: """
            Each event and what became of it, each version sent and the events it was decided from, each stand-down, \
            each task, and why something was not sent. Ids and codes only, nothing of the person.
            """)

    @OptionGroup var settings: SettingsOption
    @Option(name: .long, help: "A prison number.", transform: Reading.pattern) var person: NomsNumber?
    @Option(name: .long, help: "An event's id.", transform: Reading.id) var event: UUID?
    @Option(name: .long, help: "A handover's id.", transform: Reading.id) var handover: UUID?
    @Flag(name: .long, help: "Print JSON.") var json = false

    func validate() throws {
        guard [person != nil, event != nil, handover != nil].filter(\.self).count == 1 else {
            throw ValidationError("give one of --person, --event and --handover")
        }
    }

    func run() throws {
        let connection = try PostgresConnection(settings.load().postgres)
        guard let subject, let record = try DecisionRecord.read(subject, on: connection) else {
            throw CommandFailure(.badInput, unknown)
        }
        if json { return Console.say(json: record.json) }
        for line in ExplainText.lines(record) { Console.say(line) }
    }

    private var subject: DecisionSubject? {
        person.map { .person($0) } ?? event.map { .event($0) } ?? handover.map { .handover($0) }
    }

    private var unknown: String {
        if person != nil { return "the ledger has no event of a person with this number; check the number" }
        if event != nil {
            return
                "the ledger has no event of this id, taken or rejected; it may still be on its way: `throughgate lag`"
        }
        return
            "the ledger has no handover of this id; it stands in a handover's handoverId and before the / of its ce_id"
    }
}
