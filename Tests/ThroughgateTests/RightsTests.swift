import Foundation
import HandoverPipeline
import Operations
import Postgres
import Testing

@Suite("PostgreSQL: least privilege is checked, too much and too little by name")
struct RightsTests {
    /// A migrated database with granted roles, and a login role of its own that is a member of the hub's: roles belong
    /// to the whole server, rights on tables to the database.
    private struct Bed {
        let owner: PostgresConnection
        let login: String
        let user: PostgresConnection
        let url: String

        init(member group: String = "throughgate_hub") throws {
            let (owner, url) = try TestDatabase.fresh()
            _ = try LedgerRoles.grant(on: owner)
            login = "login_" + UUID().uuidString.prefix(8).lowercased()
            try owner.execute("create role \(unsafeRaw: login) login in role \(unsafeRaw: group)")
            self.owner = owner
            self.url = url.replacing("//postgres@", with: "//\(login)@")
            user = try PostgresConnection(PostgresConfiguration(url: self.url))
        }

        func faults(_ change: String...) throws -> Set<String> {
            for statement in change { try owner.execute("\(unsafeRaw: statement.replacing("ME", with: login))") }
            return Set(try LedgerRights.faults(on: user).map { "\($0.role) \($0.kind.rawValue): \($0.right)" })
        }
    }

    @Test("a member of throughgate_hub has what it needs and no more, and so have the roles themselves")
    func exact() throws {
        let bed = try Bed()
        #expect(try bed.faults() == [])
        #expect(try LedgerRights.warning(on: bed.user) == nil)
    }

    private static let tooMuch = [
        ("grant update on audit_entry to ME", "update on audit_entry"),
        ("grant delete, truncate on event to ME", "delete, truncate on event"),
        ("grant update (value) on event to ME", "update on event (value)"),
        ("grant insert on schema_migration to ME", "insert on schema_migration"),
        ("grant trigger on message to ME", "trigger on message"),
        ("grant delete on rejected to ME", "delete on rejected"),
        ("grant create on schema public to ME", "create in the schema"),
        ("grant execute on function throughgate_grant() to ME", "execute throughgate_grant"),
        ("alter role ME createrole", "createrole"), ("alter role ME createdb", "createdb"),
        ("alter role ME bypassrls", "bypassrls"), ("alter role ME replication", "replication"),
        ("grant pg_read_server_files to ME", "member of pg_read_server_files"),
        ("grant throughgate_migrator to ME", "member of throughgate_migrator"),
    ]

    @Test("each right too many is named")
    func excess() throws {
        let bed = try Bed()
        var named: Set<String> = []
        for (statement, right) in Self.tooMuch {
            named.insert("\(bed.login) excess: \(right)")
            #expect(try bed.faults(statement) == named, "\(statement)")
        }
    }

    @Test("a right too few is named, of the group and of who is a member of it")
    func missing() throws {
        let bed = try Bed()
        let found = try bed.faults(
            "revoke insert on event from throughgate_hub", "revoke update (held) on message from throughgate_hub",
            "revoke select on rejected from throughgate_hub")
        let wanted = ["insert on event", "update on message (held)", "select on rejected"]
        let expected = wanted.flatMap { right in
            ["throughgate_hub", bed.login].map { "\($0) missing: \(right)" }
        }
        #expect(found == Set(expected))
    }

    @Test("operators' role: a column that could hold a person is too much, a write too, a column of figures too few")
    func operators() throws {
        let bed = try Bed()
        let found = try bed.faults(
            "grant select (name) on person to throughgate_ops", "grant update (state) on rejected to throughgate_ops",
            "grant select (value) on event to throughgate_ops", "revoke select (reason) on event from throughgate_ops",
            "grant select (booking_id) on episode to throughgate_ops")
        #expect(
            found == [
                "throughgate_ops excess: select on person (name)", "throughgate_ops excess: update on rejected (state)",
                "throughgate_ops excess: select on event (value)", "throughgate_ops missing: select on event (reason)",
                "throughgate_ops excess: select on episode (booking_id)",
            ])
    }

    @Test("the program says it: a superuser in one line, a member by name, with an exit code of its own")
    func command() throws {
        let bed = try Bed()
        func check() throws -> String {
            try Program.run(
                ["check"],
                environment: [
                    "THROUGHGATE_POSTGRES_URL": bed.url, "THROUGHGATE_KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:1",
                ]
            ).output
        }
        #expect(try check().contains("what each role needs and no more"))
        _ = try bed.faults("grant update on audit_entry to ME", "revoke insert on event from throughgate_hub")
        let said = try check()
        #expect(said.contains("\(bed.login) has update on audit_entry, which it does not need; revoke it"))
        #expect(said.contains("\(bed.login) lacks insert on event; run `throughgate migrate`"))
    }

    @Test("the access lists that `topics plan` prints hold what each principal does, and nothing else")
    func accessLists() throws {
        let hub = try WholeHub()
        let lines = try hub.run(["topics", "plan"]).output.split(separator: "\n").filter { $0.hasPrefix("kafka-acls") }
        var found: [String: Set<String>] = [:]
        for line in lines {
            let words = line.replacing("'", with: "").split(separator: " ").map(String.init)
            func after(_ word: String) -> [String] {
                zip(words, words.dropFirst()).filter { $0.0 == word }.map(\.1)
            }
            let kind = try #require(
                ["--topic", "--group", "--transactional-id", "--cluster"].first(where: words.contains))
            let name = after(kind).first.map { $0.drop { $0 != "." }.dropFirst() } ?? ""
            let reach = after("--resource-pattern-type").first.map { " (\($0))" } ?? ""
            #expect(!line.contains("*") && !line.contains("--operation All"), "\(line)")
            found[try #require(after("--allow-principal").first), default: []].insert(
                "\(after("--operation").sorted().joined(separator: "+")) \(kind.dropFirst(2)) \(name)\(reach)")
        }
        let inbound = ["release-notifications", "kit-events", "custody-movements", "care-records"].map {
            "prison." + $0
        }
        let read = (inbound + ["community.responses", "hub.timers", "hub.decisions"]).map {
            "Describe+Read+Write topic \($0)"
        }
        let write = ["hub.tasks", "hub.rejected"].map { "Describe+Write topic \($0)" }
        let made = ["handover.", "prison.tasks."].map { "Create+Describe+Write topic \($0) (prefixed)" }
        let own = ["Describe+Read group throughgate", "Describe+Write transactional-id throughgate-one"]
        // How far readers of Kafka are: their groups, by the recipient's id, which has no dot; and their topics.
        let sight = ["Describe group  (prefixed)", "Read topic handover. (prefixed)"]
        #expect(found["User:throughgate"] == Set(read + write + made + own + sight + ["IdempotentWrite cluster "]))
        #expect(
            lines.contains {
                $0.hasSuffix("--operation Describe --group 'prov-leeds' --resource-pattern-type prefixed")
            })
        #expect(found["User:prison-feed"] == Set(inbound.map { "Describe+Write topic \($0)" }))
        #expect(found["User:prov-leeds"]?.count == 2 && found["User:prison-MDI"]?.count == 2)
        #expect(found["User:prov-leeds"]?.contains("Describe+Read topic handover.drug-service.prov-leeds") == true)
        #expect(found["User:prison-MDI"]?.contains("Describe+Read topic prison.tasks.MDI") == true)
    }
}
