public import HandoverRules

/// Which alerts are open, from one look to the next: one opening and one clearing a cause, whatever the figures do in
/// between. Pure: whoever looks gives the figures and the time, and delivers what changed.
public struct AlertBook: Sendable, Hashable {
    /// What a look changed.
    public struct Change: Sendable, Hashable {
        public var rule: AlertRule
        public var isOpen: Bool
        public var at: Instant
        /// The figure that opened or cleared it.
        public var value: Double
    }

    private struct Standing: Sendable, Hashable {
        var isOpen = false
        /// Since when the figure has been on the other side without a break.
        var since: Instant?
    }

    private let rules: [AlertRule]
    private var standings: [String: Standing] = [:]

    public init(rules: [AlertRule] = AlertRule.all) { self.rules = rules }

    /// Names of the alerts that are open.
    public var open: [String] { rules.map(\.name).filter { standings[$0]?.isOpen ?? false } }

    /// Takes a look's figures.
    ///
    /// - Parameter now: not before the last look; a clock that was set back counts as no time.
    public mutating func look(_ figures: Figures, now: Instant) -> [Change] {
        var changes: [Change] = []
        for rule in rules {
            guard let value = rule.figure.value(of: figures) else { continue }
            if let change = judge(rule, value, now) { changes.append(change) }
        }
        return changes
    }

    mutating func judge(_ rule: AlertRule, _ value: Double, _ now: Instant) -> Change? {
        var standing = standings[rule.name] ?? Standing()
        defer { standings[rule.name] = standing }
        let isOther = standing.isOpen ? value <= rule.clearsAt : value > rule.above
        guard isOther else {
            standing.since = nil
            return nil
        }
        let since = min(standing.since ?? now, now)
        standing.since = since
        let patience = standing.isOpen ? rule.clearsAfter : rule.raisesAfter
        guard now - since >= patience else { return nil }
        standing.isOpen.toggle()
        standing.since = nil
        return Change(rule: rule, isOpen: standing.isOpen, at: now, value: value)
    }
}
