import Foundation
import Postgres
import Testing

@Suite("PostgreSQL: webhook secrets at the command line")
struct WebhookSecretTests {
    @Test("making, rotating and revoking are audited each as itself, and never with the secret")
    func audited() throws {
        let (connection, url) = try TestDatabase.fresh()
        try connection.execute(
            """
            insert into provider (provider_id, kind, name, valid_from, nasal_stocked)
            values ('prov-leeds', 'DRUG_SERVICE', 'Example Recovery, Leeds', '2015-01-01', true)
            """)
        func run(_ arguments: [String]) throws -> Program.Result {
            try Program.run(
                ["webhooks", "secret"] + arguments, environment: ["THROUGHGATE_POSTGRES_URL": url])
        }
        let early = try run(["rotate", "--recipient", "prov-leeds"])
        #expect(early.status == 65 && early.errors.contains("secret create"))
        var ids: [String] = []
        for act in ["create", "rotate"] {
            let made = try run([act, "--recipient", "prov-leeds", "--json"])
            #expect(made.status == 0, "\(made.errors)")
            let shape = try #require(
                try JSONSerialization.jsonObject(with: Data(made.output.utf8)) as? [String: String])
            #expect(shape["recipient"] == "prov-leeds" && shape["secret"]?.hasPrefix("whsec_") == true)
            ids.append(try #require(shape["id"]))
        }
        #expect(try run(["create", "--recipient", "prov-leeds"]).errors.contains("secret rotate"))
        #expect(try run(["revoke", ids[0]]).status == 0)
        let rows = try connection.query(
            """
            select coalesce(detail::jsonb ->> 'secret', object), detail::jsonb ->> 'act', detail::text from audit_entry
            where detail::jsonb ->> 'step' = 'done' order by seq
            """)
        #expect(try rows.map { try $0.text(0) } == [ids[0], ids[1], ids[0]])
        #expect(try rows.map { try $0.text(1) } == ["secret create", "secret rotate", "secret revoke"])
        #expect(try rows.allSatisfy { try !$0.text(2).contains("whsec_") })
    }
}
