import EventContracts
import ExactlyOnceKafka
import Foundation
import HandoverPipeline
import HandoverRules
import Logging
import Postgres
import Synchronization

/// Makes published messages visible to the doors, one after another: a version has a position here once the Kafka
/// transaction that carries it is committed, and never before (design.md §3). Positions only rise and become visible
/// in their order, whatever the order of recording, holding and publishing was: so a cursor misses nothing.
///
/// Every hub's doors run one; PostgreSQL lets one work at a time. A crash leaves whole steps. It never decides what is
/// said, only when it may be shown, so what it writes could be made again from `message`.
final class FeedKeeper: @unchecked Sendable {
    /// The newest position of each recipient, and of all.
    struct Heads: Sendable {
        var all: Int64 = 0
        var byRecipient: [String: Int64] = [:]
    }

    private let settings: HubSettings
    private let topics: Topics
    private let log: Logger
    private let heads = Mutex(Heads())
    private let isEnding = Atomic(false)
    // Touched on its own thread only.
    private var connection: PostgresConnection?
    private var offsets: GroupOffsets?
    private var isAway = false

    init(settings: HubSettings, log: Logger) {
        self.settings = settings
        topics = Topics(prefix: settings.topicPrefix)
        self.log = log
    }

    /// The newest position that is visible to this recipient, as far as this hub has noticed.
    func head(of recipient: String) -> Int64 { heads.withLock { $0.byRecipient[recipient] ?? 0 } }

    /// Begins on a thread of its own.
    func start() {
        Thread.detachNewThread { [self] in
            Thread.current.name = "throughgate-feed"
            while !isEnding.load(ordering: .relaxed) {
                tick()
                Thread.sleep(forTimeInterval: Double(GatewayLimits.feedTickMilliseconds) / 1000)
            }
            connection?.close()
        }
    }

    func stop() { isEnding.store(true, ordering: .relaxed) }

    private func tick() {
        do {
            let connection = try self.connection ?? PostgresConnection(settings.postgres)
            self.connection = connection
            try connection.execute(FeedSQL.replan)
            while try step(connection) == GatewayLimits.feedStepMax, !isEnding.load(ordering: .relaxed) {}
            try lookAtHeads(connection)
            isAway = false
        } catch {
            if !isAway { log.warning("feed waits", metadata: ["cause": "\(FeedKeeper.name(error))"]) }
            isAway = true
            connection?.close()
            connection = nil
            offsets = nil
        }
    }

    /// One transaction. Returns how many messages it made visible.
    private func step(_ connection: PostgresConnection) throws -> Int {
        try connection.transaction { session in
            guard try session.query(FeedSQL.lock).only()[0] else { return 0 }
            // Before anything is written: this transaction's id must be younger than those of all who drew a number
            // up to this one.
            let last: Int64 = try session.query(FeedSQL.lastSeq).only()[0]
            let state = try session.query(FeedSQL.state).only()
            let seen: Int64 = try state[0]
            var shown = 0
            if try last > seen || state[1] { shown = try show(seen, session) }
            if last > seen, try session.query(FeedSQL.isSettled).only()[0] {
                try session.execute(FeedSQL.setAside)
                try session.execute(FeedSQL.advance(last))
            }
            return shown
        }
    }

    private func show(_ seen: Int64, _ session: PostgresConnection) throws -> Int {
        var nexts: [TopicPartition: Int64] = [:]
        for row in try session.query(FeedSQL.leases) {
            nexts[TopicPartition(try row.text(0), try row[1])] = try row[2] as Int64 + 1
        }
        guard !nexts.isEmpty else { return 0 }
        for case (let source, let next?) in try committed(nexts.keys.sorted()) {
            nexts[source] = max(next, nexts[source] ?? 0)
        }
        let rows = try session.query(
            FeedSQL.show(seen: seen, nexts: FeedKeeper.object(of: nexts), limit: GatewayLimits.feedStepMax))
        var tasks: [Int64] = []
        for row in rows where try row.isNull(1) { tasks.append(try row[0]) }
        if !tasks.isEmpty { try setTasks(tasks, session) }
        return rows.count
    }

    /// Topics, each with its next offsets by partition; 0, below which nothing lies, for a partition that is unknown.
    private static func object(of nexts: [TopicPartition: Int64]) -> String {
        var writer = JSONWriter(capacity: 64 * nexts.count)
        writer.beginObject()
        for (topic, ends) in Dictionary(grouping: nexts, by: \.key.topic) {
            writer.name(topic)
            writer.beginArray()
            for partition in 0...(ends.map(\.key.partition).max() ?? 0) {
                writer.int(nexts[TopicPartition(topic, partition)] ?? 0)
            }
            writer.endArray()
        }
        writer.endObject()
        return String(decoding: writer.bytes, as: UTF8.self)
    }

    /// The ledger's own note is one batch behind while nothing more comes; the group's offsets are not.
    private func committed(_ sources: [TopicPartition]) throws -> [TopicPartition: Int64?] {
        let offsets =
            try self.offsets
            ?? GroupOffsets(
                configuration: settings.kafka, group: settings.prefixedGroup, clientName: "throughgate-feed")
        self.offsets = offsets
        return try offsets.committed(sources)
    }

    private func setTasks(_ seqs: [Int64], _ session: PostgresConnection) throws {
        var ids: [UUID] = []
        var readers: [String] = []
        var kept: [Int64] = []
        var versions: [Int32] = []
        var closed: [Bool] = []
        for row in try session.query(FeedSQL.tasks(seqs)) {
            kept.append(try row[0])
            ids.append(try row[1])
            versions.append(try row[2])
            readers.append(TaskReader.name(topic: try row[3], body: try row.bytes(5), topics))
            closed.append(try row[4])
        }
        try session.execute(FeedSQL.setTasks(ids, readers, kept, versions, closed))
    }

    private func lookAtHeads(_ connection: PostgresConnection) throws {
        let known = heads.withLock { $0.all }
        let rows = try connection.query(GatewaySQL.heads(after: known))
        var found: [(String, Int64)] = []
        for row in rows { found.append((try row[0], try row[1])) }
        heads.withLock { [found] heads in
            for (recipient, position) in found {
                heads.byRecipient[recipient] = position
                heads.all = max(heads.all, position)
            }
        }
    }

    /// Code and place, never a value.
    private static func name(_ error: any Error) -> String {
        switch error {
        case let error as PostgresTransactionError: error.postgres.map { $0.code } ?? name(error.cause)
        case let error as PostgresError: error.code
        case let error as KafkaError: "\(error.code) at \(error.place)"
        default: "\(type(of: error))"
        }
    }
}

/// Whose task a message is: the prison of its topic, or the provider that its body names; "" where it says neither.
enum TaskReader {
    static func name(topic: String, body: [UInt8], _ topics: Topics) -> String {
        let prisons = topics.prefix + "prison.tasks."
        if topic.hasPrefix(prisons) { return "prison:" + topic.dropFirst(prisons.count) }
        return (try? JSONReader.read(body))?.root["providerId"]?.string.map { "provider:" + $0 } ?? ""
    }
}
