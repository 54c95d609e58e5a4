import Foundation
import HandoverPipeline
import HandoverRules
import Operations
import Postgres
import Testing

/// What a hub says of its canaries, on real processes.
@Suite("local broker: the truth about canaries", .serialized)
struct CanaryTruthTests {
    @Test("canaries come through and are told; one that stands still is missed, and comes; so without PostgreSQL")
    func told() throws {
        let bed = try LagTruthBed("canary", more: "canary:\n  interval: 1s\n")
        try bed.start()
        bed.await("a canary came through", atMost: 20) { bed.missed == 0 && bed.lastSeconds != nil }
        #expect(bed.lastSeconds.map { $0 > 0 && $0 < 10 } == true)
        #expect(bed.get("/")?.contains(#"<span class="tag good">comes through</span>"#) == true)
        let page = bed.get("/metrics") ?? ""
        #expect(!page.contains("throughgate_events_total{"), "a canary is no event")
        let status = bed.get("/api/status") ?? ""
        #expect(status.contains(#""canary":{"everySeconds":1"#), "\(status)")
        try stoodStill(bed)
        bed.await("all came", atMost: 20) { bed.missed == 0 }
        let lost: Int = try bed.connection.query(
            "select count(*) from canary where seen_at is null and sent_at < now() - interval '20 s'"
        ).only()[0]
        #expect(lost == 0)
        bed.connection.close()
        try bed.postgres.stop()
        bed.await("missed while the ledger is away", atMost: 20) { (bed.missed ?? 0) > 2 }
    }

    /// The ledger takes nothing of any batch, for a few intervals.
    private func stoodStill(_ bed: LagTruthBed) throws {
        let holder = try PostgresConnection(PostgresConfiguration(url: bed.postgres.superuserURL))
        defer { holder.close() }
        try holder.execute("begin")
        try holder.execute("lock table partition_lease in exclusive mode")
        bed.await("three are missed", atMost: 20) { (bed.missed ?? 0) > 2 }
        #expect(bed.get("/")?.contains("is not recorded yet") == true)
    }

    @Test("without the setting nothing is sent, and figures and page say so")
    func off() throws {
        let bed = try LagTruthBed("no-canary")
        try bed.start()
        bed.await("the hub measures", atMost: 20) { bed.get("/metrics")?.contains("throughgate_timers_due 0") == true }
        #expect(bed.missed == nil)
        #expect(bed.get("/api/status")?.contains(#""canary":null"#) == true)
        #expect(bed.get("/")?.contains(#"<dt>Canary</dt><dd><span class="tag ">off</span>"#) == true)
        #expect(try bed.connection.query("select count(*) from canary_watch").only()[0] as Int == 0)
    }
}

extension LagTruthBed {
    fileprivate var missed: Int? { figure("throughgate_canary_missed").map { Int($0) } }
    fileprivate var lastSeconds: Double? { figure("throughgate_canary_last_seconds") }

    private func figure(_ name: String) -> Double? {
        let line = get("/metrics")?.split(separator: "\n").first { $0.hasPrefix(name + " ") }
        return line.flatMap { Double($0.dropFirst(name.count + 1)) }
    }
}

@Suite("model: canaries that are missed")
struct CanaryFigureTests {
    private let start = Instant(milliseconds: 1_780_000_000_000)

    @Test(
        "whole intervals since one was due or sent that has not come",
        arguments: [
            // last sent, awaited since, now: seconds; missed
            (0, nil, 59, 0), (0, nil, 119, 0), (0, nil, 120, 1), (0, nil, 300, 4), (0, 60, 61, 0), (0, 60, 119, 0),
            (0, 60, 120, 1), (240, 60, 250, 3), (nil, nil, 30, 0), (nil, nil, 130, 1), (nil, 5, 64, 0), (nil, 5, 65, 1),
            // A clock that was set back.
            (100, nil, 50, 0),
        ] as [(Int64?, Int64?, Int64, Int)])
    func missed(last: Int64?, awaited: Int64?, now: Int64, count: Int) {
        let canary = CanaryFigures(
            every: 60, since: start, lastSentAt: last.map { start + .seconds($0) },
            awaitedSince: awaited.map { start + .seconds($0) })
        #expect(canary.missed(at: start + .seconds(now)) == count)
    }

    @Test("three intervals and a minute open the alert once, five good minutes clear it")
    func alert() {
        var book = AlertBook()
        var canary = CanaryFigures(every: 60, since: start, lastSentAt: start)
        var told: [String] = []
        for second in stride(from: Int64(0), through: 1_200, by: 5) {
            let now = start + .seconds(second)
            // Nothing comes between the second and the eighth minute.
            let isStill = (120..<480).contains(second)
            if !isStill { canary.lastSentAt = start + .seconds(second / 60 * 60) }
            var family = MetricFamily("throughgate_canary_missed", .gauge, "")
            family.add([], Double(canary.missed(at: now)))
            for change in book.look([family], now: now) {
                told.append("\(change.rule.name) \(change.isOpen) \(second)")
            }
        }
        // The last good one was sent after 60 s: the third is missed at 240 s.
        #expect(told == ["ThroughgateCanary true 360", "ThroughgateCanary false 780"])
    }
}
