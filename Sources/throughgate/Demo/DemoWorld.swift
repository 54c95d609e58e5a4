import EventContracts
import ExactlyOnceKafka
import Foundation
import HandoverPipeline
import HandoverRules
import LocalServers
import Operations
import Postgres
import SyntheticEstate

/// The servers, registers and topics that a demo or a benchmark runs on. Everything lies in one folder and ends with
/// this process.
final class DemoWorld {
    let folder: ServerFolder
    let postgres: PrivatePostgres
    let broker: LocalBroker
    /// Where clients find the brokers: the local one, unless a cluster was named.
    let bootstrapServers: String
    let topics: Topics

    /// - Parameters:
    ///   - postgresSettings: server settings for a measurement; the standard ones otherwise.
    ///   - volume: takes PostgreSQL's files instead of the usual place.
    ///   - cluster: a Kafka cluster to use, under topics of its own, instead of the local broker.
    init(
        _ name: String, postgresSettings: [String: String] = [:], volume: (ServerFolder) -> SmallVolume? = { _ in nil },
        cluster: String? = nil
    ) throws {
        folder = try ServerFolder.fresh(name)
        postgres = try PrivatePostgres.start(
            in: folder.url.appendingPathComponent("postgres"), settings: postgresSettings, volume: volume(folder))
        topics = Topics(prefix: cluster == nil ? "" : "\(name)-\(UUID().uuidString.prefix(8).lowercased()).")
        broker = try LocalBroker.start(in: folder.url.appendingPathComponent("broker"))
        bootstrapServers = cluster ?? broker.bootstrapServers
    }

    func stop() {
        try? broker.stop()
        try? postgres.stop()
        folder.discard()
    }

    /// The local broker ignores fetch size limits, so one answer may hold a whole topic.
    func kafka() throws -> KafkaConfiguration {
        try KafkaConfiguration(
            bootstrapServers: bootstrapServers, properties: ["receive.message.max.bytes": "1000000000"])
    }

    /// A front before the local broker, which without one is asked ten thousand times a second by a hub that is idle.
    func front() throws -> Pacer { try Pacer(port: FreePort.next(), brokerPort: broker.port) }

    /// The part of a settings file that names these servers and where HTTP listens. `front` stands before the broker.
    func settings(http port: Int, broker front: String? = nil) -> String {
        """
        kafka:
          bootstrapServers: "\(front ?? bootstrapServers)"
          topicPrefix: "\(topics.prefix)"
          properties:
            receive.message.max.bytes: "1000000000"
        postgres:
          url: "\(postgres.url)"
        http:
          address: "127.0.0.1:\(port)"
        """
    }

    func connection() throws -> PostgresConnection {
        var configuration = try PostgresConfiguration(url: postgres.url)
        configuration.statementTimeout = RegisterImport.statementTimeout
        return try PostgresConnection(configuration)
    }

    func hubSettings(clock: HubClock, hold: Span = Rulebook().releaseHold) throws -> HubSettings {
        var rules = Rulebook()
        rules.releaseHold = hold
        return HubSettings(
            instance: "demo", clock: clock, rules: rules, kafka: try kafka(),
            postgres: try PostgresConfiguration(url: postgres.url))
    }

    /// Migrates and imports the public registers, the invented services, and the people of the estate.
    func fill(onboard prisons: [PrisonID], people: some Sequence<(noms: NomsNumber, record: PersonRecord)>) throws {
        let connection = try connection()
        _ = try Migrator(LedgerMigrations.all).apply(on: connection)
        let reference = try DemoWorld.reference()
        for (kind, file) in DemoWorld.files {
            let bytes = try [UInt8](Data(contentsOf: reference.appendingPathComponent(file)))
            try RegisterImport(kind).run(on: connection, bytes: bytes)
        }
        try RegisterImport(.people).run(on: connection, bytes: DemoWorld.csv(people))
        try connection.execute(
            "update prison set onboarded_from = '2015-02-01' where prison_id = any(\(prisons.map(\.text)))")
        try connection.execute("update register_version set version = version + 1")
        try connection.execute("analyze")
    }

