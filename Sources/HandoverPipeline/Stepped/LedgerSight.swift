package import ExactlyOnceKafka
package import FoundationEssentials
package import HandoverRules

/// What a ledger says was decided, for checkers.
package struct LedgerSight: Sendable {
    /// One version of a handover or a task.
    package struct Said: Sendable {
        /// `STREAM/VERSION`.
        package var id: String
        /// The record with which it goes out.
        package var position: SourcePosition
        package var body: [UInt8]
        package var isHeld: Bool

        package init(id: String, position: SourcePosition, body: [UInt8], isHeld: Bool) {
            self.id = id
            self.position = position
            self.body = body
            self.isHeld = isHeld
        }
    }

    package var said: [Said] = []
    /// Where each event was recorded.
    package var events: [UUID: SourcePosition] = [:]
    /// Records that were refused, and the reason's code.
    package var rejected: [SourcePosition: String] = [:]
    /// How far each partition is recorded and published.
    package var recordedThrough: [TopicPartition: Int64] = [:]
    package var publishedThrough: [TopicPartition: Int64] = [:]
    /// When the timers that stand fall due.
    package var timersDue: [Instant] = []

    package init() {}
}

extension ModelLedger {
    /// What is committed now.
    package var sight: LedgerSight {
        var sight = LedgerSight()
        sight.events = rows.events.mapValues(\.position)
        sight.rejected = rows.rejected.mapValues(\.reason.rawValue)
        for message in rows.messages {
            guard let position = rows.events[message.stored.cause]?.position else { continue }
            sight.said.append(
                LedgerSight.Said(
                    id: "\(message.stored.stream.lowercaseText)/\(message.stored.version)",
                    position: position, body: message.stored.body, isHeld: message.isHeld))
        }
        for row in rows.rejections {
            sight.said.append(
                LedgerSight.Said(
                    id: "\(row.task.lowercaseText)/\(row.version)", position: row.position, body: row.body,
                    isHeld: row.held))
        }
        sight.recordedThrough = rows.leases.mapValues(\.recordedThrough)
        sight.publishedThrough = rows.leases.mapValues(\.publishedThrough)
        sight.timersDue = rows.timers.values.map(\.due)
        return sight
    }
}
