public import HandoverRules

/// One thing that the hub warns of: a metric of /metrics, and when it is too much. The hub judges by it itself, and
/// ``AlertRule/prometheus`` says the same to Prometheus, so that both open and clear for the same cause at the same
/// time. `Deploy/runbooks/NAME.md` says what to do.
public struct AlertRule: Sendable, Hashable {
    public enum Severity: String, Sendable, Hashable, CaseIterable { case critical, warning, info }

    public var name: String
    public var severity: Severity
    /// The metric, and what its labels must be.
    public var metric: String
    public var selector: [MetricFamily.Label]
    /// Labels that make a cause of its own: an alert opens and clears for each value of them. Of several samples of one
    /// cause the highest counts. None: the rule has one cause.
    public var causes: [String]
    /// Whether the metric is the process's own, so that Prometheus sees each instance as a cause.
    public var isOfProcess = false
    /// Opens once the figure has been above this …
    public var above: Double
    /// … for so long without a break.
    public var opensAfter: Span
    /// Clears once the figure has been at or below this, which is not more than ``above`` …
    public var clearsAt: Double
    /// … for so long without a break.
    public var clearsAfter: Span
    /// A line for people, in Prometheus' template language: `{{ $value }}`, `{{ $value | humanizeDuration }}`,
    /// `{{ $value | humanizePercentage }}`, `{{ $labels.NAME }}`.
    public var summary: String

    init(
        _ name: String, _ severity: Severity, _ metric: String, _ selector: [String: String] = [:],
        by causes: [String] = [], above: Double, clearsAt: Double? = nil, for opensAfter: Span, _ summary: String
    ) {
        self.name = name
        self.severity = severity
        self.metric = metric
        self.selector = selector.sorted { $0.key < $1.key }.map { MetricFamily.Label(name: $0.key, value: $0.value) }
        self.causes = causes
        self.above = above
        self.opensAfter = opensAfter
        self.clearsAt = clearsAt ?? above
        clearsAfter = AlertLimits.clearsAfter
        self.summary = summary
    }

    var ofProcess: AlertRule {
        var rule = self
        rule.isOfProcess = true
        return rule
    }

    /// Where its runbook lies below the base that the settings give.
    public func runbook(below base: String) -> String {
        base + (base.isEmpty || base.hasSuffix("/") ? "" : "/") + name + ".md"
    }
}

/// One cause of one rule, named by labels that are topics, codes and organisations, never a person.
public struct AlertCause: Sendable, Hashable, Comparable {
    public var rule: String
    public var labels: [MetricFamily.Label]

    public init(rule: String, labels: [MetricFamily.Label]) {
        self.rule = rule
        self.labels = labels
    }

    /// `topic="prison.kit-events"`, as Prometheus writes it; empty for a rule's only cause.
    public var text: String { labels.map { "\($0.name)=\"\($0.value)\"" }.joined(separator: ",") }

    /// Of a text that ``text`` made.
    public init?(rule: String, text: String) {
        self.rule = rule
        labels = []
        guard !text.isEmpty else { return }
        for part in text.dropLast().split(separator: "\",") {
            let pair = part.split(separator: "=\"", maxSplits: 1, omittingEmptySubsequences: false)
            guard pair.count == 2 else { return nil }
            labels.append(MetricFamily.Label(name: String(pair[0]), value: String(pair[1])))
        }
    }

    public static func < (one: AlertCause, other: AlertCause) -> Bool {
        (one.rule, one.text) < (other.rule, other.text)
    }
}
