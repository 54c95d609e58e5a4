public import HandoverRules

/// What the hub itself warns of, in this one table: the same causes, names and thresholds as the rules for Prometheus,
/// for places without one. Names lead to `Deploy/runbooks/NAME.md`.
public struct AlertRule: Sendable, Hashable {
    public enum Severity: String, Sendable, Hashable { case warning, critical }

    public var name: String
    public var severity: Severity
    /// Raised once the figure has been above this …
    public var above: Double
    /// … for so long.
    public var raisesAfter: Span
    /// Cleared once the figure has been at or below this, which is not more than ``above`` …
    public var clearsAt: Double
    /// … for so long.
    public var clearsAfter: Span
    /// What is measured.
    public var figure: AlertFigure

    /// Every rule.
    public static let all: [AlertRule] = [
        AlertRule("ThroughgatePeopleAtRiskP1", .critical, .atRiskP1, above: 0, after: .minutes(5)),
        AlertRule("ThroughgateReleasedNobodyTold", .critical, .people(.noHandover), above: 0, after: .minutes(10)),
        AlertRule("ThroughgateUrgentOverdue", .critical, .overdue(.urgentUnacknowledged), above: 0, after: .minutes(5)),
        AlertRule("ThroughgateNoProvider", .warning, .people(.noProvider), above: 0, after: .minutes(15)),
        AlertRule(
            "ThroughgateKitUnconfirmed", .warning, .oldestSeconds(.kitUnconfirmed), above: 259_200, after: .hours(1)),
        AlertRule("ThroughgateRejectedKnownPerson", .warning, .people(.rejectedEvent), above: 0, after: .minutes(10)),
        AlertRule("ThroughgateTimersLate", .warning, .timersDue, above: 0, after: .minutes(10)),
        AlertRule(
            "ThroughgateLagCritical", .critical, .lagSeconds, above: 900, after: .minutes(5), clearsAt: 300),
    ]

    init(
        _ name: String, _ severity: Severity, _ figure: AlertFigure, above: Double, after: Span,
        clearsAt: Double? = nil
    ) {
        self.name = name
        self.severity = severity
        self.figure = figure
        self.above = above
        raisesAfter = after
        self.clearsAt = clearsAt ?? above
        clearsAfter = .minutes(5)
    }
}

/// A figure that a rule looks at.
public enum AlertFigure: Sendable, Hashable {
    case atRiskP1
    case people(RiskKind)
    case overdue(RiskKind)
    case oldestSeconds(RiskKind)
    case timersDue
    /// Of the partition that is furthest behind.
    case lagSeconds

    /// nil: not known now, which neither raises nor clears anything.
    public func value(of figures: Figures) -> Double? {
        switch self {
        case .atRiskP1: figures.risk.map { Double($0.byPriority[.p1] ?? 0) }
        case .people(let kind): figures.risk.map { Double($0.sum(of: kind)?.people ?? 0) }
        case .overdue(let kind): figures.risk.map { Double($0.sum(of: kind)?.overdue ?? 0) }
        case .oldestSeconds(let kind):
            figures.risk.map { risk in
                risk.sum(of: kind).map { max(0, Double((risk.at - $0.oldest).microseconds) / 1e6) } ?? 0
            }
        case .timersDue: figures.timersDue.map(Double.init)
        case .lagSeconds: figures.lag.map { $0.partitions.compactMap(\.lagSeconds).max() ?? 0 }
        }
    }
}
