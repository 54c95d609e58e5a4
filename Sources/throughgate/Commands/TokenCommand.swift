import ArgumentParser
import EventContracts
import Gateway
import HandoverRules
import Operations
import Postgres

/// Who may use the HTTP doors.
struct TokenCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "token", abstract: "Make, list and revoke the tokens of the HTTP doors.",
        subcommands: [Create.self, List.self, Revoke.self])

    struct Create: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make a token. It is shown once; only a hash of it is kept.",
            discussion: """
                A prison's token publishes events of the prisons it names and sees their tasks; a recipient's reads \
                its handovers and tasks and answers them; a commissioner's sees its tasks.
                """)

        @OptionGroup var settings: SettingsOption

        @Option(
            name: .long, parsing: .upToNextOption,
            help: ArgumentHelp("Prisons that it may publish for.", valueName: "id"))
        var prison: [String] = []
        @Option(name: .long, help: ArgumentHelp("Provider whose handovers it reads.", valueName: "id"))
        var recipient: String?
        @Option(name: .long, help: ArgumentHelp("Commissioner whose tasks it sees.", valueName: "id"))
        var commissioner: String?
        @Option(name: .long, help: "viewer or operator.") var ops: String?
        @Option(name: .long, help: "How long it is good: 90d, 12h. Default: until it is revoked.")
        var expires: String?
        @Flag(name: .long, help: "Print JSON.") var json = false

        /// Longer is as good as for ever, and nobody remembers why.
        private static let daysMax: Int64 = 3_650

        func validate() throws {
            guard [!prison.isEmpty, recipient != nil, commissioner != nil, ops != nil].filter(\.self).count == 1 else {
                throw ValidationError("give exactly one of --prison, --recipient, --commissioner and --ops")
            }
            for id in prison where PrisonID(id) == nil { throw ValidationError("--prison \(PrisonID.rule)") }
            for id in [recipient, commissioner].compactMap(\.self) where ProviderID(id) == nil {
                throw ValidationError("--recipient and --commissioner \(ProviderID.rule)")
            }
            guard ops.map({ TokenScope.OpsRole(rawValue: $0) != nil }) ?? true else {
                throw ValidationError("--ops must be viewer or operator")
            }
            guard expires == nil || lifetime != nil else {
                throw ValidationError("--expires must be hours or days from 1h to 3650d, such as 90d")
            }
        }

        func run() throws {
            let connection = try PostgresConnection(settings.load().postgres)
            let made = try AuditedDeed.run(
                .tokenCreate, "token", ["scope": scope.text], on: connection, ending: { ["token": $0.record.id] },
                { try TokenStore.create(scope, lifetime: lifetime, on: connection) })
            if json { return Console.say(json: TokenText.json(made.record, token: made.token)) }
            Console.say(made.token)
            Console.note("\(TokenText.line(made.record)); it is not shown again")
        }

        private var scope: TokenScope {
            if let role = ops.flatMap(TokenScope.OpsRole.init(rawValue:)) { return .ops(role) }
            if let recipient { return .recipient(recipient) }
            if let commissioner { return .commissioner(commissioner) }
            return .prisons(Array(Set(prison)).sorted())
        }

        private var lifetime: Span? {
            guard let expires, let number = Int64(expires.dropLast()), number > 0 else { return nil }
            let hours: Int64
            switch expires.last {
            case "h": hours = number
            case "d" where number <= Create.daysMax: hours = number * 24
            default: return nil
            }
            return hours <= Create.daysMax * 24 ? .hours(hours) : nil
        }
    }

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List every token, ended ones too; no secrets.")

        @OptionGroup var settings: SettingsOption
        @Flag(name: .long, help: "Print JSON.") var json = false

        func run() throws {
            let tokens = try TokenStore.list(on: PostgresConnection(settings.load().postgres))
            if json {
                var bytes: [UInt8] = [UInt8(ascii: "[")]
                for (index, token) in tokens.enumerated() {
                    if index > 0 { bytes.append(UInt8(ascii: ",")) }
                    bytes += TokenText.json(token, token: nil)
                }
                return Console.say(json: bytes + [UInt8(ascii: "]")])
            }
            for token in tokens { Console.say(TokenText.line(token)) }
            Console.note("\(tokens.count) tokens")
        }
    }

    struct Revoke: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "End a token at once, for every hub; its open streams end within seconds.")

        @OptionGroup var settings: SettingsOption
        @Argument(help: "Its id, as `token list` shows it.") var id: String

        func run() throws {
            let connection = try settings.connection()
            try AuditedDeed.run(.tokenRevoke, "token:\(id)", on: connection) {
                guard try TokenStore.revoke(id, on: connection) else {
                    throw CommandFailure(
                        .badInput, "no token with that id is in use; `throughgate token list` shows them")
                }
            }
            Console.say("revoked")
        }
    }
}

/// Tokens as text.
enum TokenText {
    /// contract.md §10.
    static func json(_ record: TokenRecord, token: String?) -> [UInt8] {
        var writer = JSONWriter()
        func write(_ name: String, _ text: String?) {
            writer.name(name)
            if let text { writer.string(text) } else { writer.null() }
        }
        writer.beginObject()
        write("id", record.id)
        if let token { write("token", token) }
        write("scope", record.scope.text)
        if token == nil { write("createdAt", RFC3339.utc(record.createdAt)) }
        write("expiresAt", record.expiresAt.map(RFC3339.utc))
        if token == nil {
            write("revokedAt", record.revokedAt.map(RFC3339.utc))
            write("lastUsedAt", record.lastUsedAt.map(RFC3339.utc))
        }
        writer.endObject()
        return writer.bytes
    }

    static func line(_ record: TokenRecord) -> String {
        var parts = [record.id, record.scope.text]
        if let at = record.revokedAt {
            parts.append("revoked \(RFC3339.utc(at))")
        } else if let at = record.expiresAt {
            parts.append("expires \(RFC3339.utc(at))")
        }
        if let at = record.lastUsedAt { parts.append("last used \(RFC3339.utc(at))") }
        return parts.joined(separator: "  ")
    }
}
