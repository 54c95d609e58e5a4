import Foundation
import HandoverPipeline
import HandoverRules
import Operations
import Testing

/// What lies in Deploy/ for monitoring, held against the program and checked by its own tool.
private enum Deploy {
    static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()
    static let promtool = root.appending(path: ".throughgate/promtool/promtool")
    static var hasPromtool: Bool { FileManager.default.isExecutableFile(atPath: promtool.path) }

    static func text(_ path: String) throws -> String {
        try String(contentsOf: root.appending(path: path), encoding: .utf8)
    }

    /// Every metric that some source names in quotes.
    static func metrics() throws -> Set<String> {
        var found: Set<String> = []
        for folder in ["Sources/Operations", "Sources/Gateway"] {
            let files = FileManager.default.enumerator(
                at: root.appending(path: folder), includingPropertiesForKeys: nil)
            while let file = files?.nextObject() as? URL {
                guard file.pathExtension == "swift" else { continue }
                let text = try String(contentsOf: file, encoding: .utf8)
                for match in text.matches(of: #/"((throughgate|kafka)_[a-z_]+)"/#) { found.insert(String(match.1)) }
            }
        }
        return found
    }

    /// Names that a text of expressions uses, without the endings of histograms.
    static func used(in text: String) -> Set<String> {
        Set(
            text.matches(of: #/\b(throughgate|kafka)_[a-z_]+/#).map { match in
                var name = String(match.0)
                for ending in ["_bucket", "_sum", "_count"] where name.hasSuffix(ending) {
                    name = String(name.dropLast(ending.count))
                }
                return name
            })
    }

    static func run(_ arguments: [String]) throws -> (status: Int32, output: String) {
        let process = Process(), pipe = Pipe()
        process.executableURL = promtool
        process.arguments = arguments
        process.currentDirectoryURL = root.appending(path: "Deploy/prometheus")
        process.standardOutput = pipe
        process.standardError = pipe
        try process.run()
        let output = String(decoding: try pipe.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
        process.waitUntilExit()
        return (process.terminationStatus, output)
    }
}

@Suite("rules: alerts and dashboard")
struct AlertTests {
    @Test func everyAlertHasARunbookAndEveryRunbookAnAlert() throws {
        let rules = try Deploy.text("Deploy/prometheus/throughgate.rules.yaml")
        let alerts = Set(rules.matches(of: #/- alert: (\w+)/#).map { String($0.1) })
        #expect(alerts.count > 10)
        let folder = Deploy.root.appending(path: "Deploy/runbooks").path
        let books = Set(try FileManager.default.contentsOfDirectory(atPath: folder).map { String($0.dropLast(3)) })
        #expect(books == alerts)
        for alert in alerts { #expect(rules.contains("runbook: Deploy/runbooks/\(alert).md"), "\(alert)") }
    }

    @Test func theRulesForPrometheusAreThoseOfTheHub() throws {
        let file = try Deploy.text("Deploy/prometheus/throughgate.rules.yaml")
        #expect(file == AlertRule.prometheus, "make it anew: throughgate alerts rules")
        for rule in AlertRule.all { #expect(file.contains("- alert: \(rule.name)\n")) }
    }

    @Test func everyRuleLooksAtAMetricThatExists() throws {
        let metrics = try Deploy.metrics()
        for rule in AlertRule.all { #expect(metrics.contains(rule.metric), "\(rule.name)") }
    }

    @Test func everyAlertIsUnitTested() throws {
        let rules = try Deploy.text("Deploy/prometheus/throughgate.rules.yaml")
        let tests = try Deploy.text("Deploy/prometheus/throughgate.test.yaml")
        for match in rules.matches(of: #/- alert: (\w+)/#) {
            #expect(tests.contains("alertname: \(match.1)"), "\(match.1) has no test")
        }
    }

    @Test func alertsAndDashboardUseOnlyMetricsThatExist() throws {
        let metrics = try Deploy.metrics()
        for path in ["Deploy/prometheus/throughgate.rules.yaml", "Deploy/grafana/throughgate.json"] {
            let used = Deploy.used(in: try Deploy.text(path))
            #expect(used.count > 5, "\(path)")
            #expect(used.isSubset(of: metrics), "\(path): \(used.subtracting(metrics).sorted())")
        }
    }

    @Test func theMetricsOfPeopleAtRiskNameEveryPriorityAndKindAlsoWithNobody() {
        let nobody = PeopleAtRisk(
            counts: [], byPriority: [:], at: Instant(milliseconds: 1_780_000_000_000))
        let page = MetricsText.page(
            HubStatus().snapshot, Figures(risk: nobody, auditHead: AuditHead(seq: 7, hash: [])), version: "test")
        for priority in Priority.allCases {
            #expect(page.contains("throughgate_people_at_risk{priority=\"\(priority.text)\"} 0\n"))
        }
        for kind in RiskKind.allCases {
            for metric in ["risk_people", "risk_overdue_people", "risk_oldest_seconds"] {
                #expect(page.contains("throughgate_\(metric){kind=\"\(kind.rawValue)\"} 0\n"))
            }
        }
        #expect(page.contains("throughgate_audit_head 7\n"))
    }

    @Test(.enabled(if: Deploy.hasPromtool, "promtool could not be had"))
    func promtoolAcceptsTheRulesAndTheirTestsPass() throws {
        let check = try Deploy.run(["check", "rules", "throughgate.rules.yaml"])
        #expect(check.status == 0, "\(check.output)")
        let test = try Deploy.run(["test", "rules", "throughgate.test.yaml"])
        #expect(test.status == 0, "\(test.output)")
    }
}
