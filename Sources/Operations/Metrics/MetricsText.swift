public import HandoverPipeline
import HandoverRules

/// The hub's metrics in Prometheus' text format 0.0.4 (contract.md §8). Labels are topics, codes and states, never a
/// person.
public struct MetricsText {
    private var families: [MetricFamily] = []

    private init() {}

    /// - Parameters:
    ///   - snapshot: counters, which moved only after a Kafka commit.
    ///   - figures: what was measured beside them; unknown ones are left out.
    public static func page(_ snapshot: HubStatus.Snapshot, _ figures: Figures, version: String) -> String {
        families(snapshot, figures, version: version).map(\.text).joined()
    }

    /// The same as values.
    public static func families(
        _ snapshot: HubStatus.Snapshot, _ figures: Figures, version: String
    ) -> [MetricFamily] {
        var page = MetricsText()
        page.parts(snapshot)
        page.counters(snapshot)
        page.histograms(snapshot)
        if let lag = figures.lag { page.lag(lag) }
        page.watching(snapshot, figures)
        if let due = figures.timersDue {
            page.family("throughgate_timers_due", .gauge, "Timers that are due and not yet recorded.")
            page.sample([], Double(due))
        }
        if let open = figures.rejectedOpen {
            page.family("throughgate_rejected_open", .gauge, "Rejected records that nobody has dealt with.")
            page.sample([], Double(open))
        }
        if let rejections = figures.rejections { page.rejections(rejections) }
        if let risk = figures.risk { page.risk(risk) }
        if let faults = figures.auditFaults {
            page.family("throughgate_audit_faults", .gauge, "Faults found when the audit was last verified.")
            page.sample([], Double(faults))
        }
        if let head = figures.auditHead {
            page.family("throughgate_audit_head", .gauge, "Number of the last entry of the audit.")
            page.sample([], Double(head.seq))
        }
        page.families += CanaryMetrics.families(figures.canary, snapshot.canary, now: MachineClock.now())
        page.family("throughgate_build_info", .gauge, "1, labelled with the version of the program.")
        page.sample([("version", version)], 1)
        return page.families
    }

    private mutating func parts(_ snapshot: HubStatus.Snapshot) {
        family("throughgate_part_waiting", .gauge, "1 for a part of this hub that is not ready, as /readyz lists them.")
        for part in HubStatus.Part.allCases {
            sample([("part", part.rawValue)], snapshot.parts[part] == .ready ? 0 : 1)
        }
    }

    /// Of the whole ledger, not of this process: what another hub rejected counts as well.
    private mutating func rejections(_ rejections: RejectionFigures) {
        family("throughgate_rejected_oldest_seconds", .gauge, "Age of the oldest rejected record that is open, or 0.")
        sample([], rejections.oldestSeconds)
        family(
            "throughgate_rejected_surge", .gauge,
            "Records rejected in 15 minutes beyond three times as many as an hour before, by reason.")
        for row in rejections.reasons { sample([("reason", row.reason)], Double(row.surge)) }
        family(
            "throughgate_rejected_new", .gauge,
            "Records rejected in the last hour with a reason that none had in the day before.")
        for row in rejections.reasons { sample([("reason", row.reason)], Double(row.isNew ? row.lastHour : 0)) }
    }

    private mutating func counters(_ snapshot: HubStatus.Snapshot) {
        family("throughgate_events_total", .counter, "Records taken in, by topic and by what became of them.")
        for (key, count) in snapshot.events.sorted(by: {
            ($0.key.topic, $0.key.outcome) < ($1.key.topic, $1.key.outcome)
        }) {
            sample([("topic", key.topic), ("outcome", key.outcome)], Double(count))
        }
        var handovers: [[String]: Int] = [:]
        var rejected: [String: Int] = [:]
        for (tally, count) in snapshot.published {
            switch tally {
            case .handover(let recipient, let kind, _): handovers[[recipient, kind], default: 0] += count
            case .rejected(let reason): rejected[reason, default: 0] += count
            case .task, .canary: break
            }
        }
        family("throughgate_handovers_total", .counter, "Handover versions published, by recipient and kind.")
        for (labels, count) in handovers.sorted(by: { $0.key.lexicographicallyPrecedes($1.key) }) {
            sample([("recipient_kind", labels[0]), ("kind", labels[1])], Double(count))
        }
        family("throughgate_rejected_total", .counter, "Records rejected, by reason.")
        for (reason, count) in rejected.sorted(by: { $0.key < $1.key }) {
            sample([("reason", reason)], Double(count))
        }
    }

    private mutating func histograms(_ snapshot: HubStatus.Snapshot) {
        family("throughgate_batch_seconds", .histogram, "Time that a batch takes in each stage.")
        for stage in HubStatus.Stage.allCases {
            histogram([("stage", stage.rawValue)], snapshot.stages[stage] ?? Histogram())
        }
        family("throughgate_end_to_end_seconds", .histogram, "From the producer's timestamp to the commit.")
        histogram([], snapshot.endToEnd)
    }

