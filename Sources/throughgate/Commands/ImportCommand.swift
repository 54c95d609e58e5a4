import ArgumentParser
import Foundation
import HandoverPipeline
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

            A running hub decides with the new rows from its next batch on. Handovers that went out before are not \
            corrected by an import in this version.
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
            let summary = try RegisterImport(self.kind).run(on: connection, chunks: input.chunk) { count in
                Console.progress("\(kind): \(count) rows read")
            }
            Console.progress("")
            Console.say(
                "\(kind): \(summary.rows) rows: \(summary.added) added, \(summary.changed) changed, "
                    + "\(summary.unchanged) as they were")
        } catch let problem as ImportProblem {
            throw CommandFailure(.badInput, "\(file): \(problem); nothing was imported")
        }
    }

    private static func columns(of kind: RegisterKind) -> String {
        let (required, optional) = kind.columns
        let more = optional.isEmpty ? "" : " [\(optional.joined(separator: ", "))]"
        return "\(kind.rawValue): \(required.joined(separator: ", "))\(more)"
    }
}
