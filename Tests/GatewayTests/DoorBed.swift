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
import Testing

/// One PostgreSQL and one broker for all tests of this process.
struct Servers: Sendable {
    static let shared = Result { try Servers(ProcessInfo.processInfo.environment) }

    /// Servers of a test's own, which it may stop.
    static func own() throws -> Servers { try Servers([:]) }

    let bootstrapServers: String
    let superuserURL: String
    let broker: LocalBroker?
    let postgres: PrivatePostgres?

    private init(_ environment: [String: String]) throws {
        let folder = try ServerFolder.fresh("gateway-tests")
        if let named = environment["THROUGHGATE_TEST_KAFKA"] {
            bootstrapServers = named
            broker = nil
        } else {
            let broker = try LocalBroker.start(in: folder.url.appendingPathComponent("broker"))
            bootstrapServers = broker.bootstrapServers
            self.broker = broker
        }
        if let named = environment["THROUGHGATE_TEST_POSTGRES"] {
            superuserURL = named
            postgres = nil
        } else {
            let postgres = try PrivatePostgres.start(in: folder.url.appendingPathComponent("postgres"))
            superuserURL = postgres.superuserURL
            self.postgres = postgres
        }
    }
}

/// The doors of one hub with a database and topics of its own, listening on a free port.
final class DoorBed: @unchecked Sendable {
    let topics = Topics(prefix: "d" + UUID().uuidString.prefix(8).lowercased() + ".")
    let settings: HubSettings
    let gateway: Gateway
    let connection: PostgresConnection
    let databaseURL: String
    private(set) var base = ""
    private var serving: Task<Void, any Error>?
    private var hub: Hub?
    private var hubEnded: DispatchSemaphore?

    init(
        identity: ServerIdentity? = nil, partitions: Int = 2, couriers: CourierSettings = CourierSettings(),
        limits: DoorLimits = DoorLimits(), servers: Servers? = nil, canaryEvery: Duration? = nil
    ) async throws {
        let servers = try servers ?? Servers.shared.get()
        let name = "tg_" + UUID().uuidString.prefix(8).lowercased()
        try PostgresConnection(PostgresConfiguration(url: servers.superuserURL))
            .execute("create database \(unsafeRaw: name)")
        let cut = servers.superuserURL.lastIndex(of: "/") ?? servers.superuserURL.endIndex
        databaseURL = servers.superuserURL[..<cut] + "/" + name
        let database = try PostgresConfiguration(url: databaseURL)
        connection = try PostgresConnection(database)
        _ = try Migrator(LedgerMigrations.all).apply(on: connection)
        for statement in DoorBed.registers { try connection.execute(statement) }
        let kafka = try KafkaConfiguration(
            bootstrapServers: servers.bootstrapServers, properties: ["receive.message.max.bytes": "1000000000"])
        _ = try TopicAdmin(configuration: kafka).create(
            TopicLayout.plans(topics, inboundPartitions: partitions, recipients: []))
        var rules = Rulebook()
        rules.releaseHold = .zero
        var settings = HubSettings(
            instance: "doors", topicPrefix: topics.prefix, rules: rules, kafka: kafka, postgres: database)
        settings.canaryEvery = canaryEvery
        self.settings = settings
        gateway = try Gateway(
            host: "127.0.0.1", port: 0, identity: identity, settings: settings,
            settingsInForce: ["hub.group": "doors"], status: HubStatus(),
            measurements: Measurements(settings: settings), version: "test", couriers: couriers, log: DoorBed.quiet,
            limits: limits)
    }

    static let quiet = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })

    /// Listens, and ends when the closure does.
    static func open<Result>(
        hub: Bool = false, identity: ServerIdentity? = nil, partitions: Int = 2,
        couriers: CourierSettings = CourierSettings(), limits: DoorLimits = DoorLimits(), servers: Servers? = nil,
        canaryEvery: Duration? = nil, _ body: (DoorBed) async throws -> Result
    ) async throws -> Result {
        let bed = try await DoorBed(
            identity: identity, partitions: partitions, couriers: couriers, limits: limits, servers: servers,
            canaryEvery: canaryEvery)
        let (ports, port) = AsyncStream.makeStream(of: Int.self)
        bed.serving = Task { [gateway = bed.gateway] in try await gateway.run { port.yield($0) } }
        for await port in ports {
            bed.base = (identity == nil ? "http" : "https") + "://127.0.0.1:\(port)"
            break
        }
        if hub { bed.startHub() }
        defer {
            bed.serving?.cancel()
            bed.stopHub()
        }
        return try await body(bed)
    }

    /// The main job beside the doors; it ends with them.
    func startHub() {
        let hub = Hub(settings: settings, log: DoorBed.quiet)
        let ended = DispatchSemaphore(value: 0)
        Thread.detachNewThread {
            try? hub.run()
            ended.signal()
        }
        self.hub = hub
        hubEnded = ended
    }

    private func stopHub() {
        hub?.stop()
        _ = hubEnded?.wait(timeout: .now() + 15)
    }

    func token(_ scope: TokenScope, lifetime: Span? = nil) throws -> String {
        try TokenStore.create(scope, lifetime: lifetime, on: connection).token
    }

    private static let registers: [SQL] = [
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
        "insert into movement_reason values ('CR', 'out', 'COMMUNITY_RELEASE', 'CRD')",
        "update register_version set version = version + 1",
    ]
}
