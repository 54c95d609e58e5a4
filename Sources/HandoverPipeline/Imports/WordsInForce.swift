import HandoverRules
import Postgres

/// What is said before an import of words, to hold the import to one rule: a version says always the same words. A row
/// that changes what is said needs a version above the one in force.
struct WordsInForce {
    private let table: RegisterTable
    private let before: [Place: String]
    private let version: Int

    /// Whose words, and for whom.
    private struct Place: Hashable {
        var code: String
        var language: String
        var product: String
    }

    init(_ session: PostgresConnection, _ table: RegisterTable) throws {
        self.table = table
        let words = try WordTables.load { try session.query($0) }
        let isMessages = table.key.contains("id")
        before = isMessages ? WordsInForce.messages(words.messages) : WordsInForce.actions(words.actions)
        version = isMessages ? words.messageVersion : words.actionVersion
    }

    /// - Throws: ``ImportProblem`` for the first row that changes what is said under a version that said it otherwise.
    func check(_ session: PostgresConnection, stored names: [String]) throws {
        let words = try WordTables.load { try session.query($0) }
        let isMessages = table.key.contains("id")
        let after = isMessages ? WordsInForce.messages(words.messages) : WordsInForce.actions(words.actions)
        let changed = Set(after.filter { before[$0.key] != $0.value }.map(\.key.code))
        guard !changed.isEmpty else { return }
        func given(_ name: String, _ otherwise: String) -> String { names.contains(name) ? name : "'\(otherwise)'" }
        let key = table.key[0]
        let rows = try session.query(
            """
            select line, \(unsafeRaw: key), \(unsafeRaw: given("language", "en")),
                \(unsafeRaw: isMessages ? given("product", "") : "''")
            from incoming where version <= \(version) and \(unsafeRaw: key) = any(\(changed.sorted())) order by line
            """)
        for row in rows {
            let place = Place(code: try row[1], language: try row[2], product: try row[3])
            guard before[place] != after[place] else { continue }
            throw ImportProblem(
                line: try row[0], column: "version",
                "changes what is said under version \(version); give the changed rows a version above it")
        }
    }

    private static func messages(_ messages: [KeyMessage]) -> [Place: String] {
        var words: [Place: String] = [:]
        for message in messages {
            let called = message.audience.letters + " " + message.triggers.codes.joined(separator: " ") + " "
            words[Place(code: message.id, language: "en", product: "")] = called + message.wording
            for variant in message.variants {
                let place = Place(
                    code: message.id, language: variant.language.rawValue, product: variant.product?.rawValue ?? "")
                words[place] = called + variant.wording
            }
        }
        return words
    }

    private static func actions(_ actions: [ActionCode: [WordingLanguage: String]]) -> [Place: String] {
        var words: [Place: String] = [:]
        for action in ActionCode.allCases {
            words[Place(code: action.rawValue, language: "en", product: "")] = action.wording
            for (language, wording) in actions[action] ?? [:] {
                words[Place(code: action.rawValue, language: language.rawValue, product: "")] = wording
            }
        }
        return words
    }
}
