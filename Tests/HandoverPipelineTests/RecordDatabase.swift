import EventContracts
import Foundation
import HandoverPipeline
import HandoverRules
import LocalServers
import Postgres
import SyntheticEstate

/// One PostgreSQL for the tests of the record tables, without a broker; each test has a database of its own, migrated,
/// with the registers of the synthetic estate. `THROUGHGATE_TEST_POSTGRES` names a real one instead.
enum RecordDatabase {
    private static let server = Result { () throws -> (PrivatePostgres?, String) in
        if let named = ProcessInfo.processInfo.environment["THROUGHGATE_TEST_POSTGRES"] { return (nil, named) }
        let started = try PrivatePostgres.start(in: ServerFolder.fresh("record-tests").url)
        return (started, started.superuserURL)
    }

    /// The URL of a new database.
    static func fresh() throws -> String {
        let superuser = try server.get().1
        let name = "tg_" + UUID().uuidString.prefix(8).lowercased()
        try PostgresConnection(PostgresConfiguration(url: superuser)).execute("create database \(unsafeRaw: name)")
        let cut = superuser.lastIndex(of: "/") ?? superuser.endIndex
        let url = String(superuser[..<cut] + "/" + name)
        let connection = try PostgresConnection(PostgresConfiguration(url: url))
        _ = try Migrator(LedgerMigrations.all).apply(on: connection)
        try fill(connection)
        return url
    }

    /// A database with the people of an estate, decided in memory, kept as the recorder keeps them, and recorded.
    static func recorded(seed: UInt64) throws -> String {
        let url = try fresh()
        let connection = try PostgresConnection(PostgresConfiguration(url: url))
        try keep(try people(seed, connection), connection)
        let projector = try RecordProjector(PostgresConfiguration(url: url), rules: .standard)
        while try !projector.step().isIdle {}
        return url
    }

    /// The estate's people after all their events.
    static func people(_ seed: UInt64, _ connection: PostgresConnection) throws -> [PersonState] {
        let registers = try RegisterTables.load { try connection.query($0) }
        let estate = Estate(EstatePlan(seed: seed))
        let events = Dictionary(grouping: estate.events) { $0.subject }
        return estate.people.map { person in
            decide(
                PersonState(subject: person.noms), arrivals: events[person.noms] ?? [], record: nil,
                registers: registers, rules: .standard
            ).state
        }
    }

    /// Keeps them in `person_state`, with what they hold, due to be recorded.
    static func keep(_ states: [PersonState], _ connection: PostgresConnection) throws {
        _ = try connection.query(
            """
            insert into person_state (noms, changes, snapshot)
            select n, 1, s from unnest(\(states.map(\.subject.text)), \(states.map { PersonSnapshot.encode($0) }))
                as u(n, s)
            on conflict (noms) do update set changes = person_state.changes + 1, snapshot = excluded.snapshot
            """)
        let held = states.flatMap { state in
            heldKits(state.events, aliases: state.aliases).map { (kit: $0.text, noms: state.subject.text) }
        }
        _ = try connection.query(
            """
            insert into kit_claim (kit_id, turn, noms)
            select k, row_number() over (partition by k order by n), n
            from unnest(\(held.map(\.kit)), \(held.map(\.noms))) u(k, n)
            on conflict (noms, kit_id) do nothing
            """)
        _ = try connection.query("insert into record_due (noms) select unnest(\(states.map(\.subject.text)))")
    }

    private static func fill(_ connection: PostgresConnection) throws {
        let prisons = EstatePlan.pilotPrisons.map(\.text), areas = HomeArea.pilot
        _ = try connection.query(
            """
            insert into prison (prison_id, name, active, onboarded_from)
            select p, p, true, '2015-01-01' from unnest(\(prisons)) p
            """
        )
        _ = try connection.query(
            """
            insert into postcode_area (outcode, utla, nation)
            select o, a, 'England' from unnest(\(areas.map(\.outcode)), \(areas.map(\.authority.text))) u(o, a)
            """)
        let served = areas.filter { $0.drugService != nil }
        _ = try connection.query(
            """
            insert into provider (provider_id, kind, name, valid_from)
            select distinct s, 'DRUG_SERVICE', s, date '2015-01-01'
            from unnest(\(served.compactMap { $0.drugService?.text })) s
            union all select 'ps-yh', 'PROBATION_REGION', 'ps-yh', date '2015-01-01'
            """)
        _ = try connection.query(
            """
            insert into coverage (provider_id, utla, pathway, age_band, rank, valid_from)
            select s, a, 'CRIMINAL_JUSTICE', 'ADULT', 1, date '2015-01-01'
            from unnest(\(served.compactMap { $0.drugService?.text }), \(served.map(\.authority.text))) u(s, a)
            union all
            select distinct 'ps-yh', a, 'SUPERVISION', 'ADULT', 1, date '2015-01-01'
            from unnest(\(areas.map(\.authority.text))) a
            """)
    }
}
