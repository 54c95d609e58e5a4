import Foundation
import HandoverPipeline
import HandoverRules
import Postgres
import Testing

/// The record tables follow `person_state`: every person of a synthetic estate, decided in memory and kept as the
/// recorder keeps them.
@Suite("PostgreSQL: the record tables")
struct RecordProjectionTests {
    private static let seed: UInt64 = 3

    /// A database with an estate's people in `person_state`, due to be recorded.
    private func world(_ seed: UInt64) throws -> (RecordProjector, PostgresConnection, [PersonState]) {
        let url = try RecordDatabase.fresh()
        let connection = try PostgresConnection(PostgresConfiguration(url: url))
        let states = try RecordDatabase.people(seed, connection)
        try RecordDatabase.keep(states, connection)
        return (try RecordProjector(PostgresConfiguration(url: url), rules: .standard), connection, states)
    }

    private func settle(_ projector: RecordProjector) throws -> RecordProjector.Step {
        var all = RecordProjector.Step()
        for _ in 0..<1_000 {
            let step = try projector.step()
            all.persons += step.persons
            all.postponed += step.postponed
            all.faults += step.faults
            if step.isIdle { return all }
        }
        Issue.record("the projection does not settle")
        return all
    }

    private static let tables = [
        "recorded_person", "person_identifier", "address", "consent", "episode", "movement", "eligibility",
        "training_offer", "training", "refusal", "release_plan", "kit", "kit_event", "handover", "acknowledgement",
        "engagement",
    ]

    /// A fingerprint of every record table.
    private func fingerprint(_ connection: PostgresConnection) throws -> [String] {
        try Self.tables.map { table in
            let columns = table == "recorded_person" ? "person_id::text || noms || changes" : "t::text"
            let row = try connection.query(
                """
                select count(*) || ' ' || coalesce(md5(string_agg(r, '' order by r)), '')
                from (select \(unsafeRaw: columns) as r from \(unsafeRaw: table) t) rows
                """
            ).only()
            return try table + " " + row.text(0)
        }
    }

    @Test("every person of an estate is recorded; nobody's rows are refused; again changes nothing")
    func estate() throws {
        let (projector, connection, states) = try world(Self.seed)
        let done = try settle(projector)
        #expect(done.faults.isEmpty && done.postponed == 0, "seed \(Self.seed): \(done)")
        #expect(done.persons == states.count)
        let before = try fingerprint(connection)
        let spells: Int = try connection.query("select count(*) from episode").only()[0]
        #expect(spells >= states.count / 2, "seed \(Self.seed)")
        let released: Int = try connection.query(
            "select count(*) from episode where released_at is not null and kit_at_release = 'YES'"
        ).only()[0]
        #expect(released > 0)
        try projector.makeEverybodyDue()
        #expect(try settle(projector).persons == states.count)
        #expect(try fingerprint(connection) == before)
    }

    @Test("a person's rows are replaced as a whole; one of whom nothing is kept any more goes")
    func replaced() throws {
        let (projector, connection, states) = try world(Self.seed)
        _ = try settle(projector)
        var person = try #require(states.first { !$0.threads.isEmpty })
        let id = SpellRecord.person(person.subject)
        let consents: Int = try connection.query("select count(*) from consent where person_id = \(id)").only()[0]
        #expect(consents > 0)
        person.events.removeAll { if case .consentRecorded = $0.payload { true } else { false } }
        try RecordDatabase.keep([person], connection)
        _ = try settle(projector)
        let after: Int = try connection.query("select count(*) from consent where person_id = \(id)").only()[0]
        #expect(after == 0)
        _ = try connection.query("delete from person_state where noms = \(person.subject.text)")
        _ = try connection.query("insert into record_due (noms) values (\(person.subject.text))")
        _ = try settle(projector)
        let left: Int = try connection.query(
            """
            select (select count(*) from recorded_person where person_id = \(id))
                + (select count(*) from episode where person_id = \(id))
            """
        ).only()[0]
        #expect(left == 0)
    }

    @Test("a person whose rows a constraint refuses is told by code and leaves the others alone")
    func refused() throws {
        let (projector, connection, states) = try world(Self.seed)
        let victim = try #require(states.first { !$0.threads.isEmpty })
        _ = try connection.query(
            """
            alter table recorded_person add constraint nobody_of_this_name
                check (noms <> '\(unsafeRaw: victim.subject.text)')
            """)
        let done = try settle(projector)
        #expect(done.faults.map(\.constraint) == ["nobody_of_this_name"])
        #expect(done.postponed == 2)
        #expect(done.persons == states.count - 1)
        let noted: String = try connection.query("select constraint_name from record_fault").only()[0]
        #expect(noted == "nobody_of_this_name")
        _ = try connection.query("alter table recorded_person drop constraint nobody_of_this_name")
        try projector.makeEverybodyDue()
        _ = try settle(projector)
        #expect(try connection.query("select 1 from record_fault").isEmpty)
    }
}