    private mutating func lag(_ report: LagReport) {
        gauge("throughgate_consumer_lag", "Deliverable records not yet committed.", report) { $0.lag.map(Double.init) }
        gauge("throughgate_consumer_lag_seconds", "Age of the next record to process.", report) { $0.lagSeconds }
        gauge(
            "throughgate_consumer_retention_ratio", "Age of the next record as a share of what its topic keeps.", report
        ) { $0.retentionShare }
        gauge(
            "throughgate_consumer_late_seconds",
            "Age of the next record where the partition does not catch up at its present rates; 0 where it does.",
            report
        ) { row in row.lagSeconds.map { row.secondsToCatchUp == nil ? $0 : 0 } }
        gauge(
            "throughgate_consumer_deleted_unread", "Offsets that retention deleted before they were read.", report
        ) { Double($0.deletedUnread) }
        gauge(
            "throughgate_consumer_skewed", "1 where the next record's timestamp lies in the future.", report
        ) { $0.isSkewed ? 1 : 0 }
        family("throughgate_partition_state", .gauge, "1 for the state that a partition is in.")
        for row in report.partitions {
            for state in LagReport.State.allCases {
                sample(
                    MetricsText.place(row) + [("state", state.rawValue)],
                    state == row.state ? 1 : 0)
            }
        }
        let group = [("consumergroup", report.group)]
        gauge("kafka_consumergroup_lag", "throughgate_consumer_lag for existing dashboards.", report, group) {
            $0.lag.map(Double.init)
        }
        let same = [("group", report.group)]
        gauge(
            "kafka_consumergroup_group_lag_seconds", "throughgate_consumer_lag_seconds for existing dashboards.",
            report,
            same
        ) { $0.lagSeconds }
    }

    private mutating func watching(_ snapshot: HubStatus.Snapshot, _ figures: Figures) {
        family("throughgate_rebalances_total", .counter, "Changes of this instance's assignment.")
        sample([], Double(snapshot.rebalanceCount))
        family(
            "throughgate_lag_skewed_total", .counter,
            "Next records whose timestamp lay in the future when they were looked at; their age is shown as 0.")
        sample([], Double(figures.skewed))
        guard let recipients = figures.recipients?.filter(\.isKnown) else { return }
        let now = figures.now ?? MachineClock.now()
        family(
            "throughgate_recipient_waiting_seconds", .gauge,
            "Age of the oldest handover that a recipient has not fetched; 0 where it has them all.")
        for row in recipients {
            sample(
                [("recipient", row.recipient), ("door", row.door.rawValue)],
                row.oldest.map { max(0, Double(now.milliseconds - $0.milliseconds) / 1000) } ?? 0)
        }
        family("throughgate_recipient_waiting", .gauge, "Handover versions that a recipient has not fetched.")
        for row in recipients {
            sample(
                [("recipient", row.recipient), ("door", row.door.rawValue)],
                Double(row.handovers))
        }
    }

    /// Every priority and kind, also with nobody: an alert needs the zero.
    private mutating func risk(_ risk: PeopleAtRisk) {
        family("throughgate_people_at_risk", .gauge, "People at risk, each once under the most urgent priority.")
        for priority in Priority.allCases {
            sample(
                [("priority", priority.text)], Double(risk.byPriority[priority] ?? 0))
        }
        let sums = RiskKind.allCases.map { ($0, risk.sum(of: $0)) }
        family("throughgate_risk_people", .gauge, "People at risk by why; somebody can be in several.")
        for (kind, sum) in sums {
            sample([("kind", kind.rawValue)], Double(sum?.people ?? 0))
        }
        family("throughgate_risk_overdue_people", .gauge, "Of them, those whose own clock has run out.")
        for (kind, sum) in sums {
            sample([("kind", kind.rawValue)], Double(sum?.overdue ?? 0))
        }
        family("throughgate_risk_oldest_seconds", .gauge, "For how long the one at risk for longest is; 0 for nobody.")
        for (kind, sum) in sums {
            let age = sum.map { max(0, Double((risk.at - $0.oldest).microseconds) / 1e6) } ?? 0
            sample([("kind", kind.rawValue)], age)
        }
    }

    private mutating func gauge(
        _ name: String, _ help: String, _ report: LagReport, _ labels: [(String, String)] = [],
        _ value: (LagReport.Partition) -> Double?
    ) {
        family(name, .gauge, help)
        for row in report.partitions {
            if let value = value(row) { sample(labels + MetricsText.place(row), value) }
        }
    }

    private static func place(_ row: LagReport.Partition) -> [(String, String)] {
        [("topic", row.topic), ("partition", String(row.partition))]
    }

    private mutating func histogram(_ labels: [(String, String)], _ histogram: Histogram) {
        families[families.count - 1].add(labels, histogram)
    }

    private mutating func family(_ name: String, _ kind: MetricFamily.Kind, _ help: String) {
        families.append(MetricFamily(name, kind, help))
    }

    /// Of the family that was begun last.
    private mutating func sample(_ labels: [(String, String)], _ value: Double) {
        families[families.count - 1].add(labels, value)
    }
}
