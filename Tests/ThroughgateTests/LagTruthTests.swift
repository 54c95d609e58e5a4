import Foundation
import HandoverPipeline
import HandoverRules
import LocalServers
import Operations
import Postgres
import Testing

/// The twelve scripted states of operations.md (checks, 9) on real processes: what page, API, `lag --json` and the
/// metric say agrees with what was done, within ten seconds. Two hubs with servers of their own, side by side. What the
/// local broker cannot make: a rebalance that takes long, for its groups come to rest at once; the state while one runs
/// is judged by the model (LagModelTests).
@Suite("Python: the truth about lag", .serialized)
struct LagTruthTests {
    @Test("each of the twelve scripted states is told as it is, by page, API, command and metric, within ten seconds")
    func states() async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try LagTruthTests().atWork() }
            group.addTask { try LagTruthTests().interrupted() }
            try await group.waitForAll()
        }
    }

    /// No commit, idle, open transaction, a key that blocks, rebalancing, poison.
    private func atWork() throws {
        let bed = try LagTruthBed("work")
        let topics = bed.topics
        try neverStarted(bed, topics.careRecords)
        try bed.start()
        try healthy(bed)
        try openTransaction(bed, topics.careRecords)
        try blockedKey(bed, topics.communityResponses)
        try rebalanced(bed)
        try suspected(bed, topics.communityResponses)
    }

    /// Lagging, stalled, stopped, retention gap, rewound, paused.
    private func interrupted() throws {
        let bed = try LagTruthBed("interrupted")
        let topics = bed.topics
        try bed.start()
        try bed.expect(topics.kitEvents, "idle") { $0.state == .idle }
        try lagging(bed, topics.custodyMovements)
        try serverAway(bed, topics.kitEvents)
        try bed.publish(1, on: topics.communityResponses)
        try bed.expect(topics.communityResponses, "done") { $0.state == .idle && $0.position == 1 }
        bed.stop()
        try stopped(bed)
        try prepare(bed)
        try returned(bed)
    }

    private func neverStarted(_ bed: LagTruthBed, _ topic: String) throws {
        try bed.publish(3, on: topic, secondsAgo: 40)
        let row = try bed.expect(topic, "no commit, no hub") { $0.state == .unassigned && $0.lag == 3 }
        #expect(row.isExact && !row.isCommitted && row.reason.contains("nothing is committed yet"))
        #expect(abs((row.lagSeconds ?? 0) - 40) < 5)
    }

    /// Quiet topics of a hub that is well give no state that asks for anybody.
    private func healthy(_ bed: LagTruthBed) throws {
        for topic in bed.topics.inbound {
            try bed.expect(topic, "idle") { $0.state == .idle && $0.lag == 0 && $0.lagSeconds == 0 }
        }
        let report = try #require(bed.report)
        #expect(!report.worst.isAlarming)
        #expect(report.rebalances.contains { $0.isAssignment && $0.instance == "one" && $0.partitions == 7 })
    }

    private func openTransaction(_ bed: LagTruthBed, _ topic: String) throws {
        let (process, input) = try bed.openTransaction(on: topic)
        let row = try bed.expect(topic, "an open transaction") { $0.state == .blocked }
        #expect(row.lag == 0 && row.lagSeconds == 0)
        #expect((row.highWatermark ?? 0) - (row.lastStableOffset ?? 0) == 3)
        try input.close()
        process.waitUntilExit()
        // Aborted records and the marker behind them take offsets, and are nothing that waits.
        try bed.expect(topic, "aborted") { $0.state == .idle && $0.lag == 0 && ($0.lastStableOffset ?? 0) > 3 }
    }

    /// Here a key never blocks its partition: what was refused lies aside, and only what has the same key waits for it.
    private func blockedKey(_ bed: LagTruthBed, _ topic: String) throws {
        try bed.publish(2, on: topic, key: "Z0001AA")
        try bed.publish(1, on: topic, key: "Z0002AA")
        try bed.expect(topic, "others go on") { $0.state == .idle && $0.position == 3 && $0.lag == 0 }
        // Three records of no commit, and these.
        bed.await("counted") {
            (bed.get("/metrics") ?? "").contains("throughgate_rejected_open 6\n")
                && (bed.get("/api/status") ?? "").contains(#""rejectedOpen":6"#)
        }
        #expect(bed.get("/")?.contains(#"<a href="/rejected">6 open</a>"#) == true)
        let plan = try bed.run(["rejected", "redrive", "\(topic)/0/1", "\(topic)/0/2", "--dry-run"])
        #expect(plan.contains("redrive or discard \(topic)/0/0 first"), "\(plan)")
        #expect(plan.contains("\(topic)/0/2  MALFORMED  ready"), "another key does not wait: \(plan)")
    }

    /// A second member comes and goes: counted, on the timeline, and nobody is told that something is wrong.
    private func rebalanced(_ bed: LagTruthBed) throws {
        func count() -> Int {
            let line = (bed.get("/metrics") ?? "").split(separator: "\n").first {
                $0.hasPrefix("throughgate_rebalances_total ")
            }
            return line?.split(separator: " ").last.flatMap { Int(Double($0) ?? 0) } ?? 0
        }
        let before = count()
        try bed.beside("two") {
            bed.await("the members' rebalance") {
                let own = bed.report?.rebalances.filter { $0.instance == "one" } ?? []
                return count() > before && own.contains { !$0.isAssignment } && own.last?.isAssignment == true
            }
            #expect(bed.get("/lag")?.contains("taken from one") == true)
            for topic in bed.topics.inbound { try bed.expect(topic, "at rest") { $0.state == .idle } }
        }
    }

    /// Three starts without progress, as a record leaves them that kills its process: it is taken alone, by name.
    private func suspected(_ bed: LagTruthBed, _ topic: String) throws {
        bed.stop()
        let done = try bed.expect(topic, "stopped") { $0.state == .unassigned }.position ?? 0
        try bed.connection.execute("update partition_lease set idle_starts = 3 where topic = \(topic)")
        try bed.publish(2, on: topic)
        try bed.startHeldBack {
            let poison = try bed.expect(topic, "a record taken alone") { $0.state == .stalled }
            #expect(poison.stuck?.offset == done && poison.stuck?.attempts == 1 && poison.stuck?.cause != nil)
            #expect(poison.reason.contains("POISON"))
        }
        try bed.expect(topic, "passed") { $0.state == .idle && $0.position == done + 2 }
    }

    /// What waits while the recorder is held back counts as lagging for some seconds, then as stalled: a slow machine
    /// may miss it once.
    private func lagging(_ bed: LagTruthBed, _ topic: String) throws {
        let line = #"throughgate_partition_state{topic="\#(topic)",partition="0",state="lagging"} 1"#
        for _ in 0..<4 {
            var isSeen = false
            try bed.heldBack {
                try bed.publish(5, on: topic)
                let deadline = Date(timeIntervalSinceNow: LagLimits.failingSeconds)
                while !isSeen, Date() < deadline {
                    let row = bed.report?.partitions.first { $0.topic == topic }
                    isSeen =
                        row?.state == .lagging && row?.lag == 5 && row?.isExact == true
                        && bed.get("/metrics")?.contains(line) == true
                        && bed.get("/lag?topic=\(topic)")?.contains(">lagging</span>") == true
                    if !isSeen { Thread.sleep(forTimeInterval: 0.1) }
                }
            }
            try bed.expect(topic, "done") { $0.state == .idle && $0.lag == 0 }
            if isSeen { return }
        }
        Issue.record("lagging was never told")
    }

    private func serverAway(_ bed: LagTruthBed, _ topic: String) throws {
        try bed.postgres.stop()
        let sent = Date()
        try bed.publish(5, on: topic)
        // The time until it counts as stalled is short, and a machine can be slow.
        let behind = try bed.expect(topic, "behind") { $0.lag == 5 && [.lagging, .stalled].contains($0.state) }
        #expect(behind.isExact)
        let stalled = try bed.expect(topic, "PostgreSQL away") { $0.state == .stalled }
        let truth = Date().timeIntervalSince(sent)
        // The answer is at most some seconds old; the age in it is exact for its own moment.
        #expect(abs((stalled.lagSeconds ?? 0) - truth) < LagLimits.tickSeconds + 1)
        #expect(stalled.stuck?.offset == 0 && stalled.stuck?.stage == "record")
        #expect((stalled.stuck?.attempts ?? 0) > 1 && stalled.stuck?.cause != nil)
        try exactAge(bed, topic, sent)
        try bed.postgres.restart()
        try bed.expect(topic, "PostgreSQL back") { $0.state == .idle && $0.position == 5 }
    }

    /// The age of the next record, against the moment that the answer itself names: within a second.
    private func exactAge(_ bed: LagTruthBed, _ topic: String, _ sent: Date) throws {
        let report = try #require(bed.report)
        let row = try #require(report.partitions.first { $0.topic == topic })
        let truth = Double(report.at.milliseconds) / 1000 - sent.timeIntervalSince1970
        #expect(abs((row.lagSeconds ?? 0) - truth) < 1)
        #expect(row.timestampKind == "CreateTime")
    }

    private func stopped(_ bed: LagTruthBed) throws {
        try bed.publish(2, on: bed.topics.kitEvents)
        let row = try bed.expect(bed.topics.kitEvents, "a stopped hub") { $0.state == .unassigned && $0.lag == 2 }
        #expect(row.burrow == "STOP" && row.isCommitted)
        // The broker believes in the member still: the ledger knows that its process is gone.
        #expect(row.reason.contains("no process"))
    }

    /// While nobody works: an offset that goes back, one that goes beyond the ledger, records that retention deletes.
    private func prepare(_ bed: LagTruthBed) throws {
        let topics = bed.topics
        let servers = bed.broker.bootstrapServers
        try bed.make(["commit", servers, "lag.throughgate", "lag.one", topics.kitEvents, "0"])
        try bed.publish(3, on: topics.releaseNotifications)
        try bed.make(["commit", servers, "lag.throughgate", "lag.one", topics.releaseNotifications, "3"])
        try bed.publish(1, on: topics.releaseNotifications)
        try bed.publish(4, on: topics.communityResponses)
        try bed.make(["delete", servers, topics.communityResponses, "3"])
        let lost = try bed.expect(topics.communityResponses, "a retention gap") { $0.deletedUnread == 2 }
        #expect(lost.lag == 2 && lost.position == 3 && lost.reason.contains("2 offsets were deleted by retention"))
        let back = try bed.expect(topics.kitEvents, "rewound and stopped") { $0.lag == 7 }
        #expect(back.state == .unassigned && back.reason.contains("went back from 5 to 0"))
    }

    private func returned(_ bed: LagTruthBed) throws {
        let topics = bed.topics
        try bed.startHeldBack {
            let back = try bed.expect(topics.kitEvents, "rewound") { $0.state == .rewound }
            #expect(back.lag == 7 && back.burrow == "REWIND" && back.reason.contains("from 5 to 0"))
        }
        let paused = try bed.expect(topics.releaseNotifications, "the ledger behind") { $0.state == .paused }
        #expect(paused.reason.hasPrefix("LEDGER_BEHIND") && paused.lag == 1)
        for topic in [topics.kitEvents, topics.communityResponses] {
            try bed.expect(topic, "all done") { $0.state == .idle && $0.lag == 0 }
        }
    }
}
