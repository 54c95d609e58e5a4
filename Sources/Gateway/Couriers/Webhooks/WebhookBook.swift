import EventContracts
public import HandoverRules
public import Postgres

/// Webhooks as operators see and steer them. Ids, counts and codes; never a body.
public enum WebhookBook {
    /// One recipient's line of delivery.
    public struct Door: Sendable, Hashable {
        public let recipient: String
        /// `ACTIVE`, `PAUSED` (by somebody), `GONE` (the receiver answered 410).
        public let state: String
        /// Secrets in use; with none nothing is sent.
        public let secrets: Int
        public let waiting: Int
        public let oldestAt: Instant?
        public let dead: Int
        /// In a row, and when the next attempt is.
        public let failures: Int
        public let nextAttemptAt: Instant?
        public let lastOutcome: String?
        public let lastSuccessAt: Instant?
    }

    /// What waits for a recipient, or was given up.
    public struct Delivery: Sendable, Hashable {
        /// Its place in the feed: the name by which it is tried again.
        public let position: Int64
        /// `HANDOVERID/VERSION`.
        public let webhookID: String
        public let state: String
        public let queuedAt: Instant
        public let attempts: Int
        public let endedAt: Instant?
        public let lastOutcome: String?
    }

    /// Every recipient with a webhook, or one of them.
    public static func doors(recipient: String? = nil, on connection: PostgresConnection) throws -> [Door] {
        try connection.query(WebhookSQL.listDoors(recipient)).map { row in
            Door(
                recipient: try row[0], state: try row[1], secrets: try row[2], waiting: try row[3],
                oldestAt: try instant(row, 4), dead: try row[5], failures: Int(try row[6] as Int32),
                nextAttemptAt: try instant(row, 7), lastOutcome: try row[8], lastSuccessAt: try instant(row, 9))
        }
    }

    /// What was given up, and the first of what waits, in feed order.
    /// - Parameter limit: at most so many rows.
    public static func deliveries(
        of recipient: String, limit: Int, on connection: PostgresConnection
    ) throws -> [Delivery] {
        try connection.query(WebhookSQL.listDeliveries(recipient, limit: limit)).map { row in
            let queued: PostgresTimestamp = try row[4]
            let (stream, version): (String, Int32) = (try row[1] ?? "", try row[2] ?? 0)
            return Delivery(
                position: try row[0], webhookID: "\(stream)/\(version)", state: try row[3],
                queuedAt: queued.instant, attempts: Int(try row[5] as Int32), endedAt: try instant(row, 6),
                lastOutcome: try row[7])
        }
    }

    /// Tries again: a door that is paused or gone is open again, its wait ends, and what was given up waits again,
    /// for as long as it had before.
    ///
    /// What is tried again goes before what is newer, with the id that it always had. A later version may have arrived
    /// already: receivers go by the version.
    /// - Parameter positions: of dead letters; nil: all of the recipient's.
    /// - Returns: how many dead letters wait again; nil when the recipient has no webhook.
    public static func retry(
        _ recipient: String, positions: [Int64]?, now: Instant, on connection: PostgresConnection
    ) throws -> Int? {
        let isKnown = try connection.execute(WebhookSQL.open(recipient)) == 1
        guard isKnown else { return nil }
        return try connection.execute(WebhookSQL.revive(recipient, positions, now: now.stamp))
    }

    /// Sends nothing to the recipient until ``retry(_:positions:now:on:)``. What comes meanwhile is kept.
    /// - Returns: false when the recipient has no webhook.
    public static func pause(_ recipient: String, on connection: PostgresConnection) throws -> Bool {
        try connection.execute(WebhookSQL.pause(recipient)) == 1
    }

    private static func instant(_ row: PostgresRow, _ column: Int) throws -> Instant? {
        (try row[column] as PostgresTimestamp?)?.instant
    }
}

extension WebhookSQL {
    static func listDoors(_ recipient: String?) -> SQL {
        .named(
            "webhook.list",
            """
            select p.provider_id, coalesce(w.state, 'ACTIVE'),
                (select count(*) from webhook_secret s
                    where s.recipient_id = p.provider_id and s.revoked_at is null),
                (select count(*) from webhook_delivery d
                    where d.recipient_id = p.provider_id and d.state = 'WAITING'),
                (select min(queued_at) from webhook_delivery d
                    where d.recipient_id = p.provider_id and d.state = 'WAITING'),
                (select count(*) from webhook_delivery d
                    where d.recipient_id = p.provider_id and d.state = 'DEAD'),
                coalesce(w.failures, 0), w.next_attempt_at, w.last_outcome, w.last_success_at
            from provider p left join webhook_door w on w.recipient_id = p.provider_id
            where (p.webhook_url is not null or w.recipient_id is not null)
                and (\(recipient)::text is null or p.provider_id = \(recipient))
            order by 1
            """)
    }

    static func listDeliveries(_ recipient: String, limit: Int) -> SQL {
        .named(
            "webhook.deliveries",
            """
            select d.position, m.stream_id::text, m.version, d.state, d.queued_at, d.attempts, d.ended_at,
                d.last_outcome
            from webhook_delivery d left join door_item i on i.position = d.position
                left join message m on m.seq = i.seq
            where d.recipient_id = \(recipient) and d.state in ('WAITING', 'DEAD')
            order by d.position limit \(limit)
            """)
    }

    static func open(_ recipient: String) -> SQL {
        .named(
            "webhook.open",
            """
            update webhook_door set changed_at = case when state = 'ACTIVE' then changed_at else now() end,
                state = 'ACTIVE', next_attempt_at = null, failures = 0
            where recipient_id = \(recipient)
            """)
    }

    static func revive(_ recipient: String, _ positions: [Int64]?, now: PostgresTimestamp) -> SQL {
        .named(
            "webhook.revive",
            """
            update webhook_delivery set state = 'WAITING', ended_at = null, queued_at = \(now)
            where recipient_id = \(recipient) and state = 'DEAD'
                and (\(positions)::bigint[] is null or position = any(\(positions)))
            """)
    }

    static func pause(_ recipient: String) -> SQL {
        .named(
            "webhook.pause",
            "update webhook_door set state = 'PAUSED', changed_at = now() where recipient_id = \(recipient)")
    }

    static func addSecret(_ id: String, _ recipient: String, _ secret: [UInt8], most: Int) -> SQL {
        .named(
            "webhook.secret.add",
            """
            insert into webhook_secret (secret_id, recipient_id, secret)
            select \(id), p.provider_id, \(secret) from provider p where p.provider_id = \(recipient)
                and (select count(*) from webhook_secret s
                    where s.recipient_id = p.provider_id and s.revoked_at is null) < \(most)
            """)
    }

    static func revokeSecret(_ id: String) -> SQL {
        .named(
            "webhook.secret.revoke",
            "update webhook_secret set revoked_at = now() where secret_id = \(id) and revoked_at is null")
    }

    static func secrets(of recipient: String?) -> SQL {
        .named(
            "webhook.secret.list",
            """
            select secret_id, recipient_id, created_at, revoked_at from webhook_secret
            where \(recipient)::text is null or recipient_id = \(recipient) order by created_at, secret_id
            """)
    }
}
