import Foundation
import HandoverPipeline
import HandoverRules
import Postgres
import SyntheticEstate

/// The table at the end of a demo, and the check that it adds up.
struct DemoReport {
    private let estate: Estate
    private let told: [Emission]
    private let community: DemoCommunity
    private let status: HubStatus.Snapshot
    private let reading: DemoReading
    private let timersTopic: String
    private let seconds: Double
    private var suppressed: [String: Int] = [:]
    private var ends: [String: Int] = [:]
    private var openReleases = 0

    init(
        estate: Estate, told: [Emission], community: DemoCommunity, status: HubStatus.Snapshot,
        reading: DemoReading, timersTopic: String, seconds: Double, ledger: PostgresConnection
    ) throws {
        self.estate = estate
        self.told = told
        self.community = community
        self.status = status
        self.reading = reading
        self.timersTopic = timersTopic
        self.seconds = seconds
        for row in try ledger.query("select state, reason, count(*)::int8 from outcome group by 1, 2") {
            let count = Int(try row[2] as Int64)
            ends[try row.text(0), default: 0] += count
            if try row.text(0) == "SUPPRESSED" { suppressed[try row.text(1)] = count }
        }
        openReleases = Int(
            try ledger.query("select count(*)::int8 from outcome where released and state = 'QUEUED'").only()[0]
                as Int64)
    }

    private func total(_ outcome: String, timers: Bool) -> Int {
        status.events.filter { $0.key.outcome == outcome && ($0.key.topic == timersTopic) == timers }
            .reduce(0) { $0 + $1.value }
    }

    private var published: Int { told.count }
    private var duplicates: Int { total("duplicate", timers: false) }
    private var rejected: Int { total("rejected", timers: false) }
    private var fired: Int { total("applied", timers: true) }

    /// Positions against ends, over all partitions.
    private var lag: Int64 {
        status.partitions.values.reduce(0) { $0 + max(0, ($1.end ?? 0) - ($1.position ?? 0)) }
    }

    func print() {
        row("events in", published)
        row("  applied", total("applied", timers: false))
        row("  superseded", total("superseded", timers: false))
        row("  duplicates absorbed", duplicates)
        row("  rejected", rejected)
        row("timers fired", fired)
        Console.say()
        rows("handovers published", Dictionary(grouping: reading.handovers) { "\($0.kind) \($0.priority)" })
        rows("tasks opened", Dictionary(grouping: reading.tasks.filter { !$0.isClosed }, by: \.code))
        rows("tasks closed", Dictionary(grouping: reading.tasks.filter(\.isClosed), by: \.code))
        row("answers from the community", community.answers.count)
        for (name, count) in community.counts.sorted(by: { $0.key < $1.key }) { row("  \(name)", count) }
        Console.say()
        rows("not sent, by reason", suppressed)
        row("in a person's queue", ends["HUMAN_QUEUE"] ?? 0)
        rows("dead letters, by reason", reading.rejected)
        rows("said otherwise afterwards", moves)
        Console.say()
        row("lag at the end", Int(lag))
        row("Kafka transactions", status.commits)
        row("events per second", Int(Double(published + fired) / max(seconds, 0.001)))
        row("seconds", Int(seconds.rounded(.up)))
    }

    /// What the estate corrected, merged, moved and disputed.
    private var moves: [String: Int] {
        var moves: [String: Int] = [
            "kits disputed": Set(reading.tasks.filter { $0.code == "KIT_DISPUTED" }.map(\.id)).count
        ]
        for event in told.filter({ $0.fate == .accepted }).compactMap(\.event) {
            if let correction = event.correction {
                moves["\(correction.kind.rawValue.lowercased())ed events", default: 0] += 1
            }
            if event.payload.type == .identityMerged { moves["numbers merged", default: 0] += 1 }
            if event.payload.type == .bookingMoved { moves["bookings moved", default: 0] += 1 }
        }
        return moves
    }

    private func rows(_ name: String, _ groups: [String: [some Any]]) { rows(name, groups.mapValues(\.count)) }

    private func rows(_ name: String, _ counts: [String: Int]) {
        row(name, counts.values.reduce(0, +))
        for key in counts.keys.sorted() { row("  \(key)", counts[key] ?? 0) }
    }

    private func row(_ name: String, _ count: Int) {
        let padded = name.padding(toLength: 34, withPad: " ", startingAt: 0)
        Console.say("  \(padded)\(String(repeating: " ", count: max(0, 8 - String(count).count)))\(count)")
    }

    /// Every sum that must hold; empty when all do.
    var contradictions: [String] {
        var found: [String] = []
        func expect(_ holds: Bool, _ words: String) { if !holds { found.append(words) } }
        let counted = ["applied", "superseded", "duplicate", "rejected"].reduce(0) { $0 + total($1, timers: false) }
        expect(counted == published, "\(published) events in, but \(counted) accounted for")
        let promised = told.reduce(into: [String: Int]()) { sums, emission in
            if case .rejected(let reason) = emission.fate { sums[reason.rawValue, default: 0] += 1 }
        }
        for reason in Set(promised.keys).union(reading.rejected.keys).sorted() {
            let broken = promised[reason] ?? 0, found = reading.rejected[reason] ?? 0
            let rules = broken == 0 ? ": \(reading.rules[reason]?.joined(separator: "; ") ?? "")" : ""
            expect(broken == found, "\(broken) records were broken as \(reason), \(found) dead letters say so\(rules)")
        }
        expect(rejected == reading.rejected.values.reduce(0, +), "rejected and dead letters differ")
        let repeats = told.count { $0.fate == .repeats || $0.fate == .resends }
        expect(duplicates == repeats, "\(repeats) repeats were published, \(duplicates) absorbed")
        let sent = status.published.reduce(into: 0) { sum, tally in
            if case .handover = tally.key { sum += tally.value }
        }
        expect(sent == reading.handovers.count, "\(sent) handovers counted, \(reading.handovers.count) read")
        expect(reading.repeated.isEmpty, "\(reading.repeated.count) message ids were read twice")
        expect(reading.torn.isEmpty, "\(reading.torn.count) handovers whose versions do not rise by one")
        expect(lag == 0, "lag is \(lag)")
        expect(openReleases == 0, "\(openReleases) releases still wait for a decision")
        return found + wrongEnds
    }

    private var wrongEnds: [String] {
        DemoEnds(estate: estate, reading: reading, community: community).wrong
    }
}
