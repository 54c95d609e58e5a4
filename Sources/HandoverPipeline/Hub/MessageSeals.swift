import EventContracts
import ExactlyOnceKafka
import Foundation
import HandoverRules

/// The publisher's last step before Kafka: bodies that go to a recipient with a registered key are sealed to it. What
/// the ledger keeps stays as it is, so that a message sent again is sealed again: other bytes, the same id, the same
/// body inside. Tasks are not sealed: they carry ids and codes, and a prison's name nobody but its own people.
struct MessageSeals {
    private let hub: Hub
    private let parts: HubParts
    private let sealer = Sealer()

    init(_ hub: Hub, _ parts: HubParts) {
        self.hub = hub
        self.parts = parts
    }

    /// Below this many, another thread costs more than it saves.
    private static let aloneMax = 8

    /// - Parameter version: of the registers with which the messages were decided; newer keys count too.
    /// - Returns: messages as they may leave, and those whose recipient has a key that cannot be used.
    /// - Throws: an error of PostgreSQL while keys of a new version are read.
    func seal(
        _ messages: [StagedMessage], version: Int64
    ) throws -> (ready: [StagedMessage], closed: [StagedMessage]) {
        let keys = try sealer.keys(atLeast: version) { try hub.world.ledger().sealingKeys() }
        guard !keys.isEmpty else { return (messages, []) }
        let now = hub.world.now()
        var ready = messages
        var closed = [Bool](repeating: false, count: messages.count)
        let wanted = messages.indices.filter { index in
            guard let recipient = parts.topics.recipient(of: messages[index].message.topic) else { return false }
            if case .clear = keys.standing(of: recipient, at: now) { return false }
            return true
        }
        ready.withUnsafeMutableBufferPointer { ready in
            closed.withUnsafeMutableBufferPointer { closed in
                // Every index is one thread's.
                nonisolated(unsafe) let (ready, closed) = (ready, closed)
                MessageSeals.each(wanted) { index in
                    closed[index] = !seal(&ready[index], keys, now)
                }
            }
        }
        guard closed.contains(true) else { return (ready, []) }
        let kept = ready.indices.filter { !closed[$0] }, held = ready.indices.filter { closed[$0] }
        return (kept.map { ready[$0] }, held.map { messages[$0] })
    }

    /// False when it must not leave.
    private func seal(_ staged: inout StagedMessage, _ keys: SealingKeys, _ now: Instant) -> Bool {
        guard let recipient = parts.topics.recipient(of: staged.message.topic), let body = staged.message.value,
            let stream = staged.stream,
            let outgoing = try? keys.outgoing(
                body, to: recipient, messageID: "\(stream.uuidString.lowercased())/\(staged.version)", at: now)
        else { return false }
        var message = staged.message
        message.value = outgoing.bytes
        for index in message.headers.indices where message.headers[index].name == "content-type" {
            message.headers[index] = KafkaHeader("content-type", outgoing.contentType)
        }
        staged = staged.sending(message)
        return true
    }

    private static func each(_ indices: [Int], _ body: @Sendable (Int) -> Void) {
        guard indices.count > aloneMax else { return indices.forEach(body) }
        DispatchQueue.concurrentPerform(iterations: indices.count) { body(indices[$0]) }
    }
}
