import HandoverPipeline
import HandoverRules
import Operations

/// `/`: people at risk first, then the parts of the hub, then how far it is behind. Counts only, never a person.
struct HomePage: PageContent {
    static let template = PageTemplate.home

    let title = "Throughgate now"
    let alertWords: String
    let hasAlerts: Bool
    let alerts: [AlertRow]
    let riskWords: String
    let hasRisks: Bool
    let priorities: [PriorityFigure]
    let risks: [RiskCard]
    let parts: [PartRow]
    let rejected: String
    let timers: String
    let recipients: String
    let canary: PartRow
    let summary: String
    let measured: String
    let isLive: Bool

    /// - Parameter now: as the hub tells time.
    init(_ snapshot: HubStatus.Snapshot, _ figures: Figures, _ board: AlertBoard, now: Instant, isLive: Bool) {
        self.isLive = isLive
        let open = board.now.book.open
        alerts = open.prefix(AlertLimits.shownMax).map { AlertRow($0, board.runbooks, now) }
        hasAlerts = !open.isEmpty
        alertWords =
            switch open.count {
            case 0: board.now.lookedAt == nil ? "Not judged yet." : "No alert is open."
            case 1: "1 alert is open."
            case let count: "\(count) alerts are open" + (count > alerts.count ? ", the gravest first." : ".")
            }
        let risk = figures.risk
        hasRisks = risk.map { $0.total > 0 } ?? false
        riskWords =
            switch risk?.total {
            case nil: "Not known: PostgreSQL has not answered lately."
            case 0: "Nobody is known to be at risk of being missed."
            case let total?: "\(total) \(total == 1 ? "person is" : "people are") at risk of being missed."
            }
        priorities = Priority.allCases.map { PriorityFigure($0, many: risk?.byPriority[$0] ?? 0) }
        risks = risk.map { risk in RiskKind.allCases.compactMap { RiskCard($0, risk) } } ?? []
        parts = HubStatus.Part.allCases.map { PartRow($0, snapshot.parts[$0]) } + [PartRow(figures.lag)]
        rejected = figures.rejectedOpen.map { "\($0) open" } ?? "not known"
        timers = figures.timersDue.map { "\($0)" } ?? "not known"
        canary = PartRow(figures.canary, isOn: figures.hasCanary, MachineClock.now())
        recipients = HomePage.words(figures.recipients, now)
        summary =
            figures.lag.map(LagWords.summary) ?? "How far it is behind is not known: the cluster has not answered."
        measured = figures.lag.map { LagWords.measured($0.at) } ?? ""
    }

    private static func words(_ recipients: [RecipientLag]?, _ now: Instant) -> String {
        guard let recipients else { return "not known" }
        let late = recipients.filter { $0.handovers > 0 }
        guard let oldest = late.compactMap({ $0.minutes(at: now) }).max() else {
            return "all have fetched what is theirs"
        }
        return "\(late.count) of \(recipients.count) have handovers to fetch, the oldest for \(oldest) min"
    }
}

struct AlertRow: Sendable {
    let name: String
    let tone: String
    let severity: String
    let words: String
    let since: String
    /// Whether the settings give an address on the web.
    let isLink: Bool
    let place: String

    init(
        _ entry: (rule: AlertRule, cause: AlertCause, standing: AlertStanding), _ runbooks: String, _ now: Instant
    ) {
        name = entry.rule.name
        severity = entry.rule.severity.rawValue
        tone = entry.rule.severity == .critical ? "bad" : "warn"
        words = entry.rule.words(entry.standing.value, entry.cause)
        let age = entry.standing.openedAt.map { Figure.age(max(0, Double((now - $0).microseconds) / 1_000_000)) }
        since = age.map { "for \($0)" } ?? ""
        place = entry.rule.runbook(below: runbooks)
        isLink = place.hasPrefix("https://") || place.hasPrefix("http://")
    }
}

struct PriorityFigure: Sendable {
    let named: String
    let many: Int
    /// A class; empty where there is nobody.
    let weight: String

    init(_ priority: Priority, many: Int) {
        named = priority.text
        self.many = many
        weight = many > 0 ? OperatorWords.tone(priority) : ""
    }
}

struct RiskCard: Sendable {
    let kind: String
    let look: String
    let counted: String
    let path: String
    let remedy: [MarkedText]

    /// nil where there is nobody.
    init?(_ kind: RiskKind, _ risk: PeopleAtRisk) {
        guard let sum = risk.sum(of: kind) else { return nil }
        self.kind = kind.title
        look = sum.overdue > 0 ? "bad" : "warn"
        let late = sum.overdue > 0 ? ", \(sum.overdue) past the clock" : ""
        let age = OperatorWords.age(risk.at - sum.oldest)
        counted = "\(sum.people) \(sum.people == 1 ? "person" : "people")\(late), the longest for \(age)."
        path = PageVisit.path("/people-at-risk", [("kind", kind.rawValue)])
        remedy = MarkedText.pieces(of: kind.remedy)
    }
}

struct PartRow: Sendable {
    let part: String
    let tone: String
    let word: String
    let why: String

    init(_ part: HubStatus.Part, _ readiness: HubStatus.Readiness?) {
        self.part =
            switch part {
            case .postgres: "PostgreSQL"
            case .kafka: "Kafka"
            case .assignment: "Partitions"
            }
        switch readiness {
        case .ready: (tone, word, why) = ("good", "ready", "")
        case .waiting(let reason): (tone, word, why) = ("bad", "waiting", reason)
        case nil: (tone, word, why) = ("warn", "unknown", "")
        }
    }

    init(_ report: LagReport?) {
        part = "Work"
        guard let report else {
            (tone, word, why) = ("warn", "unknown", "not measured lately")
            return
        }
        (tone, word) = (LagWords.look(report.worst), report.worst.words)
        why = report.partitions.first { $0.state == report.worst && $0.state.isAlarming }?.reason ?? ""
    }
}
