public import ExactlyOnceKafka
public import HandoverRules
public import Postgres

/// What the ledger keeps of the lag: a day of minutes, and the rebalances of that day. Never a person.
public enum LagStore {
    /// Writes one minute. The first hub to write a minute has written it; others change nothing.
    public static func keep(_ report: LagReport, on connection: PostgresConnection) throws {
        let minute = Int64(report.at.milliseconds / 60_000)
        let at = Instant(milliseconds: minute * 60_000)
        for (topic, rows) in Dictionary(grouping: report.partitions, by: \.topic) {
            let known = rows.filter { $0.lastStableOffset != nil }.sorted { $0.partition < $1.partition }
            guard !known.isEmpty else { continue }
            try connection.execute(
                keep(
                    slot: Int16(minute % Int64(LagLimits.historyMinutes)), topic: topic, at: at, rows: known))
        }
    }

    private static func keep(slot: Int16, topic: String, at: Instant, rows: [LagReport.Partition]) -> SQL {
        .named(
            "lag.keep",
            """
            insert into lag_history as h (slot, topic, at, total, worst_seconds, partitions, committed, last_stable,
                high, lags, states)
            values (\(slot), \(topic), \(PostgresTimestamp(microseconds: at.microseconds)), \(LagReport.sum(rows)),
                \(rows.compactMap(\.lagSeconds).max()), \(rows.map(\.partition)),
                \(rows.map { $0.isCommitted ? $0.position : nil }), \(rows.map { $0.lastStableOffset ?? 0 }),
                \(rows.map(\.highWatermark)), \(rows.map(\.lag)), \(rows.map(\.state.rawValue)))
            on conflict (slot, topic) do update set at = excluded.at, total = excluded.total,
                worst_seconds = excluded.worst_seconds, partitions = excluded.partitions,
                committed = excluded.committed, last_stable = excluded.last_stable, high = excluded.high,
                lags = excluded.lags, states = excluded.states
            where h.at < excluded.at
            """)
    }

    /// The samples of the last ``LagLimits/recallMinutes``, so that a restart keeps its window.
    public static func recall(topics: [String], on connection: PostgresConnection) throws -> LagHistory {
        let rows = try connection.query(
            .named(
                "lag.recall",
                """
                select at, topic, partitions, committed, last_stable, high, lags from lag_history
                where topic = any(\(topics)) and at > now() - make_interval(mins => \(LagLimits.recallMinutes)::int)
                    and at <= now()
                order by at
                """))
        var history = LagHistory()
        for row in rows {
            let at: PostgresTimestamp = try row[0]
            let topic: String = try row[1]
            let partitions: [Int32] = try row[2]
            let committed: [Int64?] = try row[3]
            let stable: [Int64] = try row[4]
            let high: [Int64?] = try row[5]
            let lags: [Int64?] = try row[6]
            guard [committed.count, stable.count, high.count, lags.count].allSatisfy({ $0 == partitions.count }) else {
                continue
            }
            for (index, partition) in partitions.enumerated() {
                history.add(
                    LagSample(
                        at: Instant(microseconds: at.microseconds), committed: committed[index],
                        lastStable: stable[index], high: high[index], lag: lags[index]),
                    of: TopicPartition(topic, partition))
            }
        }
        return history
    }

    /// One topic's day for a chart.
    public struct Curve: Sendable, Hashable {
        public struct Point: Sendable, Hashable {
            public var at: Instant
            /// The most that waited in these minutes; nil: not known.
            public var lag: Int64?
            public var seconds: Double?

            public init(at: Instant, lag: Int64?, seconds: Double?) {
                self.at = at
                self.lag = lag
                self.seconds = seconds
            }
        }

        public var topic: String
        /// Oldest first; gaps are minutes in which nobody measured.
        public var points: [Point]

        public init(topic: String, points: [Point]) {
            self.topic = topic
            self.points = points
        }
    }

    /// The last day, five minutes a point.
    public static func curves(topics: [String], on connection: PostgresConnection) throws -> [Curve] {
        let rows = try connection.query(
            .named(
                "lag.curves",
                """
                select topic, to_timestamp(floor(extract(epoch from at) / 300) * 300), max(total), max(worst_seconds)
                from lag_history where topic = any(\(topics)) and at > now() - interval '24 hours' and at <= now()
                group by 1, 2 order by 1, 2
                """))
        var curves: [Curve] = []
        for row in rows {
            let topic: String = try row[0]
            let at: PostgresTimestamp = try row[1]
            if curves.last?.topic != topic { curves.append(Curve(topic: topic, points: [])) }
            curves[curves.count - 1].points.append(
                Curve.Point(at: Instant(microseconds: at.microseconds), lag: try row[2], seconds: try row[3]))
        }
        return curves
    }

    // MARK: Rebalances

    /// Adds what is not there yet, and forgets what is older than a day.
    public static func keep(_ rebalances: [RebalanceNote], on connection: PostgresConnection) throws {
        guard !rebalances.isEmpty else { return }
        try connection.execute(
            .named(
                "rebalance.keep",
                """
                insert into rebalance_history
                select * from unnest(\(rebalances.map(\.instance)),
                    \(rebalances.map { PostgresTimestamp(microseconds: $0.at.microseconds) }),
                    \(rebalances.map(\.isAssignment)), \(rebalances.map { Int32(clamping: $0.partitions) }),
                    \(rebalances.map { $0.generation.map { Int32(clamping: $0) } }))
                on conflict do nothing
                """))
        try connection.execute(
            .named("rebalance.forget", "delete from rebalance_history where at < now() - interval '24 hours'"))
    }

    /// The latest of the last day, oldest first.
    public static func rebalances(limit: Int, on connection: PostgresConnection) throws -> [RebalanceNote] {
        let rows = try connection.query(
            .named(
                "rebalance.list",
                """
                select instance, at, is_assignment, partitions, generation from rebalance_history
                where at > now() - interval '24 hours' order by at desc limit \(limit)
                """))
        return try rows.map { row in
            let at: PostgresTimestamp = try row[1]
            let generation: Int32? = try row[4]
            return RebalanceNote(
                at: Instant(microseconds: at.microseconds), instance: try row[0], isAssignment: try row[2],
                partitions: Int(try row[3] as Int32), generation: generation.map(Int.init))
        }.reversed()
    }

    /// Records that are taken alone, and how often each was tried.
    public static func suspects(
        on connection: PostgresConnection
    ) throws -> [TopicPartition: PartitionFacts.Suspect] {
        let rows = try connection.query(
            .named("lag.suspects", #"select topic, partition, "offset", attempts from attempt order by "offset" desc"#))
        var suspects: [TopicPartition: PartitionFacts.Suspect] = [:]
        for row in rows {
            suspects[TopicPartition(try row[0], try row[1])] = PartitionFacts.Suspect(
                offset: try row[2], attempts: try row[3])
        }
        return suspects
    }
}
