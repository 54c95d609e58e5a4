import ArgumentParser
import EventContracts
import Foundation
import HandoverPipeline
import Operations
import Postgres

/// Loads a register from a CSV file.
struct ImportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import",
        abstract: "Load a register from a CSV file: add and change rows, all or nothing.",
        discussion: """
            UTF-8, header line, columns in any order. Columns that the file does not have stay as they are; rows that \
            it does not have stay too. A fault names line and column, and nothing of the file is kept.

            \(RegisterKind.allCases.map(ImportCommand.columns).joined(separator: "\n"))

            A running hub decides with the new rows from its next batch on. Each person with a live spell whose record \
            or route an import changes is looked at again, so that what was sent without it is corrected: the import \
            publishes one reference.changed for each. Rules and words count from a person's next event on.
            """)

    @OptionGroup var settings: SettingsOption

    @Argument(
        help: "What the file holds: \(RegisterKind.allCases.map(\.rawValue).joined(separator: ", ")).",
        transform: { text in
            guard let kind = RegisterKind(rawValue: text) else { throw ValidationError("no such register") }
            return kind
        })
    var kind: RegisterKind

    @Argument(help: "The CSV file, or - for standard input.")
    var file: String

    func run() throws {
        let settings = try settings.load()
        let input = try InputFile(file)
        var database = settings.postgres
        database.statementTimeout = RegisterImport.statementTimeout
        // Between two chunks of a slow pipe the server hears nothing.
        database.idleInTransactionSessionTimeout = nil
        let connection = try PostgresConnection(database)
        let kind = kind.rawValue
        do {
            let topics = Topics(prefix: settings.topicPrefix)
            let news = ReferenceNews(topics: topics, at: try ReferenceNews.now(settings.clock, on: connection))
            let folder = file == "-" ? "." : URL(fileURLWithPath: file).deletingLastPathComponent().path
            let summary = try AuditedDeed.run(
                .importFile, kind, on: connection,
                ending: { ["added": "\($0.added)", "changed": "\($0.changed)", "rows": "\($0.rows)"] },
                {
                    try RegisterImport(self.kind).run(
                        on: connection, chunks: input.chunk, keyFolder: folder, news: news
                    ) { count in
                        Console.progress("\(kind): \(count) rows read")
                    }
                })
            Console.progress("")
            Console.say(
                "\(kind): \(summary.rows) rows: \(summary.added) added, \(summary.changed) changed, "
                    + "\(summary.unchanged) as they were")
            if summary.keys > 0 { Console.say("\(summary.keys) recipients' keys added, changed or retired") }
            if summary.concerned > 0 { tell(summary.concerned, settings, connection) }
        } catch let problem as ImportProblem {
            throw CommandFailure(.badInput, "\(file): \(problem); nothing was imported")
        }
    }

    /// What is not published now lies in the outbox, and the import has done its part.
    private func tell(_ concerned: Int, _ settings: Settings, _ connection: PostgresConnection) {
        let people = concerned == 1 ? "1 person with a live spell is" : "\(concerned) people with a live spell are"
        do {
            let published = try DecisionSender(settings).publishOutbox(connection)
            Console.say("\(people) looked at again (\(published) reference.changed published)")
        } catch {
            Console.note(
                "\(people) to be looked at again, which could not be published: \(CommandFailure(error).message). A "
                    + "running hub publishes it later; nothing is lost")
        }
    }

    private static func columns(of kind: RegisterKind) -> String {
        let (required, optional) = kind.columns
        let more = optional.isEmpty ? "" : " [\(optional.joined(separator: ", "))]"
        return "\(kind.rawValue): \(required.joined(separator: ", "))\(more)"
    }
}
