import ArgumentParser
import EventContracts
import Gateway
import HandoverRules
import Operations
import Postgres

/// What goes to recipients' webhooks, and what was given up.
struct WebhooksCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "webhooks",
        abstract: "Look at webhooks, try dead letters again, pause a recipient, make and revoke signing secrets.",
        discussion: """
            A recipient with a webhook_url (import providers) and a secret gets every version of its handovers by \
            POST, in the order of its feed. What is not taken within 72 hours is a dead letter: `list` counts them, \
            `retry` sends them again.
            """,
        subcommands: [List.self, Show.self, Retry.self, Pause.self, WebhookSecretCommand.self])

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List recipients with a webhook: state, what waits, dead letters.")

        @OptionGroup var settings: SettingsOption
        @Flag(name: .long, help: "Print JSON.") var json = false

        func run() throws {
            let doors = try WebhookBook.doors(on: PostgresConnection(settings.load().postgres))
            if json { return Console.say(json: WebhookText.json(doors)) }
            for door in doors { Console.say(WebhookText.line(door)) }
            Console.note("\(doors.count) recipients with a webhook")
        }
    }

    struct Show: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show a recipient's dead letters and what waits for it, in the order of its feed.")

        /// More is too much to read; what waits goes by itself.
        private static let rowsMax = 1_000

        @OptionGroup var settings: SettingsOption
        @Option(name: .long, help: ArgumentHelp("The recipient.", valueName: "id")) var recipient: String
        @Flag(name: .long, help: "Print JSON.") var json = false

        func run() throws {
            let connection = try PostgresConnection(settings.load().postgres)
            guard let door = try WebhookBook.doors(recipient: recipient, on: connection).first else {
                throw CommandFailure.noWebhook
            }
            let rows = try WebhookBook.deliveries(of: recipient, limit: Show.rowsMax, on: connection)
            if json { return Console.say(json: WebhookText.json(door, rows)) }
            Console.say(WebhookText.line(door))
            for row in rows { Console.say(WebhookText.line(row)) }
        }
    }

    struct Retry: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Send again: dead letters, and a recipient that is paused, gone or waiting.")

        @OptionGroup var settings: SettingsOption
        @Option(name: .long, help: ArgumentHelp("The recipient.", valueName: "id")) var recipient: String
        @Argument(help: "Places of dead letters, as `show` lists them. None: all of them.") var positions: [Int64] = []
        @Flag(name: .long, help: "Print JSON.") var json = false

        func run() throws {
            let connection = try PostgresConnection(settings.load().postgres)
            let revived = try AuditedDeed.run(.webhook, recipient, ["act": "retry"], on: connection) {
                let revived = try WebhookBook.retry(
                    recipient, positions: positions.isEmpty ? nil : positions, now: Wall.now(), on: connection)
                guard let revived else { throw CommandFailure.noWebhook }
                return revived
            }
            if json { return Console.say(json: Array(#"{"retried":\#(revived)}"#.utf8)) }
            Console.say("\(revived) dead letters wait again")
        }
    }

    struct Pause: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Send nothing to a recipient until `retry`; what comes meanwhile is kept.")

        @OptionGroup var settings: SettingsOption
        @Option(name: .long, help: ArgumentHelp("The recipient.", valueName: "id")) var recipient: String
        @Flag(name: .long, help: "Print JSON.") var json = false

        func run() throws {
            let connection = try PostgresConnection(settings.load().postgres)
            try AuditedDeed.run(.webhook, recipient, ["act": "pause"], on: connection) {
                guard try WebhookBook.pause(recipient, on: connection) else { throw CommandFailure.noWebhook }
            }
            if json { return Console.say(json: Array(#"{"paused":true}"#.utf8)) }
            Console.say("paused")
        }
    }
}

extension CommandFailure {
    fileprivate static var noWebhook: CommandFailure {
        CommandFailure(.badInput, "no such recipient has a webhook; `webhooks list` shows them")
    }
}
