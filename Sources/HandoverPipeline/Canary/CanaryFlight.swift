import EventContracts
import ExactlyOnceKafka
import Foundation
import HandoverRules
import Postgres
import Synchronization

/// Canaries on their way, from the hub that sends them: what is awaited, and the reader that sees them come out. It
/// reads only while something is awaited. One thread at a time.
final class CanaryFlight {
    private struct Awaited {
        var sentAt: Instant
        /// Whether this process sent it and has looked for it ever since.
        var isWatched: Bool
    }

    private let hub: Hub
    private let parts: HubParts
    private let reader: TopicReader
    private let source: TopicPartition
    private var awaited: [UUID: Awaited] = [:]
    /// Where the reader goes on; nil: at the earliest.
    private var position: Int64?
    private var isReading = false
    private let sending = Sending()

    /// What became of the one sent last; told on the thread that sent it.
    private final class Sending: Sendable {
        enum State { case none, underWay, failed(UUID, String) }

        let state = Mutex(State.none)
    }

    /// Goes on with what another process, or this one before a restart, had sent.
    init(_ hub: Hub, _ parts: HubParts, on connection: PostgresConnection) throws {
        self.hub = hub
        self.parts = parts
        source = TopicPartition(parts.topics.canary, 0)
        reader = try TopicReader(
            configuration: hub.settings.kafka, clientName: hub.settings.transactionalID + "-canary")
        try CanaryFlight.makeTopic(parts.topics, hub, reader)
        let since = MachineClock.now() - .seconds(CanaryLimits.awaitedSeconds)
        for row in try connection.query(
            CanarySQL.outstanding(since: since.postgres, limit: CanaryLimits.awaitedMax))
        {
            let at: PostgresTimestamp = try row[1]
            awaited[try row[0]] = Awaited(sentAt: Instant(microseconds: at.microseconds), isWatched: false)
        }
        if awaited.isEmpty { position = try end() }
    }

    /// Whether the one before is not known to have arrived on its inbound topic yet.
    var isSending: Bool {
        if case .none = sending.state.withLock({ $0 }) { false } else { true }
    }

    /// Keeps and sends one; waits for nothing.
    func send(at now: Instant, on connection: PostgresConnection) throws {
        let id = UUID()
        let sequence: Int64 = try connection.query(
            CanarySQL.send(id, at: now.postgres, by: hub.settings.instance)
        ).only()[0]
        try connection.execute(
            CanarySQL.tidy(before: (now - .seconds(CanaryLimits.keptSeconds)).postgres))
        let record = try EventEncoder(topics: parts.topics).record(
            of: CanaryEvent.release(id, sequence: sequence, at: now))
        awaited[id] = Awaited(sentAt: now, isWatched: true)
        try startReading()
        sending.state.withLock { $0 = .underWay }
        // On a thread of its own: a broker that is away must not keep this one from looking.
        DispatchQueue.global().async { [sending, entrance = parts.entrance] in
            let delivery = entrance.send([OutboundMessage(record)]).first
            sending.state.withLock { state in
                if case .failed(let error)? = delivery { state = .failed(id, error.code) } else { state = .none }
            }
        }
    }

    /// Takes what has come out; false when nothing is awaited.
    func look(on connection: PostgresConnection) throws -> Bool {
        try forgetUnsent(connection)
        let now = MachineClock.now()
        awaited = awaited.filter { now - $0.value.sentAt < .seconds(CanaryLimits.awaitedSeconds) }
        guard !awaited.isEmpty else {
            if isReading { reader.stop() }
            isReading = false
            return false
        }
        try startReading()
        for case .record(let record) in try reader.read(max: 1_000, timeout: CanaryLimits.tick) {
            position = record.offset + 1
            guard let id = record.key.flatMap({ UUID(uuidString: String(decoding: $0, as: UTF8.self)) }),
                let canary = awaited.removeValue(forKey: id)
            else { continue }
            let at = MachineClock.now()
            let seconds = max(0, Double((at - canary.sentAt).microseconds) / 1e6)
            try connection.execute(
                CanarySQL.seen(id, at: at.postgres, seconds: canary.isWatched ? seconds : nil))
            if canary.isWatched { hub.status.canary(seconds) }
        }
        return true
    }

    private func forgetUnsent(_ connection: PostgresConnection) throws {
        guard case .failed(let id, let code) = sending.state.withLock({ $0 }) else { return }
        try connection.execute(CanarySQL.forget(id))
        awaited[id] = nil
        sending.state.withLock { $0 = .none }
        hub.log.warning("the canary was not sent", metadata: ["cause": "\(code)"])
    }

    private func startReading() throws {
        guard !isReading else { return }
        try reader.start([source: position.map { .offset($0) } ?? .earliest])
        isReading = true
    }

    private func end() throws -> Int64? { try reader.watermarks([source])[source]?.end }

    private static func makeTopic(_ topics: Topics, _ hub: Hub, _ reader: TopicReader) throws {
        if let there = try? reader.partitions(of: topics.canary), !there.isEmpty { return }
        let plan = TopicLayout.canary(topics)
        let result = try TopicAdmin(configuration: hub.settings.kafka).create([plan])[plan.name]
        if case .failed(let error) = result { throw error }
    }
}
