import Foundation
import HandoverPipeline
import HandoverRules
import LocalServers
import Operations
import Postgres
import Testing

/// The scripted states of operations.md (checks, 9) on real processes: what API, `lag --json` and the metric say agrees
/// with what was done, within ten seconds.
@Suite("Python: the truth about lag", .serialized)
struct LagTruthTests {
    @Test("each scripted state is told as it is, by API, command and metric, within ten seconds")
    func states() throws {
        let bed = try LagTruthBed()
        let topics = bed.topics
        try neverStarted(bed, topics.careRecords)
        try bed.start()
        try healthy(bed)
        try openTransaction(bed, topics.careRecords)
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

    private func serverAway(_ bed: LagTruthBed, _ topic: String) throws {
        try bed.postgres.stop()
        let sent = Date()
        try bed.publish(5, on: topic)
        let lagging = try bed.expect(topic, "lagging") { $0.state == .lagging && $0.lag == 5 }
        #expect(lagging.isExact)
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
        let holder = try PostgresConnection(PostgresConfiguration(url: bed.postgres.superuserURL))
        try holder.execute("begin")
        try holder.execute("lock table rejected in exclusive mode")
        try bed.start()
        let back = try bed.expect(topics.kitEvents, "rewound") { $0.state == .rewound }
        #expect(back.lag == 7 && back.burrow == "REWIND" && back.reason.contains("from 5 to 0"))
        try holder.execute("rollback")
        let paused = try bed.expect(topics.releaseNotifications, "the ledger behind") { $0.state == .paused }
        #expect(paused.reason.hasPrefix("LEDGER_BEHIND") && paused.lag == 1)
        for topic in [topics.kitEvents, topics.communityResponses] {
            try bed.expect(topic, "all done") { $0.state == .idle && $0.lag == 0 }
        }
    }
}
