import ArgumentParser
import EventContracts
import Gateway
import HandoverRules
import Operations
import Postgres

/// `webhooks secret …`
struct WebhookSecretCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "secret", abstract: "The secrets that sign webhooks (Standard Webhooks, whsec_…).",
        subcommands: [Create.self, Rotate.self, Revoke.self, List.self])

    struct Create: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make a recipient's first secret. It is shown once.")

        @OptionGroup var making: SecretMaking

        func run() throws { try making.make("secret create") { try WebhookSecrets.create(for: $0, on: $1) } }
    }

    struct Rotate: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make a further secret. Both sign until the old one is revoked.")

        @OptionGroup var making: SecretMaking

        func run() throws { try making.make("secret rotate") { try WebhookSecrets.rotate(for: $0, on: $1) } }
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
}

/// What both ways to make a secret are told, and do with it.
struct SecretMaking: ParsableArguments {
    @OptionGroup var settings: SettingsOption
    @Option(name: .long, help: ArgumentHelp("The recipient.", valueName: "id")) var recipient: String
    @Flag(name: .long, help: "Print JSON.") var json = false

    /// - Parameters:
    ///   - act: as the audit names it.
    ///   - secret: makes it for the recipient.
    func make(
        _ act: String, _ secret: (String, PostgresConnection) throws -> (text: String, id: String)
    ) throws {
        let connection = try PostgresConnection(settings.load().postgres)
        let made: (text: String, id: String)
        do {
            made = try AuditedDeed.run(
                .webhook, recipient, ["act": act], on: connection, ending: { ["secret": $0.id] },
                { try secret(recipient, connection) })
        } catch let refusal as WebhookSecrets.Refusal {
            throw CommandFailure(.badInput, SecretMaking.words(refusal))
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
