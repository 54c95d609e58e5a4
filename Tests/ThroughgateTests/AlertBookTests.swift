import Foundation
import HandoverPipeline
import HandoverRules
import Operations
import Testing

@Suite("model: which alerts are open")
struct AlertBookTests {
    static let start = Instant(milliseconds: 1_780_000_000_000)

    static func family(_ name: String, _ samples: [([(String, String)], Double)]) -> MetricFamily {
        var family = MetricFamily(name, .gauge, "")
        for (labels, value) in samples { family.add(labels, value) }
        return family
    }

    private static func risk(_ people: Double?) -> [MetricFamily] {
        people.map { [family("throughgate_people_at_risk", [([("priority", "P1")], $0), ([("priority", "P2")], 9)])] }
            ?? []
    }

    /// Looks once a minute with so many people at risk; what changed, by minute.
    private func play(_ people: [Double?]) -> [String] {
        var book = AlertBook(rules: AlertRule.all.filter { $0.name == "ThroughgatePeopleAtRiskP1" })
        return people.enumerated().flatMap { minute, people in
            let now = Self.start + .minutes(Int64(minute))
            return book.look(Self.risk(people), now: now).map { "\(minute) \($0.isOpen ? "open" : "clear")" }
        }
    }

    @Test func aMomentRaisesNothing() {
        #expect(play([0, 1, 1, 1, 1, 0, 0, 1, 1, 0]).isEmpty)
    }

    @Test func oneCauseOpensOnceAndClearsOnceWhateverHappensBetween() {
        let busy: [Double?] = Array(repeating: 3, count: 20)
        #expect(play(busy + [0, 3, 0, 0, 3] + Array(repeating: 0, count: 8)) == ["5 open", "30 clear"])
    }

    @Test func whatIsNotKnownNeitherRaisesNorClears() {
        #expect(play(Array(repeating: 1, count: 6) + Array(repeating: nil, count: 30)) == ["5 open"])
        #expect(play([1, nil, nil, nil, nil, nil, 0, 0]).isEmpty)
    }

    @Test func topicsAreCausesOfTheirOwnAndTheWorstPartitionCounts() {
        var book = AlertBook(), log: [String] = []
        for minute in 0...20 {
            let family = Self.family(
                "throughgate_partition_state",
                [
                    ([("topic", "a"), ("partition", "0"), ("state", "stalled")], 0),
                    ([("topic", "a"), ("partition", "1"), ("state", "stalled")], minute < 10 ? 1 : 0),
                    ([("topic", "b"), ("partition", "0"), ("state", "stalled")], minute < 5 ? 0 : 1),
                    ([("topic", "b"), ("partition", "0"), ("state", "idle")], 1),
                ])
            let changes = book.look([family], now: Self.start + .minutes(Int64(minute)))
            log += changes.map { "\(minute) \($0.rule.name) \($0.cause.text) \($0.isOpen)" }
        }
        #expect(
            log == [
                #"3 ThroughgateStalled topic="a" true"#, #"8 ThroughgateStalled topic="b" true"#,
                #"15 ThroughgateStalled topic="a" false"#,
            ])
        #expect(book.open.map(\.cause.text) == [#"topic="b""#])
    }

    @Test func whatOpensAtOneLevelClearsAtALowerOne() {
        var book = AlertBook(), log: [String] = []
        let lag = Array(repeating: 400, count: 6) + Array(repeating: 250, count: 7) + Array(repeating: 170, count: 6)
        for (minute, seconds) in lag.enumerated() {
            let family = Self.family("throughgate_consumer_late_seconds", [([("topic", "a")], Double(seconds))])
            log += book.look([family], now: Self.start + .minutes(Int64(minute))).map { "\(minute) \($0.isOpen)" }
        }
        #expect(log == ["5 true", "18 false"])
    }

    @Test func aCauseThatIsMeasuredNoMoreClears() {
        var book = AlertBook(), log: [Bool] = []
        for minute in 0...40 {
            let samples: [([(String, String)], Double)] = minute < 20 ? [([("recipient", "r")], 2_000)] : []
            let family = Self.family("throughgate_webhook_oldest_seconds", samples)
            log += book.look([family], now: Self.start + .minutes(Int64(minute))).map(\.isOpen)
        }
        #expect(log == [true, false])
    }

    @Test func aBookThatWasRestoredGoesOnAndTwoLooksFarApartAreNoStretch() {
        var book = AlertBook()
        _ = book.look(Self.risk(1), now: Self.start)
        for minute in 1...5 { _ = book.look(Self.risk(1), now: Self.start + .minutes(Int64(minute))) }
        #expect(book.open.count == 1)
        var next = AlertBook()
        next.restore(book.standings, lookedAt: Self.start + .minutes(5))
        #expect(next.look(Self.risk(1), now: Self.start + .minutes(6)).isEmpty && next.open.count == 1)
        // Half-way to opening, then away for an hour.
        var other = AlertBook()
        _ = other.look(Self.risk(1), now: Self.start)
        #expect(other.look(Self.risk(1), now: Self.start + .hours(1)).isEmpty)
    }

    @Test func causesComeBackFromTheirText() {
        for labels in [[], [("topic", "a.b")], [("recipient", "r"), ("door", "feed")]] as [[(String, String)]] {
            let family = Self.family("throughgate_x", [(labels, 1)])
            let cause = AlertCause(rule: "R", labels: family.samples[0].labels)
            #expect(AlertCause(rule: "R", text: cause.text) == cause)
        }
    }

    @Test func theTableIsSound() {
        let rules = AlertRule.all
        #expect(rules.count > 25 && Set(rules.map(\.name)).count == rules.count)
        for rule in rules {
            #expect(rule.clearsAt <= rule.above && rule.opensAfter > .zero && rule.clearsAfter > .zero)
            for label in rule.summary.matches(of: /\$labels\.(\w+)/) {
                #expect(rule.causes.contains(String(label.1)), "\(rule.name)")
            }
        }
    }

    @Test func everyOpeningAndClearingHasAnIdOfItsOwnWithoutFullStops() {
        var book = AlertBook(), ids: [String] = []
        for minute in 0...40 {
            // Both topics, twice.
            let value = (0..<10).contains(minute % 20) ? 2_000.0 : 0
            let family = Self.family(
                "throughgate_consumer_lag_seconds", [([("topic", "a.b")], value), ([("topic", "c")], value)])
            let changes = book.look([family], now: Self.start + .minutes(Int64(minute)))
            ids += changes.map { AlertNotice($0, door: .email).id }
        }
        #expect(ids.count == 8 && Set(ids).count == 8, "\(ids)")
        #expect(ids.allSatisfy { !$0.contains(".") })
    }
}