    /// The people of an estate, and the topics of its prisons and areas.
    func fill(for estate: Estate) throws {
        try fill(
            onboard: estate.plan.prisons,
            people: estate.people.flatMap { person in
                person.numbers.compactMap { noms in person.record.map { (noms, $0) } }
            })
        try makeTopics(
            for: estate.plan.areas.map(\.authority), prisons: estate.plan.prisons + [estate.plan.outsidePrison],
            inboundPartitions: 6)
    }

    /// Makes the inbound topics, those of every service that covers one of these authorities, and the prisons' own.
    func makeTopics(for authorities: [AuthorityID], prisons: [PrisonID], inboundPartitions: Int) throws {
        let connection = try connection()
        let rows = try connection.query(
            """
            select distinct p.provider_id, p.kind from provider p join coverage c using (provider_id)
            where c.utla = any(\(authorities.map(\.text))) and (c.valid_to is null or c.valid_to >= '2026-01-01')
            """)
        var recipients = prisons.map { topics.tasks(of: $0) }
        for row in rows {
            guard let id = ProviderID(try row.text(0)), let kind = ProviderKind(rawValue: try row.text(1)),
                let recipient = kind.recipient
            else { continue }
            recipients.append(topics.handovers(to: Recipient(kind: recipient, provider: id)))
        }
        _ = try TopicAdmin(configuration: kafka()).create(
            TopicLayout.plans(topics, inboundPartitions: inboundPartitions, recipients: recipients))
    }

    /// Who reads which handover topic.
    func recipients() throws -> [String: Recipient] {
        var found: [String: Recipient] = [:]
        for row in try connection().query("select provider_id, kind from provider") {
            guard let id = ProviderID(try row.text(0)), let kind = ProviderKind(rawValue: try row.text(1)),
                let recipient = kind.recipient.map({ Recipient(kind: $0, provider: id) })
            else { continue }
            found[topics.handovers(to: recipient)] = recipient
        }
        return found
    }

    private static let files: [(RegisterKind, String)] = [
        (.prisons, "prisons.csv"), (.postcodes, "postcodes.csv"), (.movementReasons, "movement-reasons.csv"),
        (.bankHolidays, "bank-holidays.csv"), (.providers, "providers-supervision.csv"),
        (.providers, "providers-drug-service.csv"), (.coverage, "coverage-supervision.csv"),
        (.coverage, "coverage-drug-service.csv"), (.offices, "offices.csv"),
    ]

    /// `Deploy/reference` of the repository that this is run in.
    private static func reference() throws -> URL {
        var folder = URL(fileURLWithPath: FileManager.default.currentDirectoryPath, isDirectory: true)
        while folder.path != "/" {
            let found = folder.appendingPathComponent("Deploy/reference", isDirectory: true)
            if FileManager.default.fileExists(atPath: found.path) { return found }
            folder.deleteLastPathComponent()
        }
        throw CommandFailure(.settings, "Deploy/reference is not here; run this from the repository's root")
    }

    private static func csv(_ people: some Sequence<(noms: NomsNumber, record: PersonRecord)>) -> [UInt8] {
        var text =
            "noms_number,name,date_of_birth,crn,pnc_id,nhs_number,gender,language,postcode,address_status,"
            + "last_home_utla\n"
        for (noms, record) in people {
            let fields = [
                noms.text, record.name, record.dateOfBirth.description, record.crn, record.pncID, record.nhsNumber,
                record.gender, record.language, record.postcode?.text, record.addressStatus?.rawValue,
                record.lastHomeAuthority?.text,
            ]
            text += fields.map { $0 ?? "" }.joined(separator: ",") + "\n"
        }
        return Array(text.utf8)
    }
}

extension RegisterImport {
    /// Loads a register that is in memory already.
    @discardableResult
    func run(on connection: PostgresConnection, bytes: [UInt8]) throws -> Summary {
        var rest: [UInt8]? = bytes
        return try run(
            on: connection,
            chunks: {
                defer { rest = nil }
                return rest
            })
    }
}
