import ExactlyOnceKafka
import Foundation
import HandoverPipeline
import HandoverRules
import Operations
import Postgres
import Testing

@Suite("PostgreSQL: what is remembered of lag")
struct LagStoreTests {
    private func report(_ minutesAgo: Int64, lag: Int64, committed: Int64?) -> LagReport {
        var row = LagReport.Partition(topic: "t", partition: 3)
        row.position = committed ?? 0
        row.isCommitted = committed != nil
        row.lastStableOffset = 100
        row.highWatermark = 101
        row.lag = lag
        row.lagSeconds = Double(lag)
        row.state = .lagging
        return LagReport(group: "g", at: MachineClock.now() - .minutes(minutesAgo), partitions: [row])
    }

    @Test("a restart has the minutes of before it: samples in order, nothing older than an hour, nothing twice")
    func recall() throws {
        let (connection, _) = try TestDatabase.fresh()
        for (minutes, lag) in [(90, 9), (3, 7), (2, 5)] as [(Int64, Int64)] {
            try LagStore.keep(report(minutes, lag: lag, committed: lag == 7 ? nil : 100 - lag), on: connection)
        }
        // Another hub in the same minute.
        try LagStore.keep(report(2, lag: 60, committed: 40), on: connection)
        let samples = try LagStore.recall(topics: ["t", "u"], on: connection).samples(of: TopicPartition("t", 3))
        #expect(samples.map(\.lag) == [7, 5])
        #expect(samples.map(\.committed) == [nil, 95])
        #expect(samples.map(\.lastStable) == [100, 100] && samples.map(\.high) == [101, 101])
    }

    @Test("a minute of tomorrow takes the place of today's: the table has a day and no more")
    func ring() throws {
        let (connection, _) = try TestDatabase.fresh()
        try LagStore.keep(report(1_440 + 5, lag: 9, committed: 1), on: connection)
        try LagStore.keep(report(5, lag: 4, committed: 1), on: connection)
        #expect(try connection.query("select count(*) from lag_history").only()[0] == 1)
        let curves = try LagStore.curves(topics: ["t"], on: connection)
        #expect(curves.count == 1 && curves.first?.points.map(\.lag) == [4])
        #expect(curves.first?.points.first?.seconds == 4)
    }

    @Test("rebalances of the last day are a timeline, each once")
    func rebalances() throws {
        let (connection, _) = try TestDatabase.fresh()
        let notes = [(1_500, true), (20, true), (10, false)].map { minutes, isAssignment in
            RebalanceNote(
                at: MachineClock.now() - .minutes(Int64(minutes)), instance: "one", isAssignment: isAssignment,
                partitions: 7, generation: isAssignment ? 3 : nil)
        }
        try LagStore.keep(notes, on: connection)
        try LagStore.keep(notes, on: connection)
        let kept = try LagStore.rebalances(limit: 10, on: connection)
        #expect(kept.map(\.isAssignment) == [true, false] && kept.map(\.generation) == [3, nil])
    }
}
