import ExactlyOnceKafka
import HandoverRules
import Operations
import Testing

@Suite("model: lag of a partition")
struct LagModelTests {
    private static let now = Instant(milliseconds: 1_780_000_000_000)
    private static let place = TopicPartition("t", 3)

    /// Position, last stable offset and what was found there, as one looks at it.
    private func reading(
        _ committed: Int64?, of end: Int64, low: Int64 = 0, high: Int64? = nil, found: Int64? = nil, age: Double = 30,
        reachedEnd: Bool = true
    ) -> LagReading {
        var reading = LagReading(
            committed: committed, low: low, lastStable: end, high: high ?? end, isAssigned: true)
        if max(committed ?? low, low) < end {
            var what = LagReading.Found()
            what.records = found ?? end - max(committed ?? low, low)
            what.reachedEnd = reachedEnd
            if what.records > 0 {
                what.firstMilliseconds = LagModelTests.now.milliseconds - Int64(age * 1000)
            }
            reading.found = what
        }
        return reading
    }

    private func judge(
        _ reading: LagReading, past: [LagSample] = [], work: PartitionWork? = nil,
        suspect: PartitionFacts.Suspect? = nil
    ) -> LagReport.Partition {
        LagReport.Partition(
            LagModelTests.place,
            PartitionFacts(reading: reading, at: LagModelTests.now, past: past, work: work, suspect: suspect))
    }

    /// Samples every ten seconds up to ten seconds ago, oldest first.
    private func past(_ samples: [(committed: Int64?, end: Int64, lag: Int64)], high: Int64? = nil) -> [LagSample] {
        samples.enumerated().map { index, sample in
            LagSample(
                at: LagModelTests.now - .seconds(Int64(10 * (samples.count - index))), committed: sample.committed,
                lastStable: sample.end, high: high ?? sample.end, lag: sample.lag)
        }
    }

    private func working(_ change: (inout PartitionWork) -> Void = { _ in }) -> PartitionWork {
        var work = PartitionWork(isAssigned: true)
        work.assignedSeconds = 600
        work.completedSeconds = 1
        change(&work)
        return work
    }

    @Test("nothing waits: idle, 0 seconds, however long ago the last commit was")
    func idle() {
        let row = judge(
            reading(100, of: 100), past: past(Array(repeating: (100, 100, 0), count: 30)),
            work: working { $0.completedSeconds = 86_400 })
        #expect(row.state == .idle && row.lag == 0 && row.lagSeconds == 0 && row.burrow == "OK" && row.reason.isEmpty)
        #expect(row.commitSeconds == 86_400)
    }

    @Test("transaction markers are no records: behind them nothing waits, and nothing looks stalled")
    func markers() {
        let row = judge(
            reading(99, of: 100, found: 0), past: past(Array(repeating: (99, 100, 0), count: 30)),
            work: working { $0.completedSeconds = 3_600 })
        #expect(row.state == .idle && row.lag == 0 && row.isExact && row.lagSeconds == 0)
    }

    @Test("records wait and are worked on: lagging, aged by the next one, with rates and the time to catch up")
    func lagging() {
        let row = judge(
            reading(500, of: 800, age: 12.5),
            past: past([(200, 700, 500), (300, 725, 425), (400, 750, 350)]), work: working())
        #expect(row.state == .lagging && row.lag == 300 && row.lagSeconds == 12.5 && row.burrow == "OK")
        #expect(row.timestampKind == "CreateTime")
        #expect(row.movement.outRate == 10 && row.movement.inRate == 100.0 / 30)
        #expect(row.secondsToCatchUp.map { ($0 * 1000).rounded() } == 45_000)
    }

    @Test("a lag that only grows is said, and has no time to catch up; Burrow calls it WARN")
    func growing() {
        let row = judge(
            reading(130, of: 500), past: past([(100, 200, 100), (110, 300, 190), (120, 400, 280)]), work: working())
        #expect(row.state == .lagging && row.burrow == "WARN" && row.secondsToCatchUp == nil)
        #expect(row.reason == "it grows")
    }

    @Test("a batch whose attempts fail is stalled, with record, stage, attempts and class; not in its first seconds")
    func failing() {
        func row(_ seconds: Double) -> LagReport.Partition {
            judge(
                reading(10, of: 20),
                work: working {
                    $0.completedSeconds = seconds
                    $0.inHand = PartitionWork.InHand(
                        stage: "record", offset: 10, milliseconds: nil, seconds: seconds, failures: 4, cause: "08006")
                })
        }
        #expect(row(LagLimits.failingSeconds - 1).state == .lagging)
        let stalled = row(LagLimits.failingSeconds)
        #expect(stalled.state == .stalled && stalled.burrow == "STALL")
        #expect(stalled.stuck == LagReport.Stuck(offset: 10, stage: "record", attempts: 5, cause: "08006"))
        #expect(stalled.reason.contains("08006") && stalled.reason.contains("at 10"))
    }

