import Crypto
import EventContracts
import Foundation
import HandoverPipeline
import HandoverRules
import Postgres

/// The task of a webhook that was given up: somebody phones the recipient, whose system does not take the handover. It
/// goes to `hub.tasks` through the outbox, in the transaction that makes the dead letter: neither is without the other.
/// It closes when the version is delivered after all.
struct DeadLetterTask: Sendable {
    let handover: UUID
    let version: Int32
    let recipient: String
    let priority: Priority?
    let spell: UUID

    /// The same for the same version, whoever raises it.
    private var id: UUID {
        let name = "throughgate webhook dead letter\n\(handover.uuidString.lowercased())/\(version)"
        var b = Array(SHA256.hash(data: Array(name.utf8)).prefix(16))
        // Version 8 (RFC 9562): a hash of the house's own.
        b[6] = b[6] & 0x0f | 0x80
        b[8] = b[8] & 0x3f | 0x80
        return UUID(
            uuid: (
                b[0], b[1], b[2], b[3], b[4], b[5], b[6], b[7], b[8], b[9], b[10], b[11], b[12], b[13], b[14], b[15]
            ))
    }

    func raise(now: Instant, topics: Topics, on session: PostgresConnection) throws {
        var more: [BodyValue.Field] = []
        if let priority { more.append(.init("priority", .text(priority.text))) }
        more += [
            .init("handoverId", .text(handover.uuidString.lowercased())), .init("providerId", .text(recipient)),
            .init("sentAt", .text(RFC3339.london(now))), .init("dueAt", .text(RFC3339.london(now))),
        ]
        try put("OPEN", 1, more, now, topics, session)
    }

    func close(now: Instant, topics: Topics, on session: PostgresConnection) throws {
        let more: [BodyValue.Field] = [
            .init("outcome", .text("CAUSE_ENDED")), .init("sentAt", .text(RFC3339.london(now))),
        ]
        try put("CLOSED", 2, more, now, topics, session)
    }

    private func put(
        _ state: String, _ version: Int, _ more: [BodyValue.Field], _ now: Instant, _ topics: Topics,
        _ session: PostgresConnection
    ) throws {
        let body: [BodyValue.Field] = [
            .init("taskId", .text(id.uuidString.lowercased())), .init("code", .text(TaskCode.phoneNow.rawValue)),
            .init("state", .text(state)),
        ]
        let decision = OutboundDecision(
            destination: .hubTask, id: id, version: version, kind: nil, priority: priority,
            taskCode: TaskCode.phoneNow.rawValue, sentAt: now, ackDueAt: nil, spell: spell,
            body: .object(body + more), predecessor: nil)
        try Outbox.put(decision, topics: topics, on: session)
    }
}

extension WebhookSQL {
    /// What the tasks of these deliveries are about.
    static func about(_ positions: [Int64]) -> SQL {
        .named(
            "webhook.about",
            """
            select m.stream_id, m.version, m.recipient_id, m.priority, m.spell
            from door_item i join message m using (seq) where i.position = any(\(positions)) order by i.position
            """)
    }

    static func markTold(_ positions: [Int64], _ told: Bool) -> SQL {
        .named("webhook.told", "update webhook_delivery set told = \(told) where position = any(\(positions))")
    }
}

extension DeadLetterTask {
    /// The tasks of deliveries at these places of the feed.
    static func of(_ positions: [Int64], on session: PostgresConnection) throws -> [DeadLetterTask] {
        try session.query(WebhookSQL.about(positions)).map { row in
            DeadLetterTask(
                handover: try row[0], version: try row[1], recipient: try row[2],
                priority: (try row[3] as Int16?).flatMap { Priority(rawValue: Int($0)) }, spell: try row[4])
        }
    }

    static func raise(
        for positions: [Int64], now: Instant, topics: Topics, on session: PostgresConnection
    ) throws {
        for task in try of(positions, on: session) { try task.raise(now: now, topics: topics, on: session) }
        try session.execute(WebhookSQL.markTold(positions, true))
    }

    static func close(
        for positions: [Int64], now: Instant, topics: Topics, on session: PostgresConnection
    ) throws {
        for task in try of(positions, on: session) { try task.close(now: now, topics: topics, on: session) }
        try session.execute(WebhookSQL.markTold(positions, false))
    }
}
