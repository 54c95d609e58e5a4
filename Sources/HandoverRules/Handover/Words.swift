extension KeyMessageCatalogue {
    /// What `say` holds: the catalogue's version, and the words of every message and action under its code. Words in
    /// another language stand beside the English ones under the code, a full stop and the language: `KM-02.cy`.
    ///
    /// - Parameters:
    ///   - language: the person's, where words can be given in it; nil or English adds nothing.
    ///   - product: the product that is held where all kits held are of one.
    func say(
        _ messages: [KeyMessage], _ actions: [ActionCode], language: WordingLanguage?, product: KitProduct?
    ) -> [BodyValue.Field] {
        var fields: [BodyValue.Field] = []
        fields.reserveCapacity(1 + messages.count + actions.count)
        fields.append(.init("catalogue", .text(version)))
        let other = language == .english ? nil : language
        for message in messages {
            fields.append(.init(message.id, .text(message.wording(in: .english, for: product) ?? message.wording)))
            if let other, let words = message.wording(in: other, for: product) {
                fields.append(.init("\(message.id).\(other.rawValue)", .text(words)))
            }
        }
        for action in actions {
            let words = self.actions[action]
            fields.append(.init(action.rawValue, .text(words?[.english] ?? action.wording)))
            if let other, let said = words?[other] {
                fields.append(.init("\(action.rawValue).\(other.rawValue)", .text(said)))
            }
        }
        return fields
    }
}
