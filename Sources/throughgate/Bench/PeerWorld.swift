import EventContracts
import ExactlyOnceKafka
import Foundation
import HandoverPipeline
import HandoverRules
import LocalServers
import Postgres
import SyntheticEstate

/// Servers and prepared databases of the comparison: one PostgreSQL, and for every run a broker with nothing but the
/// input and a fresh copy of a database that knows the people.
final class PeerWorld {
    let world: DemoWorld
    let folder: URL
    private(set) var broker: LocalBroker
    private var runs = 0

    /// Where the peers write; the hub has a topic for each recipient instead.
    static let handovers = "bench.handovers"
    static let rejected = "bench.rejected"
    static let partitions = 6
    /// What a turn works on.
    static let database = "run"

    /// - Parameter recipients: people are spread over so many drug services of their own; nil: one has them all.
    init(people: Int, recipients: Int? = nil, postgresSettings: [String: String] = [:]) throws {
        world = try DemoWorld("bench", postgresSettings: postgresSettings)
        folder = world.folder.url
        broker = world.broker
        try world.fill(onboard: EstatePlan.pilotPrisons, people: [])
        try CostLedger(world).fill(to: people)
        if let recipients { try spread(people, over: recipients) }
        let address = try world.postgres.createDatabase(named: "peers")
        let peers = try PostgresConnection(PostgresConfiguration(url: address))
        for statement in try PeerWorld.schema(people: people) { try peers.execute("\(unsafeRaw: statement)") }
    }

    func stop() {
        if broker !== world.broker { try? broker.stop() }
        world.stop()
    }

    /// A broker of its own for the next run: the local one slows down as it fills.
    func freshBroker() throws {
        try broker.stop()
        runs += 1
        broker = try LocalBroker.start(in: folder.appendingPathComponent("broker-\(runs)"))
        let topics = world.topics
        let recipients = try Array(world.recipients().keys) + EstatePlan.pilotPrisons.map { topics.tasks(of: $0) }
        let plans = TopicLayout.plans(topics, inboundPartitions: PeerWorld.partitions, recipients: recipients)
        let own = [PeerWorld.handovers, PeerWorld.rejected].map {
            TopicPlan(name: $0, partitions: PeerWorld.partitions)
        }
        _ = try TopicAdmin(configuration: kafka()).create(plans + own)
    }

    func kafka(_ properties: [String: String] = [:]) throws -> KafkaConfiguration {
        try KafkaConfiguration(
            bootstrapServers: broker.bootstrapServers,
            properties: properties.merging(["receive.message.max.bytes": "1000000000"]) { $1 })
    }

    /// A copy of a prepared database, as a URL; the copy before it goes.
    func freshDatabase(of kind: PeerProgram.Kind) throws -> String {
        let server = try PostgresConnection(PostgresConfiguration(url: world.postgres.superuserURL))
        try server.execute("drop database if exists \(unsafeRaw: PeerWorld.database) with (force)")
        try server.execute(
            """
            create database \(unsafeRaw: PeerWorld.database) template \(unsafeRaw: kind.template) owner throughgate
            """)
        try server.execute("checkpoint")
        return world.postgres.url(database: PeerWorld.database)
    }

    /// So many services, each alone in an area of its own, and everybody in one of the areas.
    private func spread(_ people: Int, over recipients: Int) throws {
        let outcode = "'Z' || chr((70 + i / 100)::int) || i % 100", area = "'E09' || lpad((900000 + i)::text, 6, '0')"
        let services = "generate_series(0, \(recipients - 1)) as i"
        for statement in [
            """
            insert into provider (provider_id, kind, name, valid_from)
            select 'bench-' || i, 'DRUG_SERVICE', 'Service ' || i, '2015-01-01' from \(services)
            """,
            "insert into postcode_area select \(outcode), \(area), 'England', 1 from \(services)",
            """
            insert into coverage (provider_id, utla, pathway, age_band, rank, valid_from)
            select 'bench-' || i, \(area), pathway, 'ADULT', 1, '2015-01-01'
            from \(services), unnest(array['CORE', 'CRIMINAL_JUSTICE']) as pathway
            """,
            """
            update person set postcode = \(outcode) || ' 1CC'
            from (select \(CostLedger.nomsSQL) as noms, i % \(recipients) as i
                from generate_series(0, \(people - 1)) as i) as lives
            where noms_number = noms
            """,
            "update register_version set version = version + 1", "analyze",
        ] { try world.connection().execute("\(unsafeRaw: statement)") }
    }

    private static func schema(people: Int) throws -> [String] {
        let area = HomeArea.pilot[0]
        return [
            """
            create table person (noms text primary key, name text not null, born date not null, postcode text not null,
                authority text not null, agreed boolean not null)
            """,
            "create table coverage (authority text primary key, provider text not null)",
            """
            create table kit (kit_id text primary key, noms text not null, product text not null, expiry date not null,
                issued_at timestamptz not null)
            """,
            "create index kit_newest on kit (noms, issued_at desc)",
            """
            create table handover (handover_id text primary key, noms text not null, provider text not null,
                released_at timestamptz not null, body jsonb not null, partition int not null, "offset" bigint not null)
            """,
            """
            insert into person select \(CostLedger.nomsSQL), 'Example Person', date '1985-01-01',
                '\(area.outcode) 1CC', '\(area.authority)', true from generate_series(0, \(people - 1)) as i
            """,
            "insert into coverage values ('\(area.authority)', '\(area.drugService?.text ?? "NOBODY")')", "analyze",
        ]
    }
}