    @Test("a process that completes nothing is stalled without any error, also where nothing was ever committed")
    func silent() {
        let waiting = past(Array(repeating: (nil, 20, 20), count: 9))
        let stalled = judge(reading(nil, of: 20), past: waiting, work: working { $0.completedSeconds = nil })
        #expect(stalled.state == .stalled && stalled.reason.contains("nothing was completed for 90 s"))
        let elsewhere = judge(reading(5, of: 20), past: past(Array(repeating: (5, 20, 15), count: 9)))
        #expect(elsewhere.state == .stalled)
        let busy = judge(reading(nil, of: 20), past: waiting, work: working { $0.completedSeconds = 2 })
        #expect(busy.state == .lagging)
    }

    @Test("a quiet topic's first record after hours is no stall")
    func afterHours() {
        let row = judge(
            reading(5, of: 6, age: 1), past: past(Array(repeating: (5, 5, 0), count: 30)),
            work: working { $0.completedSeconds = 36_000 })
        #expect(row.state == .lagging)
    }

    @Test("a record that is taken alone after crashes is named with its attempts")
    func suspect() {
        let row = judge(
            reading(7, of: 20), work: working(), suspect: PartitionFacts.Suspect(offset: 7, attempts: 2))
        #expect(row.state == .stalled)
        #expect(row.stuck == LagReport.Stuck(offset: 7, stage: "record", attempts: 2, cause: "CRASH"))
        let passed = judge(
            reading(8, of: 20), work: working(), suspect: PartitionFacts.Suspect(offset: 7, attempts: 2))
        #expect(passed.state == .lagging)
    }

    @Test("an open transaction is blocked once it holds for a while, and only where nothing else is to do")
    func blocked() {
        let held = past(Array(repeating: (50, 50, 0), count: 4), high: 60)
        let row = judge(reading(50, of: 50, high: 60), past: held, work: working())
        #expect(row.state == .blocked && row.lag == 0 && row.lagSeconds == 0)
        #expect(row.reason == "an open transaction holds 10 offsets back for 40 s")
        #expect(judge(reading(50, of: 50, high: 60), work: working()).state == .idle)
        let moving = past([(20, 20, 0), (30, 30, 0), (40, 40, 0)], high: 60)
        #expect(judge(reading(50, of: 50, high: 60), past: moving, work: working()).state == .idle)
        let behind = judge(reading(40, of: 50, high: 60), past: held, work: working())
        #expect(behind.state == .rewound)
    }

    @Test("a stopped partition and a hub that fetches nothing are paused, each with why")
    func paused() {
        let stopped = judge(reading(120, of: 130), work: working { $0.stopped = "LEDGER_BEHIND" })
        #expect(stopped.state == .paused && stopped.reason.hasPrefix("LEDGER_BEHIND"))
        let pressed = judge(
            reading(120, of: 130),
            work: working {
                $0.pause = "the recorder is busy"
                $0.pauseSeconds = 9
                $0.completedSeconds = 12
            })
        #expect(pressed.state == .paused && pressed.reason.contains("the recorder is busy"))
        let working = judge(
            reading(120, of: 130),
            work: working {
                $0.pause = "the recorder is busy"
                $0.pauseSeconds = 9
            })
        #expect(working.state == .lagging)
    }

    @Test("an offset that went back is rewound until it is where it was; a topic made anew is not")
    func rewound() {
        let before = past([(90, 100, 10), (100, 100, 0), (40, 100, 60)])
        let row = judge(reading(60, of: 100), past: before, work: working())
        #expect(row.state == .rewound && row.burrow == "REWIND" && row.reason.contains("from 100 to 60"))
        #expect(judge(reading(100, of: 110), past: before, work: working()).state == .lagging)
        let anew = judge(reading(3, of: 5), past: past([(90, 100, 10), (100, 100, 0)]), work: working())
        #expect(anew.state == .lagging)
        let gone = judge(reading(nil, of: 100), past: before, work: working())
        #expect(gone.state == .rewound && gone.reason.contains("is gone"))
    }

