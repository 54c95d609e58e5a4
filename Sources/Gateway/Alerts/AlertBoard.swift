import HandoverRules
import Operations
import Synchronization

/// What the watch last saw and did, for pages and /metrics. Written by ``AlertWatch``, read by anybody; it needs no
/// ledger, so that alerts are shown when that is what is away.
final class AlertBoard: Sendable {
    private struct State {
        var book = AlertBook()
        var lookedAt: Instant?
        var deliveries: [AlertNotice.Door: [String: Int]] = [:]
        var oldest: [AlertNotice.Door: Instant] = [:]
    }

    let runbooks: String
    private let state = Mutex(State())

    init(runbooks: String) { self.runbooks = runbooks }

    var now: (book: AlertBook, lookedAt: Instant?) { state.withLock { ($0.book, $0.lookedAt) } }

    func show(_ book: AlertBook, at lookedAt: Instant?, waiting: some Sequence<AlertNotice>) {
        var oldest: [AlertNotice.Door: Instant] = [:]
        for notice in waiting where notice.state == .waiting {
            oldest[notice.door] = min(oldest[notice.door] ?? notice.at, notice.at)
        }
        state.withLock { state in
            state.book = book
            state.lookedAt = lookedAt
            state.oldest = oldest
        }
    }

    func count(_ door: AlertNotice.Door, _ outcome: AlertNotice.State) {
        let name = outcome == .waiting ? "retried" : outcome.rawValue.lowercased()
        state.withLock { $0.deliveries[door, default: [:]][name, default: 0] += 1 }
    }

    /// Families for /metrics.
    func metrics(now: Instant) -> [MetricFamily] {
        let state = state.withLock { $0 }
        let open = state.book.open
        var opened = MetricFamily("throughgate_alerts_open", .gauge, "Alerts that are open, as this hub sees them.")
        for severity in AlertRule.Severity.allCases {
            opened.add(
                [("severity", severity.rawValue)], Double(open.count { $0.rule.severity == severity }))
        }
        var deliveries = MetricFamily(
            "throughgate_alert_deliveries_total", .counter, "Attempts of this hub to tell of an alert, by outcome.")
        var oldest = MetricFamily(
            "throughgate_alert_oldest_seconds", .gauge, "Age of the oldest opening or clearing still to be told.")
        for door in AlertNotice.Door.allCases {
            for outcome in ["delivered", "retried", "dead"] {
                deliveries.add(
                    [("door", door.rawValue), ("outcome", outcome)], Double(state.deliveries[door]?[outcome] ?? 0))
            }
            let age = state.oldest[door].map { max(0, Double((now - $0).microseconds) / 1e6) } ?? 0
            oldest.add([("door", door.rawValue)], age)
        }
        return [opened, deliveries, oldest]
    }
}