@Suite("model: a healthy run opens no alert")
struct QuietAlertTests {
    /// Ten minutes and a clear half-hour after: a hub with quiet topics, one of which gets a record now and then.
    @Test func tenQuietMinutesAreQuiet() {
        var book = AlertBook()
        var asked = 0
        for second in stride(from: 0, through: 2_400, by: 5) {
            let now = AlertBookTests.start + .seconds(Int64(second))
            let status = HubStatus()
            var snapshot = status.snapshot
            // A start takes seconds.
            if second > 15 { for part in HubStatus.Part.allCases { snapshot.parts[part] = .ready } }
            let families = MetricsText.families(snapshot, figures(second, now), version: "test")
            asked = Set(families.map(\.name)).intersection(AlertRule.all.map(\.metric)).count
            let changes = book.look(families, now: now)
            #expect(changes.isEmpty, "after \(second) s: \(changes.map(\.rule.name))")
        }
        // Everything but the couriers' own was there to be judged.
        #expect(asked >= Set(AlertRule.all.map(\.metric)).count - 4)
    }

    private func figures(_ second: Int, _ now: Instant) -> Figures {
        let rows = ["prison.kit-events", "hub.timers"].flatMap { topic in
            (0..<2 as Range<Int32>).map { partition in
                var row = LagReport.Partition(topic: topic, partition: partition)
                // A record every other minute is there for a few seconds.
                let isBusy = partition == 1 && second % 120 < 10
                row.lag = isBusy ? 3 : 0
                row.lagSeconds = isBusy ? Double(second % 120) : 0
                row.retentionShare = isBusy ? 0.0001 : 0
                row.state = second < 20 ? .starting : isBusy ? .lagging : .idle
                return row
            }
        }
        var figures = Figures(
            lag: LagReport(group: "throughgate", at: now, partitions: rows), timersDue: second % 60 < 5 ? 1 : 0,
            rejectedOpen: 2, risk: PeopleAtRisk(counts: [], byPriority: [.p2: 4], at: now),
            auditHead: AuditHead(seq: 7, hash: []))
        figures.rejections = RejectionFigures(
            oldestSeconds: 4_000 + Double(second),
            reasons: [.init(reason: "MALFORMED", surge: 1, lastHour: 2, isNew: false)])
        figures.auditFaults = 0
        figures.recipients = [
            RecipientLag(
                recipient: "prov-leeds", door: .feed, handovers: 2, people: 2,
                oldest: MachineClock.now() - .hours(2))
        ]
        return figures
    }
}
