import EventContracts
import HandoverPipeline
import HandoverRules
import Postgres

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
    private static func of(_ positions: [Int64], on session: PostgresConnection) throws -> [DeadLetterTask] {
        try session.query(WebhookSQL.about(positions)).map(DeadLetterTask.init(row:))
    }

    /// In the transaction that gives the deliveries up. One that was given up before, answered, tried again and given
    /// up once more is asked about again.
    static func raise(
        for positions: [Int64], now: Instant, topics: Topics, on session: PostgresConnection
    ) throws {
        for task in try of(positions, on: session) { try task.raise(now: now, topics: topics, on: session) }
        try session.execute(WebhookSQL.markTold(positions, true))
    }

    /// In the transaction that notes a delivery after all.
    static func close(
        for positions: [Int64], now: Instant, topics: Topics, on session: PostgresConnection
    ) throws {
        for task in try of(positions, on: session) {
            try task.close(outcome: Reason.causeEnded.rawValue, now: now, topics: topics, on: session)
        }
        try session.execute(WebhookSQL.markTold(positions, false))
    }
}
