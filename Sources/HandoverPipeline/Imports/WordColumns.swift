import HandoverRules

/// Columns of the files that hold constants and words (domain.md §9).
extension RegisterColumn {
    /// The name of a constant of the rules.
    static let ruleName = texts("name", "names no constant of the rules; Deploy/reference/rules.csv has all of them") {
        RuleConstant.named($0)?.name
    }

    /// `KM-02`
    static let keyMessageID = texts("id", "must be KM- and two digits") { text in
        let digits = text.dropFirst(3)
        return text.hasPrefix("KM-") && digits.utf8.count == 2 && digits.allSatisfy(\.isWholeNumber) ? text : nil
    }

    /// `PDC`; empty: nobody is told it any more.
    static let audience = texts("audience", "must be letters of P, D, C, S and G, each once") { text in
        guard let audience = Audience(letters: text), audience.letters.count == text.count else { return nil }
        return audience.letters
    }

    /// Trigger names between blanks.
    static let triggers = texts(
        "triggers",
        "must be names of triggers between blanks, of " + KeyMessageTriggers.allCodes.joined(separator: ", ")
    ) { text in
        var triggers: KeyMessageTriggers = []
        for name in text.split(separator: " ") {
            guard let trigger = KeyMessageTriggers(code: name) else { return nil }
            triggers.insert(trigger)
        }
        return triggers.isEmpty ? nil : triggers.codes.joined(separator: " ")
    }

    /// Of reviewers; the program takes both.
    static let status = code("status", WordingStatus.self)
}

/// How far a wording's review is.
enum WordingStatus: String, CaseIterable {
    case draft, signedOff = "signed-off"
}

extension RegisterKind {
    static let rulesTable = RegisterTable(
        name: "rule_value", key: ["name"],
        columns: [
            .ruleName, .text("value", max: 40), .text("unit", max: 40).optional, .text("source", max: 500).optional,
        ],
        checkRow: { field in
            guard let constant = field("name").flatMap(RuleConstant.named), let value = field("value") else {
                return nil
            }
            if let unit = field("unit"), !unit.isEmpty, unit != constant.unit {
                return ("unit", "must be \(constant.unit)")
            }
            var rules = Rulebook()
            return constant.set(value, in: &rules) ? nil : ("value", constant.rule)
        })

    static let keyMessagesTable = RegisterTable(
        name: "key_message", key: ["id", "language", "product"],
        columns: [
            .keyMessageID, .number("rank", 1...10_000).optional, .audience.orEmpty, .triggers,
            .code("language", WordingLanguage.self).optional, .code("product", KitProduct.self).optional,
            .text("wording", max: 400), .number("version", 1...1_000_000), .status.optional,
        ],
        emptyMeans: ["audience": "''", "language": "'en'", "product": "''", "status": "'draft'"],
        conditions: [
            (
                """
                select min(line) from incoming i where not exists (
                    select from key_message k where k.id = i.id and k.language = 'en' and k.product = '')
                """, "language", "there is no English wording of this id for every product; add a row of it"
            ),
            (
                """
                select min(i.line) from incoming i join key_message k using (id) join key_message o using (id)
                where (k.audience, k.triggers) <> (o.audience, o.triggers)
                """, "audience", "rows of one id must have the same audience and triggers"
            ),
        ],
        holdsWords: true)

    static let actionsTable = RegisterTable(
        name: "action_wording", key: ["code", "language"],
        columns: [
            .code("code", ActionCode.self), .code("language", WordingLanguage.self).optional,
            .text("wording", max: 400), .number("version", 1...1_000_000), .status.optional,
        ],
        emptyMeans: ["language": "'en'", "status": "'draft'"],
        holdsWords: true)
}
