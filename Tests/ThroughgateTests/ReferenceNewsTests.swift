import EventContracts
import Foundation
import HandoverPipeline
import HandoverRules
import Postgres
import Testing

/// Whom an import concerns, on record rows made by hand: live is who is in custody or left within 84 days.
@Suite("PostgreSQL: an import tells the hub whom it concerns")
struct ReferenceNewsTests {
    private let connection: PostgresConnection
    private let url: String
    private static let now = London.instant(LocalDate(daysSince1970: 20_609), at: .hours(12))  // 2026-06-05

    init() throws {
        (connection, url) = try TestDatabase.fresh()
        try load(.prisons, "prison_id,name,active,onboarded_from\nMDI,M,true,2015-01-01\nLEI,L,true,2015-01-01\n")
        try load(
            .providers,
            "provider_id,kind,name,valid_from\nprov-a,DRUG_SERVICE,A,2015-01-01\nprov-b,DRUG_SERVICE,B,2015-01-01\n")
        try load(.coverage, coverage("prov-a", "E08000035", rank: 1))
        try load(.postcodes, "outcode,utla,nation\nLS9,E08000035,England\nBD1,E08000032,England\n")
        try load(
            .people,
            "noms_number,name,date_of_birth\n"
                + ["A", "B", "C", "D", "E"].map { "Z1234A\($0),N,1990-01-01\n" }.joined())
        try person("A", area: "E08000035", prison: "MDI")
        try person("B", area: "E08000035", prison: "MDI", left: "2026-05-01")
        try person("C", area: "E08000035", prison: "MDI", left: "2026-01-01")
        try person("D", area: nil, prison: "LEI")
        try person("E", area: "E08000032", prison: "LEI")
        try connection.execute("delete from record_due")
    }

    private func coverage(_ provider: String, _ area: String, rank: Int) -> String {
        "provider_id,utla,pathway,age_band,rank,valid_from\n\(provider),\(area),CORE,ADULT,\(rank),2015-01-01\n"
    }

    /// Somebody in custody, or released on a day.
    private func person(_ letter: String, area: String?, prison: String, left: String? = nil) throws {
        let noms = "Z1234A" + letter, id = UUID()
        try connection.execute("insert into person_state (noms, changes, snapshot) values (\(noms), 1, ''::bytea)")
        try connection.execute("insert into recorded_person (person_id, noms, changes) values (\(id), \(noms), 1)")
        let day = left.flatMap { LocalDate($0) }.map { PostgresDate(daysSince1970: Int($0.daysSince1970)) }
        try connection.execute(
            """
            insert into episode (episode_id, person_id, spell_no, provisional, prison_id, custody_state, is_open,
                thn_state, eligibility, offers, has_kit, consent_asked, consent_given, had_notice, dq_flags, utla,
                released_on, released_at, release_event_id, release_received_at, hold_ends_at, release_prison_id,
                planned, adult, onboarded, kit_at_release, cohort_exclusion)
            select \(UUID()), \(id), 1, false, \(prison), case when d is null then 'IN_PRISON' else 'RELEASED' end,
                d is null, 'ELIGIBLE', 'ASSESSED', 0, false, '{}', '{}', false, '{}', \(area), d, d::timestamptz,
                case when d is not null then \(UUID()) end, d::timestamptz, d::timestamptz,
                case when d is not null then \(prison) end, d is not null, d is not null, d is not null,
                case when d is not null then 'NO' end, 'NOT_RELEASED'
            from (select \(day)::date as d) x
            """)
    }

    @discardableResult
    private func load(_ kind: RegisterKind, _ file: String) throws -> [String] {
        var rest: [UInt8]? = Array(file.utf8)
        try connection.execute("delete from outbox")
        let summary = try RegisterImport(kind).run(
            on: connection,
            chunks: {
                defer { rest = nil }
                return rest
            }, news: ReferenceNews(topics: Topics(prefix: "t."), at: Self.now))
        let rows = try connection.query("select key, topic from outbox order by key")
        #expect(rows.count == summary.concerned)
        for row in rows { #expect(try row.text(1) == "t.hub.decisions") }
        return try rows.map { String(String(decoding: try $0.bytes(0), as: UTF8.self).suffix(1)) }
    }

    @Test("people: those whose row changed and whose spell is live, each once, under an id of the new version")
    func people() throws {
        let file =
            "noms_number,name,date_of_birth,postcode\n"
            + "Z1234AA,N,1990-01-01,LS9 7FL\nZ1234AB,N,1990-01-01,\n"
            + "Z1234AC,Other,1990-01-01,\nZ1234AZ,New,1990-01-01,\n"
        #expect(try load(.people, file) == ["A"])
        let version: Int64 = try connection.query("select version from register_version").only()[0]
        let id: UUID = try connection.query("select event_id from outbox").only()[0]
        let subject = try #require(NomsNumber("Z1234AA"))
        #expect(id == DerivedID.referenceChanged(registerVersion: version, subject))
        #expect(try load(.people, file) == [])
    }

    @Test("somebody whose record tables are behind is looked at rather than missed")
    func behind() throws {
        try connection.execute("update person_state set changes = 2 where noms = 'Z1234AC'")
        #expect(try load(.people, "noms_number,name,date_of_birth\nZ1234AC,Other,1990-01-01\n") == ["C"])
    }

    @Test("coverage, providers, postcodes, offices, prisons: those whose way rests on a row that changed")
    func routes() throws {
        #expect(try load(.coverage, coverage("prov-a", "E08000035", rank: 1)) == [])
        #expect(try load(.coverage, coverage("prov-b", "E08000035", rank: 2)) == ["A", "B"])
        #expect(
            try load(.providers, "provider_id,kind,name,valid_from\nprov-a,DRUG_SERVICE,New name,2015-01-01\n") == [])
        let ended = "provider_id,kind,name,valid_from,valid_to\nprov-a,DRUG_SERVICE,A,2015-01-01,2026-06-01\n"
        #expect(try load(.providers, ended) == ["A", "B"])
        // Leeds' outcode goes to Bradford: people of both, and those of no area.
        #expect(
            try load(.postcodes, "outcode,utla,nation\nLS9,E08000032,England\nBD1,E08000032,England\n")
                == ["A", "B", "D", "E"])
        #expect(try load(.offices, "office_code,provider_id,utla\nX1,prov-a,E08000032\n") == ["D", "E"])
        #expect(try load(.prisons, "prison_id,name,active\nMDI,New name,true\n") == [])
        #expect(try load(.prisons, "prison_id,name,active,release_hold\nMDI,M,true,10m\n") == ["A", "B"])
        #expect(try load(.bankHolidays, "nation,date,name\nscotland,2026-11-30,St Andrew's Day\n") == [])
    }

    @Test("with the broker away the import stands, says so, and what it has to tell waits in the outbox")
    func brokerAway() throws {
        let result = try Program.run(
            ["import", "people", "-"],
            environment: [
                "THROUGHGATE_POSTGRES_URL": url, "THROUGHGATE_KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:1",
            ], input: "noms_number,name,date_of_birth\nZ1234AA,Other,1990-01-01\n")
        #expect(result.status == 0)
        #expect(result.output == "people: 1 rows: 0 added, 1 changed, 0 as they were\n")
        #expect(result.errors.contains("could not be published") && result.errors.contains("nothing is lost"))
        let waiting: Int = try connection.query("select count(*) from outbox").only()[0]
        #expect(waiting == 1)
    }
}