    @Test("no process has it: unassigned, and Burrow's STOP only when something waits")
    func unassigned() {
        var away = reading(10, of: 20)
        away.isAssigned = false
        #expect(judge(away).state == .unassigned && judge(away).burrow == "STOP")
        var idle = reading(20, of: 20)
        idle.isAssigned = false
        #expect(judge(idle).state == .unassigned && judge(idle).burrow == "OK")
        var joining = PartitionWork(isAssigned: false)
        joining.joiningSeconds = 2
        #expect(judge(away, work: joining).state == .starting)
        joining.joiningSeconds = 100
        #expect(judge(away, work: joining).state == .unassigned)
    }

    @Test("a partition that was just assigned is starting, for a while")
    func starting() {
        func row(_ seconds: Double) -> LagReport.Partition {
            judge(
                reading(nil, of: 20),
                work: working {
                    $0.assignedSeconds = seconds
                    $0.completedSeconds = nil
                })
        }
        #expect(row(2).state == .starting && row(2).reason.contains("begins at the earliest record"))
        #expect(row(20).state == .lagging)
    }

    @Test("what retention deleted unread is counted, and what it will delete next is foretold")
    func retention() {
        let lost = judge(reading(100, of: 500, low: 400), work: working())
        #expect(lost.position == 400 && lost.lag == 100 && lost.deletedUnread == 300)
        #expect(lost.reason.contains("300 offsets were deleted by retention"))
        var near = reading(10, of: 20, age: 90)
        near.retentionMilliseconds = 100_000
        let row = judge(near, work: working())
        #expect(row.retentionShare == 0.9 && row.reason.contains("retention is near: 90 %"))
        near.retentionMilliseconds = 1_000_000
        #expect(!judge(near, work: working()).reason.contains("retention"))
    }

    @Test("a timestamp of the future is clamped to 0 and marked; a commit beyond the end is no negative lag")
    func clamped() {
        let skewed = judge(reading(10, of: 11, age: -5), work: working())
        #expect(skewed.lagSeconds == 0 && skewed.isSkewed && skewed.lag == 1)
        let beyond = judge(reading(30, of: 20), work: working())
        #expect(beyond.lag == nil && beyond.lagSeconds == nil && beyond.state == .unknown)
    }

    @Test("where too much waits to be counted, the difference is an upper bound and the hand tells the age")
    func uncounted() {
        var much = reading(0, of: 10_000, reachedEnd: false)
        much.found?.records = 1
        let row = judge(much, work: working())
        #expect(row.lag == 10_000 && !row.isExact && row.lagSeconds == 30)
        much.found = nil
        let told = judge(
            much,
            work: working {
                $0.inHand = PartitionWork.InHand(
                    stage: "publish", offset: 0, milliseconds: LagModelTests.now.milliseconds - 2_000, seconds: 1)
            })
        #expect(told.lagSeconds == 2)
        #expect(judge(much, work: working()).lagSeconds == nil)
    }

    @Test(
        "the table fits a terminal of 80 characters: what matters at night stays, reasons stand below",
        arguments: [80, 72])
    func width(_ width: Int) throws {
        var stuck = LagReport.Partition(topic: "prison.release-notifications", partition: 11)
        stuck.reason = String(repeating: "the record at 10 waits in stage record ", count: 5)
        stuck.lag = 123_456
        let report = LagReport(group: "g", at: LagModelTests.now, partitions: [stuck])
        let lines = report.table(width: width).dropFirst()
        #expect(lines.allSatisfy { $0.count <= width }, "\(lines.joined(separator: "\n"))")
        let text = lines.joined(separator: " ")
        for word in ["TOPIC", "LAG", "BEHIND", "STATE", "123456", "prison.release-notifications", "stage record"] {
            #expect(text.contains(word), "\(word) in \(text)")
        }
        #expect(report.table[1].contains("COMMITTED") && report.table.count == 4, "a pipe has everything on one line")
    }

    @Test("a report survives its own JSON, so that the command shows what the hub knows")
    func json() throws {
        var report = LagReport(
            group: "g", at: LagModelTests.now,
            partitions: [
                judge(
                    reading(10, of: 20),
                    work: working {
                        $0.inHand = PartitionWork.InHand(
                            stage: "record", offset: 10, milliseconds: nil, seconds: 9, failures: 1, cause: "53300")
                    }), LagReport.Partition(topic: "z", partition: 0),
            ])
        report.rebalances = [
            RebalanceNote(at: LagModelTests.now, instance: "one", isAssignment: true, partitions: 4, generation: 2)
        ]
        let again = try #require(LagReport(json: report.json))
        #expect(again.json == report.json)
        #expect(again.table == report.table)
        #expect(LagReport(json: Array("{}".utf8)) == nil)
    }
}
