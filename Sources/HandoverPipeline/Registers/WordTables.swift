public import HandoverRules
public import Postgres

/// Key messages and action wordings in force: what is built in, and in its place what was imported.
struct WordTables {
    /// In the order in which they are given.
    var messages: [KeyMessage]
    var messageVersion: Int
    var actions: [ActionCode: [WordingLanguage: String]] = [:]
    var actionVersion: Int

    /// `2`; `2/1` where the key messages' version and the actions' differ.
    var version: String {
        messageVersion == actionVersion ? String(messageVersion) : "\(messageVersion)/\(actionVersion)"
    }

    /// The built-in words' version, a whole number.
    private static let builtInVersion = Int(KeyMessageCatalogue.builtIn.version) ?? 1

    static func load(_ query: (SQL) throws -> PostgresRows) throws -> WordTables {
        var words = WordTables(
            messages: [], messageVersion: builtInVersion, actionVersion: builtInVersion)
        try words.loadMessages(query)
        try words.loadActions(query)
        return words
    }

    /// A message that is imported takes the place of the built-in one of its id, all of it; its rank says where.
    private mutating func loadMessages(_ query: (SQL) throws -> PostgresRows) throws {
        var ranked: [String: (rank: Int, message: KeyMessage)] = [:]
        for (index, message) in KeyMessageCatalogue.builtIn.messages.enumerated() {
            ranked[message.id] = ((index + 1) * 10, message)
        }
        var imported: Set<String> = []
        // English for every product comes first of an id's rows.
        for row in try query(
            """
            select id, rank, audience, triggers, language, product, wording, version from key_message
            order by id, language <> 'en', product
            """)
        {
            let id = try row.text(0), wording = try row.text(6)
            messageVersion = max(messageVersion, Int(try row[7] as Int32))
            guard let language = WordingLanguage(rawValue: try row.text(4)) else { continue }
            let product = KitProduct(rawValue: try row.text(5))
            if imported.insert(id).inserted {
                let message = KeyMessage(
                    id, Audience(letters: try row.text(2)) ?? [], WordTables.triggers(try row.text(3)), wording)
                let rank = (try row[1] as Int32?).map(Int.init) ?? ranked[id]?.rank ?? Int.max
                ranked[id] = (rank, message)
                if language == .english, product == nil { continue }
            }
            ranked[id]?.message.variants.append(.init(language, product, wording))
        }
        messages = ranked.values.sorted { ($0.rank, $0.message.id) < ($1.rank, $1.message.id) }.map(\.message)
    }

    private mutating func loadActions(_ query: (SQL) throws -> PostgresRows) throws {
        for row in try query("select code, language, wording, version from action_wording") {
            actionVersion = max(actionVersion, Int(try row[3] as Int32))
            guard let action = ActionCode(rawValue: try row.text(0)),
                let language = WordingLanguage(rawValue: try row.text(1))
            else { continue }
            actions[action, default: [:]][language] = try row.text(2)
        }
    }

    private static func triggers(_ names: String) -> KeyMessageTriggers {
        names.split(separator: " ").reduce(into: []) { triggers, name in
            if let trigger = KeyMessageTriggers(code: name) { triggers.insert(trigger) }
        }
    }
}

extension RegisterTables {
    /// The constants and words in force.
    public static func loadRules(_ query: (SQL) throws -> PostgresRows) throws -> Rulebook {
        var rules = Rulebook()
        for row in try query("select name, value from rule_value") {
            // A name that this version does not know is another version's; `check` names it.
            guard let constant = RuleConstant.named(try row.text(0)) else { continue }
            _ = constant.set(try row.text(1), in: &rules)
        }
        let words = try WordTables.load(query)
        rules.catalogue = KeyMessageCatalogue(
            version: words.version, messages: words.messages, actions: words.actions)
        return rules
    }
}
