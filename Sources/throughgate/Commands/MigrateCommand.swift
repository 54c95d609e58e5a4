import ArgumentParser
import HandoverPipeline
import Postgres

/// Brings the ledger's schema to this program's version.
struct MigrateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "migrate",
        abstract: "Create or update the tables in PostgreSQL.",
        discussion: """
            Safe to run again and from several machines at once; a crash leaves whole migrations only.

            Also gives the roles throughgate_hub and throughgate_ops their rights. Run the hub as a member of \
            throughgate_hub: it cannot alter tables, delete events or change what was recorded. throughgate_ops reads, \
            without names, prison numbers or bodies. Where this user may not create roles, the lines to run are shown.
            """)

    @OptionGroup var settings: SettingsOption

    func run() throws {
        let settings = try settings.load()
        let connection = try PostgresConnection(settings.postgres)
        let done = try Migrator(LedgerMigrations.all).apply(on: connection)
        for migration in done { Console.say("applied \(migration.number) \(migration.name)") }
        let lines = try LedgerRoles.grant(on: connection)
        if !lines.isEmpty {
            Console.note("this user may not create roles; somebody who may runs:")
            for line in lines { Console.note("  " + line) }
        }
        Console.say(done.isEmpty ? "the schema is current" : "the schema is now current")
    }
}
