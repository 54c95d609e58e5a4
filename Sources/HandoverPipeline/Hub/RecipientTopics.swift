import ExactlyOnceKafka
import Foundation
import HandoverRules
import Postgres

/// What to do when a message's topic cannot be written: make it if it is missing; otherwise hold what it would have
/// carried, with a timer to try again, so that one recipient never stops the others. Nothing is dropped.
struct RecipientTopics {
    private let hub: Hub
    private let parts: HubParts

    init(_ hub: Hub, _ parts: HubParts) {
        self.hub = hub
        self.parts = parts
    }

    /// - Returns: what may be published now.
    /// - Throws: an error of PostgreSQL that is not about waiting; the hub then stops, and nothing is lost.
    func resolve(_ topics: Set<String>, in messages: [StagedMessage]) throws -> [StagedMessage] {
        if create(topics) { return messages }
        let held = messages.filter { topics.contains($0.message.topic) && $0.stream != nil }
        guard !held.isEmpty else {
            // Dead letters have no retry of their own: the batch waits for hub.rejected.
            Thread.sleep(forTimeInterval: HubLimits.backoffMax.seconds)
            return messages
        }
        try hold(held)
        hub.log.error("topic not writable, handovers held", metadata: ["topics": "\(topics.sorted())"])
        return messages.filter { !(topics.contains($0.message.topic) && $0.stream != nil) }
    }

    /// What must be sealed and cannot be waits, with a timer to try again; it never goes in the clear.
    /// - Returns: what may be published now; versions that follow a held one wait with it.
    func holdKeyless(_ closed: [StagedMessage], of messages: [StagedMessage]) throws -> [StagedMessage] {
        try hold(closed)
        let recipients = Set(closed.compactMap { parts.topics.recipient(of: $0.message.topic) }).sorted()
        hub.log.error("no usable public key, handovers held", metadata: ["recipients": "\(recipients)"])
        let streams = Set(closed.compactMap(\.stream))
        return messages.filter { !($0.stream.map(streams.contains) ?? false) }
    }

    private func create(_ topics: Set<String>) -> Bool {
        guard let admin = try? TopicAdmin(configuration: hub.settings.kafka) else { return false }
        guard let present = try? Set(admin.topics().map(\.name)) else { return false }
        let missing = topics.subtracting(present)
        guard missing.count == topics.count else { return false }
        let plans = missing.sorted().map { TopicPlan(name: $0, partitions: TopicLayout.recipientPartitions) }
        guard let results = try? admin.create(plans) else { return false }
        guard results.values.allSatisfy({ $0 == .done || $0 == .unchanged }) else { return false }
        hub.log.notice("topics made", metadata: ["topics": "\(missing.sorted())"])
        return true
    }

    /// Marks the messages and everything after them in their streams as held, and writes the retry timers. A crash
    /// before the Kafka commit finds them held, and the timers bring them back.
    private func hold(_ held: [StagedMessage]) throws {
        let connection = try PostgresConnection(hub.settings.postgres)
        try connection.execute(LedgerSQL.begin)
        _ = try connection.query(LedgerSQL.lockPersons(of: held.compactMap(\.stream)))
        let rows = try connection.query(
            LedgerSQL.hold(held.compactMap(\.stream), from: held.map { Int32($0.version) }))
        try connection.execute(
            LedgerSQL.holdRejections(held.compactMap(\.stream), from: held.map { Int32($0.version) }))
        let writing = retries(
            for: Set(try rows.map { try $0.text(0) }), cause: held.compactMap(\.stream).first,
            at: try now(connection) + hub.settings.retryAfter)
        try connection.execute(
            LedgerSQL.insertTimers(
                writing.timerIDs, writing.timerSubjects, writing.timerKinds, writing.timerCauses, writing.timerDue))
        try connection.execute(LedgerSQL.commit)
    }

    private func now(_ connection: PostgresConnection) throws -> Instant {
        let machine = MachineClock.now()
        guard hub.settings.clock == .events else { return machine }
        let largest: PostgresTimestamp? = try connection.query(LedgerSQL.largestReceived).only()[0]
        return largest.map { Instant(microseconds: $0.microseconds) } ?? machine
    }

    private func retries(for subjects: Set<String>, cause: UUID?, at due: Instant) -> Writing {
        var writing = Writing()
        for subject in subjects.sorted() {
            guard let noms = NomsNumber(subject), let cause else { continue }
            let timer = HandoverRules.Timer(kind: .retry, cause: cause, dueAt: due)
            writing.add(timer: timer, id: parts.pipeline.outbound.timerID(timer, of: noms), subject: subject)
        }
        return writing
    }
}
