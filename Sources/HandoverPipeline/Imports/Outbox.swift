public import EventContracts
public import ExactlyOnceKafka
import FoundationEssentials
public import HandoverRules
public import Postgres

/// Events that a command decided to publish. They are written to `outbox` in the command's own transaction and leave
/// it once the broker has them, so that a crash or an absent broker loses none: whoever publishes next, a command or
/// the hub's timer stage, sends them again, and their ids make that a duplicate.
public enum Outbox {
    /// Rows of one statement and messages in flight at once.
    static let rowsMax = 1_000

    /// Writes events into the open transaction.
    static func put(_ events: [Event], topics: Topics, on session: PostgresConnection) throws {
        let encoder = EventEncoder(topics: topics)
        for start in stride(from: 0, to: events.count, by: rowsMax) {
            let part = events[start..<min(start + rowsMax, events.count)]
            let messages = try part.map { OutboundMessage(try encoder.record(of: $0)) }
            try session.execute(
                """
                insert into outbox (event_id, topic, key, headers, value)
                select * from unnest(\(part.map(\.id)), \(messages.map(\.topic)), \(messages.map { $0.key ?? [] }),
                    \(messages.map { HeaderBytes.encode($0.headers) }), \(messages.map { $0.value ?? [] }))
                on conflict do nothing
                """)
        }
    }

    /// Writes one message of a task into the open transaction. A crash between publishing and taking it out sends
    /// it again with the same bytes and the same `id`.
    static func put(_ message: OutboundMessage, on session: PostgresConnection) throws {
        try session.execute(
            """
            insert into outbox (event_id, topic, key, headers, value)
            values (\(UUID()), \(message.topic), \(message.key ?? []), \(HeaderBytes.encode(message.headers)),
                \(message.value ?? []))
            """)
    }

    /// Publishes what lies there, oldest first, and takes out what the broker keeps.
    ///
    /// - Returns: how many events were published.
    /// - Throws: the first `KafkaError`; what was kept before it is taken out all the same. `PostgresError`.
    public static func publish(on connection: PostgresConnection, through producer: any EventEntrance) throws -> Int {
        var published = 0
        while true {
            let (kept, failure) = try publishSome(connection, producer)
            published += kept
            if let failure { throw failure }
            if kept == 0 { return published }
        }
    }

    private static func publishSome(
        _ connection: PostgresConnection, _ producer: any EventEntrance
    ) throws -> (kept: Int, failure: KafkaError?) {
        do {
            return try connection.transaction { session in
                let rows = try session.query(
                    """
                    select event_id, topic, key, headers, value from outbox
                    order by created_at, event_id limit \(rowsMax) for update skip locked
                    """)
                var ids: [UUID] = [], messages: [OutboundMessage] = []
                for row in rows {
                    ids.append(try row[0])
                    messages.append(
                        OutboundMessage(
                            topic: try row[1], key: try row[2], value: try row[4],
                            headers: HeaderBytes.decode(try row.bytes(3))))
                }
                let deliveries = producer.send(messages)
                var kept: [UUID] = [], failure: KafkaError?
                for (id, delivery) in zip(ids, deliveries) {
                    switch delivery {
                    case .kept: kept.append(id)
                    case .failed(let error): failure = failure ?? error
                    }
                }
                if !kept.isEmpty { try session.execute("delete from outbox where event_id = any(\(kept))") }
                return (kept.count, failure)
            }
        } catch {
            throw error.postgres ?? error.cause
        }
    }
}

/// What an import needs to tell the hub whom it concerns.
public struct ReferenceNews: Sendable {
    public var topics: Topics
    /// When the new version of the registers comes into force, by the hub's clock.
    public var at: Instant
    public init(topics: Topics, at: Instant) {
        self.topics = topics
        self.at = at
    }

    /// The hub's now: the machine's, or the newest receipt in the ledger under `hub.clock: events`.
    public static func now(_ clock: HubClock, on connection: PostgresConnection) throws -> Instant {
        guard clock == .events else { return MachineClock.now() }
        let newest: PostgresTimestamp? = try connection.query(LedgerSQL.largestReceived).only()[0]
        return newest.map { Instant(microseconds: $0.microseconds) } ?? MachineClock.now()
    }
}
