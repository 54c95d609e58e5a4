import EventContracts
import ExactlyOnceKafka
import Foundation
import HandoverPipeline
import HandoverRules
import LocalServers
import Logging
import Postgres
import Testing

/// One PostgreSQL and one broker for all tests of this process; every test has its own database and topic prefix.
/// `THROUGHGATE_TEST_KAFKA` and `THROUGHGATE_TEST_POSTGRES` point the same tests at real ones.
final class TestBed: Sendable {
    static let shared = Result { try TestBed() }

    let bootstrapServers: String
    private let postgres: PrivatePostgres?
    private let superuserURL: String
    private let broker: LocalBroker?
    private let folder: ServerFolder?

    private init() throws {
        let environment = ProcessInfo.processInfo.environment
        folder = try ServerFolder.fresh("pipeline-tests")
        if let named = environment["THROUGHGATE_TEST_KAFKA"] {
            bootstrapServers = named
            broker = nil
        } else {
            let started = try LocalBroker.start(in: try #require(folder).url.appendingPathComponent("broker"))
            bootstrapServers = started.bootstrapServers
            broker = started
        }
        if let named = environment["THROUGHGATE_TEST_POSTGRES"] {
            superuserURL = named
            postgres = nil
        } else {
            // Nine hubs at one time, each with up to twenty connections.
            let started = try PrivatePostgres.start(
                in: try #require(folder).url.appendingPathComponent("postgres"), settings: ["max_connections": "300"])
            superuserURL = started.superuserURL
            postgres = started
        }
    }

    /// Servers of a test's own, which it may stop.
    static func ownServers() throws -> TestBed { try TestBed() }

    var ownPostgres: PrivatePostgres? { postgres }
    var ownBroker: LocalBroker? { broker }

    /// A database of its own, migrated and filled with the small registers.
    func database() throws -> String {
        let name = "tg_" + UUID().uuidString.prefix(8).lowercased()
        let superuser = try PostgresConnection(PostgresConfiguration(url: superuserURL))
        _ = try superuser.query("create database \(unsafeRaw: name)")
        let cut = superuserURL.lastIndex(of: "/") ?? superuserURL.endIndex
        let url = superuserURL[..<cut] + "/" + name
        let connection = try PostgresConnection(PostgresConfiguration(url: String(url)))
        _ = try Migrator(LedgerMigrations.all).apply(on: connection)
        try SmallRegisters.fill(connection)
        return String(url)
    }
}

/// A few prisons, providers and places: enough to route to Leeds and nowhere else.
enum SmallRegisters {
    static func fill(_ connection: PostgresConnection) throws {
        for statement in statements { _ = try connection.query(statement) }
    }

    private static let statements: [SQL] = [
        "insert into prison values ('MDI', 'Moorland', true, '2020-01-01'), ('LEI', 'Leeds', true, '2020-01-01')",
        """
        insert into provider (provider_id, kind, name, valid_from, nasal_stocked) values
            ('prov-leeds', 'DRUG_SERVICE', 'Example Recovery, Leeds', '2015-01-01', true),
            ('ps-yh', 'PROBATION_REGION', 'Yorkshire and The Humber', '2021-06-26', false)
        """,
        """
        insert into coverage values
            ('prov-leeds', 'E08000035', 'CRIMINAL_JUSTICE', 'ADULT', 1, '2015-01-01', null),
            ('ps-yh', 'E08000035', 'SUPERVISION', 'ADULT', 1, '2021-06-26', null)
        """,
        "insert into postcode_area values ('LS9', 'E08000035', 'England', 1)",
        """
        insert into movement_reason values ('CR', 'out', 'COMMUNITY_RELEASE', 'CRD'), ('DEC', 'out', 'DIED', null)
        """,
        "insert into office values ('YHLDS01', 'ps-yh', 'E08000035', 'Leeds office')",
        "update register_version set version = version + 1",
    ]
}

/// A hub in this process with a database and topics of its own.
final class TestHub: @unchecked Sendable {
    let databaseURL: String
    let topics: Topics
    let bed: TestBed
    let partitions = 4
    let hold: Span
    let clock: HubClock
    /// The hub's group, without prefix; another name begins at the earliest records.
    var group = "throughgate"
    /// librdkafka properties of the hub alone.
    var properties: [String: String] = [:]
    var retryAfter: Span = .seconds(60)
    /// How long the hub's transactions may be silent; nil: as long as ever.
    var silence: Duration?
    /// Between two canaries of the hub; nil: none.
    var canaryEvery: Duration?
    /// What the hub logged, one line a message with its metadata.
    let log = LogKeeper()
    /// Events by outcome that the last run of the hub counted.
    var outcomes: [String: Int] = [:]
    private let producer: EventProducer
    private(set) var hub: Hub?
    private var done: DispatchSemaphore?
    private let failure = Failure()

    init(hold: Span = .zero, clock: HubClock = .system, bed: TestBed? = nil) throws {
        self.bed = try bed ?? TestBed.shared.get()
        let bed = self.bed
        databaseURL = try bed.database()
        topics = Topics(prefix: "t" + UUID().uuidString.prefix(8).lowercased() + ".")
        self.hold = hold
        self.clock = clock
        let kafka = try TestHub.kafka(bed)
        let plans = TopicLayout.plans(
            topics, inboundPartitions: partitions,
            recipients: [
                topics.prefix + "handover.drug-service.prov-leeds", topics.prefix + "handover.supervision.ps-yh",
                topics.tasks(of: PrisonID(unchecked: "MDI")), topics.tasks(of: PrisonID(unchecked: "LEI")),
            ])
        _ = try TopicAdmin(configuration: kafka).create(plans)
        producer = try EventProducer(configuration: kafka, clientName: "test-" + topics.prefix)
    }

    static func kafka(_ bed: TestBed, _ more: [String: String] = [:]) throws -> KafkaConfiguration {
        try KafkaConfiguration(
            bootstrapServers: bed.bootstrapServers,
            properties: more.merging(["receive.message.max.bytes": "1000000000"]) { new, _ in new })
    }

    func start() throws {
        var rules = Rulebook()
        rules.releaseHold = hold
        var log = Logger(label: "test", factory: { [log] _ in log.handler })
        if ProcessInfo.processInfo.environment["TG_LOG"] != nil {
            log = Logger(label: "test", factory: { StreamLogHandler.standardError(label: $0) })
            log.logLevel = .debug
        }
        var settings = HubSettings(
            instance: "one", group: group, topicPrefix: topics.prefix, clock: clock, rules: rules,
            kafka: try TestHub.kafka(bed, properties), postgres: try PostgresConfiguration(url: databaseURL))
        settings.retryAfter = retryAfter
        settings.canaryEvery = canaryEvery
        if let silence { settings.postgres.idleInTransactionSessionTimeout = silence }
        let hub = Hub(settings: settings, log: log)
        self.hub = hub
        let done = DispatchSemaphore(value: 0)
        self.done = done
        let failure = failure
        Thread.detachNewThread {
            do { try hub.run() } catch { failure.note(error) }
            done.signal()
        }
    }

    func stop() {
        hub?.stop()
        _ = done?.wait(timeout: .now() + 15)
        hub = nil
    }

    var problem: (any Error)? { failure.error }

    func publish(_ events: [Event]) throws {
        let encoder = EventEncoder(topics: topics)
        try publish(raw: events.map { try OutboundMessage(encoder.record(of: $0)) })
    }

    func publish(raw messages: [OutboundMessage]) throws {
        for case .failed(let error) in producer.send(messages) { throw error }
    }

    /// Everything a read_committed reader sees on a topic now; none while the topic does not exist.
    func read(_ topic: String) throws -> [KafkaRecord] {
        let reader = try TopicReader(configuration: TestHub.kafka(bed))
        guard let partitions = try? reader.partitions(of: topic), !partitions.isEmpty else { return [] }
        try reader.startAll([topic])
        var records: [KafkaRecord] = []
        _ = try reader.readToEnd(atMost: .seconds(20)) { records.append($0) }
        return records
    }

    /// Reads until there are at least `count` records, or a deadline.
    func read(_ topic: String, atLeast count: Int, within seconds: Double = 20) throws -> [KafkaRecord] {
        let deadline = Date(timeIntervalSinceNow: seconds)
        var found: [KafkaRecord] = []
        repeat {
            found = try read(topic)
            if let problem { throw problem }
        } while found.count < count && Date() < deadline
        return found
    }

    func query(_ sql: SQL) throws -> PostgresRows {
        try PostgresConnection(PostgresConfiguration(url: databaseURL)).query(sql)
    }

    private final class Failure: @unchecked Sendable {
        private let lock = NSLock()
        private var stored: (any Error)?
        var error: (any Error)? { lock.withLock { stored } }
        func note(_ error: any Error) { lock.withLock { stored = error } }
    }
}
