import ArgumentParser
import Foundation
import Gateway
import HandoverRules
import Operations
import Postgres

/// What is wrong now, and the rules by which the hub says so.
struct AlertsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "alerts",
        abstract: "List the alerts that are open; print the rules.",
        discussion: """
            The hub judges its own figures every few seconds and tells alerts.webhook and alerts.email once when \
            something opens and once when it clears. One of several hubs does it; the state lies in PostgreSQL.
            """,
        subcommands: [List.self, Rules.self], defaultSubcommand: List.self)

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List what is open, the gravest first.")

        @OptionGroup var settings: SettingsOption
        @Flag(name: .long, help: "Print JSON.") var json = false

        func run() throws {
            let settings = try settings.load()
            let (standings, lookedAt) = try AlertStore.standings(on: PostgresConnection(settings.postgres))
            var book = AlertBook()
            book.restore(standings, lookedAt: lookedAt)
            if json {
                return Console.say(
                    json: AlertJSON.list(book, at: lookedAt, runbooks: settings.alerts.runbooks))
            }
            for entry in book.open {
                let since = entry.standing.openedAt.map { RFC3339.utc($0) } ?? "-"
                Console.say("\(entry.rule.severity.rawValue)  \(since)  \(entry.rule.name)")
                Console.say("    \(entry.rule.words(entry.standing.value, entry.cause))")
                Console.say("    \(entry.rule.runbook(below: settings.alerts.runbooks))")
            }
            let looked = lookedAt.map { "last judged at \(RFC3339.utc($0))" } ?? "no hub has judged yet"
            Console.note("\(book.open.count) alerts are open; \(looked)")
        }
    }

    struct Rules: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Print the rules as a file for Prometheus, whose Alertmanager routes and silences.")

        func run() { Console.say(String(AlertRule.prometheus.dropLast())) }
    }
}
