import ExactlyOnceKafka
import Foundation
import Gateway
import HandoverPipeline
import Postgres
import Testing

/// Rows as the pipeline writes them, for tests of what may be shown.
extension DoorBed {
    func otherConnection() throws -> PostgresConnection { try PostgresConnection(settings.postgres) }

    /// How far a partition of the tests' topic is published.
    func lease(partition: Int32, publishedThrough: Int64) throws {
        try connection.execute(
            """
            insert into partition_lease (cluster_id, topic, partition, generation, start_count, instance,
                published_through)
            values ('c', \(topics.releaseNotifications), \(partition), 1, 1, 'doors', \(publishedThrough))
            on conflict (cluster_id, topic, partition) do update set published_through = excluded.published_through
            """)
    }

    /// One event at a place, and version 1 of a handover for each stream caused by it.
    /// - Returns: the handover ids.
    @discardableResult
    func seed(
        recipient: String, streams: [String], partition: Int32, offset: Int64, held: Bool = false,
        on other: PostgresConnection? = nil
    ) throws -> [UUID] {
        let session = other ?? connection
        let event = UUID()
        try session.execute(
            """
            insert into event (event_id, subject, type, occurred_at, published_at, received_at, topic, partition,
                "offset", digest, value, batch)
            values (\(event), 'Z1234BC', 'release.actual', now(), now(), now(), \(topics.releaseNotifications),
                \(partition), \(offset), '\\x00', '\\x7b7d', nextval('event_batch'))
            """)
        return try streams.map { marker in
            let id = UUID()
            let body = #"{"handoverId":"\#(id.uuidString.lowercased())","version":1,"marker":"\#(marker)"}"#
            try insert(
                session, stream: id, cause: event, kind: "RELEASED", recipient: recipient,
                topic: topics.prefix + "handover.drug-service.\(recipient)", body: body, held: held)
            return id
        }
    }

    /// A published task of MDI that asks who should be told: what operators route by hand. Its id.
    func seedQueuedTask() throws -> UUID {
        try lease(partition: 0, publishedThrough: 1000)
        let id = try seedTask(
            topic: topics.prefix + "prison.tasks.MDI",
            body: { #"{"taskId":"\#($0.uuidString.lowercased())","prisonId":"MDI","reason":"AREA_UNKNOWN"}"# },
            offset: 3)
        try connection.execute("update message set task_code = 'HUMAN_QUEUE' where stream_id = \(id)")
        return id
    }

    /// A task that is published (at a place below every lease of its partition), and its id.
    func seedTask(topic: String, body: (UUID) -> String, offset: Int64) throws -> UUID {
        let event = UUID()
        try connection.execute(
            """
            insert into event (event_id, subject, type, occurred_at, published_at, received_at, topic, partition,
                "offset", digest, value, batch)
            values (\(event), 'Z1234BC', 'release.actual', now(), now(), now(), \(topics.releaseNotifications), 0,
                \(offset), '\\x00', '\\x7b7d', nextval('event_batch'))
            """)
        let id = UUID()
        try insert(
            connection, stream: id, cause: event, kind: "TASK", recipient: nil, topic: topic, body: body(id),
            held: false)
        return id
    }

    private func insert(
        _ session: PostgresConnection, stream: UUID, cause: UUID, kind: String, recipient: String?, topic: String,
        body: String, held: Bool
    ) throws {
        let id = stream.uuidString.lowercased()
        let headers = [
            ("ce_specversion", "1.0"), ("ce_id", id + "/1"), ("ce_subject", id), ("ce_source", "/hub"),
            ("ce_type", "throughgate.handover.drug-service.v1"),
        ]
        let encoded = headers.flatMap { name, value in
            [name, value].flatMap { text in
                withUnsafeBytes(of: UInt32(text.utf8.count).bigEndian) { Array($0) } + Array(text.utf8)
            }
        }
        try session.execute(
            """
            insert into message (stream_id, version, caused_by, subject, spell, kind, recipient_kind, recipient_id,
                sent_at, topic, headers, body, held)
            values (\(stream), 1, \(cause), 'Z1234BC', \(UUID()), \(kind),
                \(recipient.map { _ in "drug-service" }), \(recipient), now(), \(topic), \(encoded),
                \(Array(body.utf8)), \(held))
            """)
    }

    /// Waits until the doors have looked at everything recorded so far, shown or not.
    func settle() async throws {
        let deadline = Date(timeIntervalSinceNow: 20)
        let last: Int64 = try connection.query("select coalesce(max(seq), 0) from message").only()[0]
        while try connection.query("select seen_through from door_state").only()[0] < last {
            try #require(Date() < deadline, "the doors did not look")
            try await Task.sleep(for: .milliseconds(20))
        }
    }

    /// Everything on a topic now.
    func records(on topic: String) throws -> [KafkaRecord] {
        let reader = try TopicReader(configuration: settings.kafka)
        try reader.startAll([topic])
        var records: [KafkaRecord] = []
        _ = try reader.readToEnd(atMost: .seconds(20)) { records.append($0) }
        return records
    }
}
