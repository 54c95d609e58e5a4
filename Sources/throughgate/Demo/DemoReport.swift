import Foundation
import HandoverPipeline
import HandoverRules
import Postgres
import SyntheticEstate

/// The table at the end of a demo, and the check that it adds up.
struct DemoReport {
    private let estate: Estate
    private let status: HubStatus.Snapshot
    private let reading: DemoReading
    private let timersTopic: String
    private let seconds: Double
    private var suppressed: [String: Int] = [:]
    private var stored: [String: Int] = [:]
    private var ends: [String: Int] = [:]
    private var openReleases = 0

    init(
        estate: Estate, status: HubStatus.Snapshot, reading: DemoReading, timersTopic: String, seconds: Double,
        ledger: PostgresConnection
    ) throws {
        self.estate = estate
        self.status = status
        self.reading = reading
        self.timersTopic = timersTopic
        self.seconds = seconds
        for row in try ledger.query("select state, reason, count(*)::int8 from outcome group by 1, 2") {
            let count = Int(try row[2] as Int64)
            ends[try row.text(0), default: 0] += count
            if try row.text(0) == "SUPPRESSED" { suppressed[try row.text(1)] = count }
        }
        for row in try ledger.query("select disposition, count(*)::int8 from event group by 1") {
            stored[try row.text(0)] = Int(try row[1] as Int64)
        }
        openReleases = Int(
            try ledger.query("select count(*)::int8 from outcome where released and state = 'QUEUED'").only()[0]
                as Int64)
    }

    private func total(_ outcome: String, timers: Bool) -> Int {
        status.events.filter { $0.key.outcome == outcome && ($0.key.topic == timersTopic) == timers }
            .reduce(0) { $0 + $1.value }
    }

    private var published: Int { estate.emissions.count }
    private var duplicates: Int { total("duplicate", timers: false) }
    private var rejected: Int { total("rejected", timers: false) }
    private var fired: Int { total("applied", timers: true) }

    /// Positions against ends, over all partitions.
    private var lag: Int64 {
        status.partitions.values.reduce(0) { $0 + max(0, ($1.end ?? 0) - ($1.position ?? 0)) }
    }

    func print() {
        let applied = total("applied", timers: false), superseded = total("superseded", timers: false)
        row("events in", published)
        row("  applied", applied)
        row("  superseded", superseded)
        row("  duplicates absorbed", duplicates)
        row("  rejected", rejected)
        row("timers fired", fired)
        Console.say()
        let groups = Dictionary(grouping: reading.handovers) { "\($0.kind) \($0.priority)" }
        row("handovers published", reading.handovers.count)
        for key in groups.keys.sorted() { row("  \(key)", groups[key]?.count ?? 0) }
        row("tasks published", reading.tasks.values.reduce(0, +))
        for key in reading.tasks.keys.sorted() { row("  \(key)", reading.tasks[key] ?? 0) }
        Console.say()
        row("not sent, by reason", suppressed.values.reduce(0, +))
        for key in suppressed.keys.sorted() { row("  \(key)", suppressed[key] ?? 0) }
        row("in a person's queue", ends["HUMAN_QUEUE"] ?? 0)
        row("dead letters, by reason", reading.rejected.values.reduce(0, +))
        for key in reading.rejected.keys.sorted() { row("  \(key)", reading.rejected[key] ?? 0) }
        Console.say()
        row("lag at the end", Int(lag))
        row("Kafka transactions", status.commits)
        row("events per second", Int(Double(published + fired) / max(seconds, 0.001)))
        row("seconds", Int(seconds.rounded(.up)))
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
        let promised = estate.emissions.reduce(into: [String: Int]()) { sums, emission in
            if case .rejected(let reason) = emission.fate { sums[reason.rawValue, default: 0] += 1 }
        }
        for reason in Set(promised.keys).union(reading.rejected.keys).sorted() {
            let broken = promised[reason] ?? 0, found = reading.rejected[reason] ?? 0
            expect(broken == found, "\(broken) records were broken as \(reason), \(found) dead letters say so")
        }
        expect(rejected == reading.rejected.values.reduce(0, +), "rejected and dead letters differ")
        let repeats = estate.emissions.count { $0.fate == .repeats || $0.fate == .resends }
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

    /// People whose last handover is not what their story should end in.
    private var wrongEnds: [String] {
        var latest: [String: [String: DemoReading.Handover]] = [:]
        let newest = reading.latest
        var holders: [String: String] = [:]
        for handover in reading.handovers {
            guard let noms = (handover.body["person"] as? [String: Any])?["noms"] as? String else { continue }
            holders[handover.id] = noms
        }
        for (id, handover) in newest {
            guard let noms = holders[id] else { continue }
            let kind = handover.topic.contains("supervision") ? "supervision" : "drug-service"
            let before = latest[noms]?[kind]
            // A person with several spells or providers: the thread that still stands counts.
            if before == nil || before?.kind == "STOOD_DOWN" { latest[noms, default: [:]][kind] = handover }
        }
        var wrong: [String: Int] = [:]
        for person in estate.people {
            for (kind, end) in [
                ("drug-service", person.expected.drugService), ("supervision", person.expected.supervision),
            ] where !end.isMet(by: latest[person.noms.text]?[kind]) {
                let cases = person.cases.map(\.rawValue).joined(separator: ",")
                let held = latest[person.noms.text]?[kind]?.kind ?? "nothing"
                wrong["\(kind): \(cases) should end as \(end), holds \(held)", default: 0] += 1
            }
        }
        return wrong.keys.sorted().map { "\(wrong[$0] ?? 0) x \($0)" }
    }
}

extension ExpectedEnd {
    /// Whether this is how the thread ended.
    func isMet(by handover: DemoReading.Handover?) -> Bool {
        switch self {
        case .open: true
        case .suppressed, .humanQueue, .nothing: handover == nil
        case .planned: handover?.kind == "PLANNED"
        case .stoodDown(let reason):
            handover?.kind == "STOOD_DOWN" && handover?.body["reason"] as? String == reason
        case .released(let kit):
            ["RELEASED", "CORRECTION"].contains(handover?.kind)
                && (((handover?.body["thn"] as? [String: Any])?["kitAtRelease"] as? String) == "YES") == kit
        }
    }
}
