import EventContracts
import ExactlyOnceKafka
import Foundation
import Gateway
import HandoverPipeline
import HandoverRules
import LocalServers
import Logging
import Operations
import Postgres

/// A place apart in which a subscriber is tried: servers of its own (or topics below `sandbox.` on a broker that is
/// named), a token of its own, and nobody real. It reads no settings of the hub, so it cannot reach the hub's ledger,
/// topics or recipients.
final class SubscriberSandbox: Sendable {
    let topics: Topics
    let recipient: String
    let kind: HandoverFamily
    /// Where HTTP is asked for, how; nil for Kafka.
    let gateway: Gateway?
    let token: String?
    /// Where the subscriber is sent webhooks; nil at other doors.
    let webhook: WebhookTrial?
    private let bootstrapServers: String
    private let handoverTopic: String
    private let folder: ServerFolder
    private let broker: LocalBroker?
    private let postgres: PrivatePostgres?
    private let kafka: KafkaConfiguration
    private let producer: EventProducer
    private let database: PostgresConfiguration?

    /// Until the doors of the sandbox show a message.
    private static let shownSeconds = 20.0

    /// - Parameters:
    ///   - named: `host:port` of a broker to use instead of a private one.
    ///   - address: where HTTP listens; nil: the door is Kafka.
    ///   - webhook: where webhooks are sent.
    init(
        recipient: String, kind: HandoverFamily, kafka named: String?, address: ListenAddress?,
        webhook: WebhookTrial?
    ) throws {
        self.recipient = recipient
        self.webhook = webhook
        self.kind = kind
        topics = Topics(prefix: "sandbox.\(UUID().uuidString.prefix(8).lowercased()).")
        folder = try ServerFolder.fresh("conformance")
        broker = try named == nil ? LocalBroker.start(in: folder.url.appendingPathComponent("broker")) : nil
        bootstrapServers = named ?? broker?.bootstrapServers ?? ""
        kafka = try KafkaConfiguration(
            bootstrapServers: bootstrapServers,
            properties: ["receive.message.max.bytes": "1000000000"])
        guard let provider = ProviderID(recipient) else { throw CommandFailure(.badInput, "--recipient: is no id") }
        handoverTopic = topics.handovers(to: Recipient(kind: kind.recipient, provider: provider))
        _ = try TopicAdmin(configuration: kafka).create(
            TopicLayout.plans(topics, inboundPartitions: 1, recipients: [handoverTopic]))
        producer = try EventProducer(configuration: kafka, clientName: "throughgate-conformance")
        guard let address else {
            gateway = nil
            token = nil
            postgres = nil
            database = nil
            return
        }
        let postgres = try PrivatePostgres.start(in: folder.url.appendingPathComponent("postgres"))
        self.postgres = postgres
        let database = try PostgresConfiguration(url: postgres.url)
        self.database = database
        let connection = try PostgresConnection(database)
        _ = try Migrator(LedgerMigrations.all).apply(on: connection)
        token = try TokenStore.create(.recipient(recipient), lifetime: .days(1), on: connection).token
        let settings = HubSettings(
            instance: "conformance", topicPrefix: topics.prefix, rules: Rulebook(), kafka: kafka, postgres: database)
        gateway = try Gateway(
            host: address.host, port: address.port, settings: settings, status: HubStatus(),
            measurements: Measurements(settings: settings), version: Build.version,
            log: Logger(label: "conformance") { _ in LogLines(level: .error, format: .text) })
        try connection.execute(
            """
            insert into partition_lease (cluster_id, topic, partition, generation, start_count, instance,
                published_through)
            values ('sandbox', \(topics.releaseNotifications), 0, 1, 1, 'conformance', 1000000)
            """)
    }

    func stop() {
        webhook?.close()
        producer.close()
        try? broker?.stop()
        try? postgres?.stop()
        folder.discard()
    }

    /// What a subscriber needs to know, for programs.
    func details(port: Int, host: String) -> [String: String] {
        if let token {
            var values = ["url": "http://\(host):\(port)", "token": token, "recipient": recipient]
            values["webhookSecret"] = webhook?.secretText
            return values
        }
        return [
            "bootstrapServers": bootstrapServers, "topic": handoverTopic,
            "answers": topics.communityResponses, "recipient": recipient,
        ]
    }

    /// Whether the subscriber has used its token, or listens for webhooks; a reader of Kafka says nothing of itself.
    func hasArrived() throws -> Bool {
        if let webhook {
            // Of a type that it does not know and a signature that it does not trust: nothing comes of it.
            let event = #"{"specversion":"1.0","id":"knock","source":"/hub","type":"throughgate.heartbeat.v1"}"#
            guard case .status = webhook.send(id: "knock", event: event, spoiled: .secret) else { return false }
            return true
        }
        guard let database else { return true }
        return try !PostgresConnection(database).query("select 1 from token where last_used_at is not null").isEmpty
    }

    /// Delivers one message through the door that is tried.
    func deliver(_ message: StagedMessage, number: Int) throws {
        let headers = message.headers(sentAt: Wall.text())
        guard let database else {
            let record = OutboundRecord(
                topic: handoverTopic, key: Array(message.handover.uuidString.lowercased().utf8),
                value: Array(message.body.utf8), headers: headers)
            for case .failed(let error) in producer.send([OutboundMessage(record)]) { throw error }
            return
        }
        let event = UUID()
        let connection = try PostgresConnection(database)
        try connection.execute(
            """
            insert into event (event_id, subject, type, occurred_at, published_at, received_at, topic, partition,
                "offset", digest, value, batch)
            values (\(event), 'Z0001AA', 'release.actual', now(), now(), now(), \(topics.releaseNotifications), 0,
                \(Int64(number)), '\\x00', '\\x7b7d', nextval('event_batch'))
            """)
        // A copy lies beside the first as a message of its own: the ledger has each version once.
        let isCopy = try !connection.query(
            "select 1 from message where stream_id = \(message.handover) and version = \(Int32(message.version))"
        ).isEmpty
        try connection.execute(
            """
            insert into message (stream_id, version, caused_by, subject, spell, kind, recipient_kind, recipient_id,
                sent_at, topic, headers, body)
            values (\(isCopy ? UUID() : message.handover), \(Int32(message.version)), \(event), 'Z0001AA', \(UUID()),
                'RELEASED', \(kind.rawValue), \(recipient), now(), \(handoverTopic),
                \(SubscriberSandbox.encode(headers)), \(Array(message.body.utf8)))
            """)
        guard webhook != nil else { return }
        // A webhook goes out when the doors show its handover, not before: an answer to it must be taken.
        let deadline = Date(timeIntervalSinceNow: SubscriberSandbox.shownSeconds)
        while try connection.query(
            "select 1 from door_item join message using (seq) where caused_by = \(event)"
        ).isEmpty {
            guard Date() < deadline else {
                throw CommandFailure(.unavailable, "the sandbox does not show what it delivers")
            }
            Thread.sleep(forTimeInterval: 0.02)
        }
    }

    /// Reads the answers from their beginning.
    func reader() throws -> TopicReader {
        let reader = try TopicReader(configuration: kafka, clientName: "throughgate-conformance")
        try reader.startAll([topics.communityResponses])
        return reader
    }

    /// As the ledger keeps headers: names and values with their lengths before them.
    private static func encode(_ headers: [RecordHeader]) -> [UInt8] {
        headers.flatMap { header in
            [Array(header.name.utf8), header.value ?? []].flatMap { bytes in
                withUnsafeBytes(of: UInt32(bytes.count).bigEndian) { Array($0) } + bytes
            }
        }
    }
}
