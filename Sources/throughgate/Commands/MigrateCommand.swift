import ArgumentParser
import HandoverPipeline
import Postgres

/// Brings the ledger's schema to this program's version.
struct MigrateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "migrate",
        abstract: "Create or update the tables in PostgreSQL.",
        discussion: "Safe to run again and from several machines at once; a crash leaves whole migrations only.")

    @OptionGroup var settings: SettingsOption

    func run() throws {
        let settings = try settings.load()
        let connection = try PostgresConnection(settings.postgres)
        let done = try Migrator(LedgerMigrations.all).apply(on: connection)
        for migration in done { Console.say("applied \(migration.number) \(migration.name)") }
        Console.say(done.isEmpty ? "the schema is current" : "the schema is now current")
    }
}
