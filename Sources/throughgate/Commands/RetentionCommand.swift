import ArgumentParser
import HandoverPipeline
import Operations
import Postgres

/// Ends what is kept beyond its time.
struct RetentionCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "retention",
        abstract: "Empty the bodies of handovers 12 months after their thread closed; erase people by a schedule.",
        discussion: """
            Metadata of handovers stays. With --events-older-than DAYS, the controllers' schedule, a person all of \
            whose events were received longer ago goes entirely, events included, unless a spell is open or a thread \
            is live. Connect as the owner of the tables: the hub's role may not do this. It may be interrupted and \
            run again. Feeds forget what has no body any more; the notes of which token read what, tokens that ended \
            and closed tasks about rejected events go after two years, the notes of where the broker kept an event \
            after half a year.
            """)

    @OptionGroup var settings: SettingsOption
    @Flag(name: .long, help: "Only count.") var preview = false
    @Flag(name: .customLong("run"), help: "Do it.") var isToRun = false
    @Option(name: .long, help: ArgumentHelp("Erase people of whom nothing newer was received.", valueName: "days"))
    var eventsOlderThan: Int?
    @Flag(name: .long, help: "Print JSON.") var json = false

    func validate() throws {
        guard preview != isToRun else { throw ValidationError("--preview or --run") }
        guard eventsOlderThan.map({ $0 >= 365 }) ?? true else {
            throw ValidationError("--events-older-than must be at least 365 days")
        }
    }

    mutating func run() throws {
        var database = try settings.load().postgres
        database.statementTimeout = RegisterImport.statementTimeout
        let connection = try PostgresConnection(database)
        let retention = Retention(
            connection, now: Wall.now(), eventsOlderThan: eventsOlderThan)
        let (numbers, sent) =
            try preview
            ? (retention.preview(), CourierRetention.preview(now: Wall.now(), on: connection))
            : AuditedDeed.run(
                .retention, "the ledger", on: connection, ending: { ["ended": RetentionCommand.text($0.0)] },
                {
                    (
                        try retention.run { Console.progress(RetentionCommand.text($0)) },
                        try CourierRetention.run(now: Wall.now(), on: connection)
                    )
                })
        Console.progress("")
        guard json else {
            let text = RetentionCommand.text(numbers) + ", \(sent) notes of webhooks and e-mail"
            return Console.say((preview ? "would end: " : "ended: ") + text)
        }
        Console.say(
            json: Array(
                """
                {"done":\(isToRun),"bodies":\(numbers.bodies),"persons":\(numbers.persons),"events":\(numbers.events),\
                "feedItems":\(numbers.feedItems),"audits":\(numbers.audits),"ingested":\(numbers.ingested),\
                "tokens":\(numbers.tokens),"rejections":\(numbers.rejections),\
                "webhookTasks":\(numbers.webhookTasks),"sent":\(sent)}
                """.utf8))
    }

    private static func text(_ numbers: Retention.Numbers) -> String {
        """
        \(numbers.bodies) bodies, \(numbers.persons) persons, \(numbers.events) events; of the doors \
        \(numbers.feedItems) places in feeds, \(numbers.audits) notes of use, \(numbers.ingested) notes of events, \
        \(numbers.tokens) ended tokens, \(numbers.rejections) messages of tasks about rejected events, \
        \(numbers.webhookTasks) of tasks of webhooks given up
        """
    }
}
