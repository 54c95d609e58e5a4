import ExactlyOnceKafka
import FoundationEssentials
import HandoverRules

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
        if hub.world.makeTopics(topics) {
            hub.log.notice("topics made", metadata: ["topics": "\(topics.sorted())"])
            return messages
        }
        // Nobody waits for a canary; the watch misses it.
        let lost = messages.contains { $0.tally == .canary && topics.contains($0.message.topic) }
        if lost { return messages.filter { $0.tally != .canary } }
        let held = messages.filter { topics.contains($0.message.topic) && $0.stream != nil }
        guard !held.isEmpty else {
            // Dead letters have no retry of their own: the batch waits for hub.rejected.
            hub.world.rest(HubLimits.backoffMax)
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

    /// Marks the messages and everything after them in their streams as held, and writes the retry timers. A crash
    /// before the Kafka commit finds them held, and the timers bring them back.
    private func hold(_ held: [StagedMessage]) throws {
        let ledger = try hub.world.ledger()
        let due = try now(ledger) + hub.settings.retryAfter
        try ledger.hold(held.compactMap(\.stream), from: held.map { Int32($0.version) }) {
            retries(for: $0, cause: held.compactMap(\.stream).first, at: due)
        }
    }

    private func now(_ ledger: any LedgerCalls) throws -> Instant {
        guard hub.settings.clock == .events else { return hub.world.now() }
        return try ledger.largestReceived() ?? hub.world.now()
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
