public import HandoverRules

/// Where one cause of one rule stands.
public struct AlertStanding: Sendable, Hashable {
    public var isOpen = false
    /// Since when the figure has been on the other side without a break; nil: it is not.
    public var since: Instant?
    /// When it opened last.
    public var openedAt: Instant?
    /// When it cleared last.
    public var clearedAt: Instant?
    /// The latest figure.
    public var value = 0.0

    public init() {}
}

/// Which alerts are open, from one look to the next: one opening and one clearing a cause, whatever the figures do in
/// between. Pure: whoever looks gives the figures and the time, keeps the standings over restarts, and delivers what
/// changed.
public struct AlertBook: Sendable, Hashable {
    /// What a look changed.
    public struct Change: Sendable, Hashable {
        public var rule: AlertRule
        public var cause: AlertCause
        public var isOpen: Bool
        public var at: Instant
        /// When what opens or clears now was opened.
        public var openedAt: Instant
        /// The figure that opened or cleared it.
        public var value: Double
    }

    private let rules: [AlertRule]
    public private(set) var standings: [AlertCause: AlertStanding] = [:]
    private var lookedAt: Instant?

    public init(rules: [AlertRule] = AlertRule.all) { self.rules = rules }

    /// Goes on where another book, or this one before a restart, stood. Rules that are no more are dropped.
    public mutating func restore(_ standings: [AlertCause: AlertStanding], lookedAt: Instant?) {
        let names = Set(rules.map(\.name))
        self.standings = standings.filter { names.contains($0.key.rule) }
        self.lookedAt = lookedAt
    }

    /// What is open, the gravest first, then the oldest.
    public var open: [(rule: AlertRule, cause: AlertCause, standing: AlertStanding)] {
        let byName = Dictionary(uniqueKeysWithValues: rules.enumerated().map { ($1.name, (place: $0, rule: $1)) })
        return standings.filter(\.value.isOpen).compactMap { cause, standing in
            byName[cause.rule].map { ($0.rule, cause, standing) }
        }.sorted { one, other in
            func order(_ entry: (rule: AlertRule, cause: AlertCause, standing: AlertStanding)) -> (Int, Int64, Int) {
                (
                    AlertRule.Severity.allCases.firstIndex(of: entry.rule.severity) ?? 0,
                    entry.standing.openedAt?.microseconds ?? 0, byName[entry.rule.name]?.place ?? 0
                )
            }
            let (left, right) = (order(one), order(other))
            return left == right ? one.cause < other.cause : left < right
        }
    }

    /// Takes a look's figures.
    ///
    /// - Parameter now: not before the last look; a clock that was set back counts as no time.
    public mutating func look(_ families: [MetricFamily], now: Instant) -> [Change] {
        if let lookedAt, now - lookedAt > AlertLimits.gapMax {
            for cause in standings.keys { standings[cause]?.since = nil }
        }
        lookedAt = max(now, lookedAt ?? now)
        let byName = Dictionary(families.map { ($0.name, $0) }, uniquingKeysWith: { one, _ in one })
        var changes: [Change] = []
        for rule in rules {
            guard var figures = rule.figures(in: byName) else { continue }
            // A cause that is measured no more has gone: nothing is wrong with it.
            for cause in standings.keys where cause.rule == rule.name && figures[cause] == nil {
                figures[cause] = rule.clearsAt
            }
            for cause in figures.keys.sorted() {
                if let change = judge(rule, cause, figures[cause] ?? 0, now) { changes.append(change) }
            }
        }
        return changes
    }

    private mutating func judge(_ rule: AlertRule, _ cause: AlertCause, _ value: Double, _ now: Instant) -> Change? {
        var standing = standings[cause] ?? AlertStanding()
        standing.value = value
        defer { keep(standing, cause) }
        guard standing.isOpen ? value <= rule.clearsAt : value > rule.above else {
            standing.since = nil
            return nil
        }
        let since = min(standing.since ?? now, now)
        standing.since = since
        guard now - since >= (standing.isOpen ? rule.clearsAfter : rule.opensAfter) else { return nil }
        standing.isOpen.toggle()
        standing.since = nil
        let openedAt = standing.isOpen ? now : standing.openedAt ?? now
        if standing.isOpen { standing.openedAt = now } else { standing.clearedAt = now }
        return Change(
            rule: rule, cause: cause, isOpen: standing.isOpen, at: now, openedAt: openedAt, value: value)
    }

    /// What never was open and is not on the way to it needs no place.
    private mutating func keep(_ standing: AlertStanding, _ cause: AlertCause) {
        let isQuiet = !standing.isOpen && standing.since == nil && standing.openedAt == nil
        guard standings[cause] != nil || (!isQuiet && standings.count < AlertLimits.causesMax) else { return }
        standings[cause] = isQuiet ? nil : standing
    }
}
