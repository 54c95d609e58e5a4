import FaultTrials
import Foundation
import HandoverPipeline

/// What was done to the hubs, and what came of it.
struct TortureReport {
    var done: [FaultSchedule.Kind: Int] = [:]
    /// Freezes longer than the group's session.
    var pastSession = 0
    var backends = 0
    var endedByFullDisk = 0
    /// Hubs that ended without being told to, by exit status.
    var endedByThemselves: [Int32: Int] = [:]
    /// How each ended when it was told to.
    var ends: [(name: String, status: Int32, seconds: Double)] = []
    var published = 0
    var sentAgain = 0
    /// Acknowledged by the broker, and not on its topics.
    var lostByBroker = 0
    var settled = 0.0
    var seconds = 0.0
    var replay: Replay.Report?
    private(set) var faults: Set<TrialCheck.Fault> = []
    private var counts: [(String, Int)] = []

    private static let faultsShownMax = 40

    mutating func take(_ check: TrialCheck) {
        faults = check.faults
        counts = [
            ("records on inbound topics, timers among them", check.inputs.count),
            ("events recorded", check.recorded.count), ("refused, each with its dead letter", check.refused.count),
            ("handovers and tasks decided", check.decided.count), ("handovers and tasks read", check.seen.count),
        ]
    }

    /// Statuses with which a hub may end by itself: a server was away when it started, or its producer was broken.
    private static let mayEndWith: Set<Int32> = [69, 70]

    /// Whether all is well.
    var adds: Bool {
        faults.isEmpty && ends.allSatisfy { $0.status == 0 && $0.seconds <= 10 }
            && endedByThemselves.keys.allSatisfy(TortureReport.mayEndWith.contains)
            && (replay.map { $0.toBeTold == 0 && $0.unreadable == 0 } ?? true)
    }

    func print() {
        Console.say("done to them:")
        for kind in FaultSchedule.Kind.allCases { line(kind.rawValue, done[kind] ?? 0) }
        line("of the freezes, longer than the session", pastSession)
        line("backends terminated", backends)
        line("PostgreSQL ended by its full disk", endedByFullDisk)
        Console.say("what came of it:")
        for (status, count) in endedByThemselves.sorted(by: { $0.key < $1.key }) {
            line("hubs that ended by themselves with \(status)", count)
        }
        line("records published", published)
        line("records that had to be sent again", sentAgain)
        line("acknowledged by the broker and lost by it", lostByBroker)
        for (name, count) in counts { line(name, count) }
        line("lost, repeated, altered, out of order, unasked", faults.count)
        for fault in faults.prefix(TortureReport.faultsShownMax) { Console.say("    \(fault)") }
        if let replay {
            line("people whose events were decided again", replay.persons)
            line("of them to be told otherwise", replay.toBeTold)
        }
        line("seconds until all was done after the last fault", Int(settled.rounded(.up)))
        for end in ends {
            Console.say("  \(end.name) told to end: status \(end.status) after \(Int(end.seconds * 1_000)) ms")
        }
    }

    private func line(_ name: String, _ count: Int) {
        let padded = name.padding(toLength: 52, withPad: " ", startingAt: 0)
        Console.say("  \(padded)\(String(repeating: " ", count: max(0, 8 - String(count).count)))\(count)")
    }
}
