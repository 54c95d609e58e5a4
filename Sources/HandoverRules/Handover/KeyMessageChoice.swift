extension KeyMessageCatalogue {
    /// The messages for one audience under the triggers that hold (domain.md §9): those a refusal calls for first, two
    /// at most, then the rest in table order up to five; given back in table order. To supervisors a refusal calls for
    /// nothing.
    public func choose(_ audience: Audience, _ holding: KeyMessageTriggers, _ rules: Rulebook) -> [KeyMessage] {
        let heard = audience == .supervision ? holding.subtracting(.refusals) : holding
        var refusals: [Int] = [], others: [Int] = []
        for i in messages.indices where !messages[i].audience.isDisjoint(with: audience) {
            let calling = messages[i].triggers.intersection(heard)
            if calling.isEmpty { continue }
            if !calling.isDisjoint(with: .refusals), refusals.count < rules.refusalMessagesMax {
                refusals.append(i)
            } else if !calling.isSubset(of: .refusals) || refusals.count >= rules.refusalMessagesMax {
                others.append(i)
            }
        }
        let chosen = refusals + others.prefix(rules.keyMessagesMax - refusals.count)
        return chosen.sorted().map { messages[$0] }
    }
}
