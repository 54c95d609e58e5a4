import Foundation
import LocalServers
import Postgres
import Testing

@Suite("local broker: what `check` says of recipients' doors, keys and authorities", .serialized)
struct DoorCheckTests {
    @Test("a recipient without any door, and one whose key was never registered, are named; the others are not")
    func doors() throws {
        let hub = try WholeHub()
        for statement in [
            "delete from coverage", "delete from provider",
            """
            insert into provider (provider_id, kind, name, valid_from, valid_to, webhook_url, public_key_file) values
                ('by-webhook', 'DRUG_SERVICE', 'a', '2015-01-01', null, 'https://hooks.example.org/in', null),
                ('by-token', 'DRUG_SERVICE', 'b', '2015-01-01', null, null, 'keys/b.pem'),
                ('by-ended-token', 'YOUTH_JUSTICE', 'c', '2015-01-01', null, null, null),
                ('by-nothing', 'PROBATION_REGION', 'd', '2015-01-01', null, null, null),
                ('closed', 'DRUG_SERVICE', 'e', '2015-01-01', '2016-01-01', null, null),
                ('keyed', 'DRUG_SERVICE', 'g', '2015-01-01', null, 'https://hooks.example.org/in', 'keys/g.pem'),
                ('council', 'COMMISSIONER', 'f', '2015-01-01', null, null, null)
            """,
            "insert into token (id, hash, kind, names) values ('t1', sha256('1'), 'RECIPIENT', '{by-token}')",
            """
            insert into recipient_key (provider_id, thumbprint, kid, jwk, valid_from)
            values ('keyed', 't', 'k', '{}', now())
            """,
            """
            insert into token (id, hash, kind, names, revoked_at)
            values ('t2', sha256('2'), 'RECIPIENT', '{by-ended-token}', now())
            """,
        ] { try hub.connection.execute("\(unsafeRaw: statement)") }
        let lines = try hub.run(["check"], expecting: 78).output.split(separator: "\n")
        let doors = try #require(lines.first { $0.contains(" doors ") })
        #expect(doors.hasPrefix("warning") && doors.contains("by-ended-token, by-nothing: "))
        let keys = try #require(lines.first { $0.contains(" keys ") })
        #expect(keys.hasPrefix("warning") && keys.contains("nothing leaves to by-token: "))
        for other in ["by-webhook", "closed", "council", "keyed"] {
            #expect(!doors.contains(other) && !keys.contains(other))
        }
    }

    @Test(
        "a recipient whose own group has read Kafka is reached; a group of a longer name's owner reaches only that one")
    func groups() throws {
        let hub = try WholeHub()
        let own = "reader-\(UUID().uuidString.prefix(8).lowercased())"
        for statement in [
            "delete from coverage", "delete from provider",
            """
            insert into provider (provider_id, kind, name, valid_from) values
                ('\(own)', 'DRUG_SERVICE', 'a', '2015-01-01'), ('\(own)-north', 'DRUG_SERVICE', 'b', '2015-01-01')
            """,
        ] { try hub.connection.execute("\(unsafeRaw: statement)") }
        let before = try hub.run(["check"], expecting: 78).output
        #expect(before.contains("nobody reads for \(own), \(own)-north: "))
        try hub.commit(group: "\(own)-north-worker")
        let after = try hub.run(["check"], expecting: 78).output
        #expect(after.contains("nobody reads for \(own): "))
    }

    @Test("authorities of one's own must be certificates, and those of mail belong to a relay")
    func authorities() throws {
        let folder = try ServerFolder.fresh("authorities")
        defer { folder.discard() }
        let authority = try TestAuthority()
        let good = authority.certificate, bad = folder.url.appendingPathComponent("x").path
        try Data("no certificate\n".utf8).write(to: URL(filePath: bad))
        func judge(_ environment: [String: String]) throws -> Program.Result {
            try Program.run(
                ["migrate"],
                environment: environment.merging(["THROUGHGATE_POSTGRES_URL": "postgres://127.0.0.1:1/x"]) { $1 })
        }
        for key in ["WEBHOOKS", "MAIL"] {
            let variable = "THROUGHGATE_\(key)_TLS_AUTHORITIES_FILE"
            for path in [bad, bad + ".absent"] {
                let said = try judge([variable: path])
                #expect(said.status == 78 && said.errors.contains(variable) && said.errors.contains("PEM"))
            }
        }
        #expect(try judge(["THROUGHGATE_WEBHOOKS_TLS_AUTHORITIES_FILE": good]).status == 69)
        let mail = [
            "THROUGHGATE_MAIL_FROM": "hub@example.org", "THROUGHGATE_HTTP_PUBLIC_URL": "https://hub.example.org",
        ]
        .merging(["THROUGHGATE_MAIL_TLS_AUTHORITIES_FILE": good]) { $1 }
        let relay = try judge(mail.merging(["THROUGHGATE_MAIL_RELAY": "smtp://mail.example.org:587"]) { $1 })
        #expect(relay.status == 69)
        let program = try judge(mail.merging(["THROUGHGATE_MAIL_SENDMAIL": "/bin/true"]) { $1 })
        #expect(program.status == 78 && program.errors.contains("mail.tls.authoritiesFile"))
    }
}
