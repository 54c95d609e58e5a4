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

/// `webhooks secret …`
struct WebhookSecretCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "secret", abstract: "The secrets that sign webhooks (Standard Webhooks, whsec_…).",
        subcommands: [Create.self, Rotate.self, Revoke.self, List.self])

    struct Create: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make a recipient's first secret. It is shown once.")

        @OptionGroup var settings: SettingsOption
        @Option(name: .long, help: ArgumentHelp("The recipient.", valueName: "id")) var recipient: String
        @Flag(name: .long, help: "Print JSON.") var json = false

        func run() throws {
            let connection = try PostgresConnection(settings.load().postgres)
            try WebhookSecretCommand.say("create", recipient, json, connection) {
                try WebhookSecrets.create(for: recipient, on: connection)
            }
        }
    }

    struct Rotate: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make a further secret. Both sign until the old one is revoked.")

        @OptionGroup var settings: SettingsOption
        @Option(name: .long, help: ArgumentHelp("The recipient.", valueName: "id")) var recipient: String
        @Flag(name: .long, help: "Print JSON.") var json = false

        func run() throws {
            let connection = try PostgresConnection(settings.load().postgres)
            try WebhookSecretCommand.say("rotate", recipient, json, connection) {
                try WebhookSecrets.rotate(for: recipient, on: connection)
            }
        }
    }

    struct Revoke: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Sign with a secret no more.")

        @OptionGroup var settings: SettingsOption
        @Argument(help: "Its id, as `list` shows it.") var id: String

        func run() throws {
            let connection = try PostgresConnection(settings.load().postgres)
            try AuditedDeed.run(.webhook, id, ["act": "secret revoke"], on: connection) {
                guard try WebhookSecrets.revoke(id, on: connection) else {
                    throw CommandFailure(
                        .badInput, "no secret with that id is in use; `webhooks secret list` shows them")
                }
            }
            Console.say("revoked")
        }
    }

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List secrets, ended ones too; never the secret.")

        @OptionGroup var settings: SettingsOption
        @Option(name: .long, help: ArgumentHelp("Only this recipient's.", valueName: "id")) var recipient: String?
        @Flag(name: .long, help: "Print JSON.") var json = false

        func run() throws {
            let records = try WebhookSecrets.list(of: recipient, on: PostgresConnection(settings.load().postgres))
            if json { return Console.say(json: WebhookText.json(records)) }
            for record in records {
                let end = record.revokedAt.map { "revoked \(RFC3339.utc($0))" } ?? "in use"
                Console.say("\(record.id)  \(record.recipient)  made \(RFC3339.utc(record.createdAt))  \(end)")
            }
        }
    }

    fileprivate static func say(
        _ act: String, _ recipient: String, _ json: Bool, _ connection: PostgresConnection,
        _ make: () throws -> (text: String, id: String)
    ) throws {
        let made: (text: String, id: String)
        do {
            made = try AuditedDeed.run(
                .webhook, recipient, ["act": "secret \(act)"], on: connection, ending: { ["secret": $0.id] }, make)
        } catch let refusal as WebhookSecrets.Refusal {
            throw CommandFailure(.badInput, words(refusal))
        }
        guard json else {
            Console.say(made.text)
            return Console.note("\(made.id) of \(recipient); it is not shown again")
        }
        var writer = JSONWriter()
        writer.beginObject()
        for (name, text) in [("id", made.id), ("recipient", recipient), ("secret", made.text)] {
            writer.name(name)
            writer.string(text)
        }
        writer.endObject()
        Console.say(json: writer.bytes)
    }

    private static func words(_ refusal: WebhookSecrets.Refusal) -> String {
        switch refusal {
        case .unknownRecipient: "no provider has this id; `throughgate import providers` brings them in"
        case .isThere: "the recipient has a secret; `webhooks secret rotate` makes another beside it"
        case .isAbsent: "the recipient has no secret yet; `webhooks secret create` makes one"
        case .tooMany: "the recipient has as many secrets as there may be; revoke the oldest first"
        }
    }
}

extension CommandFailure {
    fileprivate static var noWebhook: CommandFailure {
        CommandFailure(.badInput, "no such recipient has a webhook; `webhooks list` shows them")
    }
}
