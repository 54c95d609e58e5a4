import Foundation
import HandoverPipeline
import LocalServers
import Postgres
import Testing

/// The program between servers that are reached under TLS, with sign-in: by its settings alone, as an operator has it.
@Suite(
    "local broker: TLS and sign-in from the settings to a handover", .serialized,
    .enabled(if: ClientProgram.isThere, "no Python clients"))
struct SecureWireTests {
    private let authority: TestAuthority

    init() throws { authority = try TestAuthority() }

    private func properties(_ more: [String: String] = [:]) -> [String: String] {
        ["security.protocol": "ssl", "ssl.ca.location": authority.certificate].merging(more) { $1 }
    }

    private func signIn(_ mechanism: String, _ name: String, _ secret: URL) -> [String: String] {
        properties([
            "security.protocol": "sasl_ssl", "sasl.mechanism": mechanism, "sasl.username": name,
            "sasl.passwordFile": secret.path,
        ])
    }

    @Test("Kafka and PostgreSQL both under TLS, each checked by name and authority")
    func both() throws {
        let front = try ClientServer.brokerFront(authority.issue("127.0.0.1"))
        let server = try PrivatePostgres.start(
            in: ServerFolder.fresh("secure-wire").url, identity: authority.issue("127.0.0.1"))
        let connection = try PostgresConnection(PostgresConfiguration(url: server.url))
        _ = try Migrator(LedgerMigrations.all).apply(on: connection)
        let hub = try WholeHub(
            servers: "127.0.0.1:\(front.port)", properties: properties(),
            database: (connection, server.url + "?sslmode=verify-full&sslrootcert=\(authority.certificate)"))
        try hub.handOver()
        hub.stop()
        #expect(front.lines.contains("tls"))
    }

    @Test("a client key is shown where the cluster asks for one; without it nothing is said")
    func clientKey() throws {
        let front = try ClientServer.brokerFront(authority.issue("127.0.0.1"), clients: authority)
        let own = try authority.issue("hub.example.org")
        let hub = try WholeHub(
            servers: "127.0.0.1:\(front.port)",
            properties: properties(["ssl.certificate.location": own.certificate, "ssl.key.location": own.key]))
        try hub.handOver()
        hub.stop()
        let before = front.lines.count
        // Under TLS 1.3 the cluster closes a connection that looked made, and gives no reason.
        _ = try refusal(front, properties(), isNamed: false)
        #expect(front.lines.count == before)
    }

    @Test("a cluster of another authority, or of another name, is told nothing, and the settings are named")
    func wrongCluster() throws {
        let stranger = try TestAuthority()
        for identity in [try stranger.issue("127.0.0.1"), try authority.issue("broker.example.org")] {
            let front = try ClientServer.brokerFront(identity)
            _ = try refusal(front, properties())
            #expect(front.lines.isEmpty)
        }
    }

    @Test("signing in by PLAIN and by SCRAM-SHA-512, with the secret in a file", arguments: ["PLAIN", "SCRAM-SHA-512"])
    func signsIn(_ mechanism: String) throws {
        let folder = try ServerFolder.fresh("secrets")
        defer { folder.discard() }
        let (good, bad) = (folder.url.appendingPathComponent("good"), folder.url.appendingPathComponent("bad"))
        for (place, secret) in [(good, "f4c1-open"), (bad, "f4c1-wrong")] {
            try Data((secret + "\n").utf8).write(to: place)
            try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: place.path)
        }
        let front = try ClientServer.brokerFront(authority.issue("127.0.0.1"), user: ("hub", "f4c1-open"))
        let hub = try WholeHub(servers: "127.0.0.1:\(front.port)", properties: signIn(mechanism, "hub", good))
        try hub.handOver()
        hub.stop()
        #expect(Set(front.lines) == ["tls", "\(mechanism) ok"])
        let said = try refusal(front, signIn(mechanism, "hub", bad))
        #expect(front.lines.contains("\(mechanism) refused"))
        #expect(!said.contains("f4c1"), "no secret in what is said")
    }

    @Test("a webhook's receiver with a certificate of one's own authority is told; without the setting it is not")
    func ownReceiver() throws {
        for isTrusted in [true, false] {
            let hub = try WholeHub(
                more: """
                    webhooks:
                      allowPrivateAddresses: true
                    """ + (isTrusted ? "\n  tls:\n    authoritiesFile: \"\(authority.certificate)\"" : ""))
            let said = try hub.run(["webhooks", "secret", "create", "--recipient", "prov-leeds"])
            let secret = try #require(said.output.firstMatch(of: /whsec_[A-Za-z0-9+\/=]+/)).output
            let receiver = try ClientServer.hookReceiver(String(secret), authority.issue("127.0.0.1"))
            try hub.connection.execute(
                """
                update provider set webhook_url = \("https://127.0.0.1:\(receiver.port)/in")
                where provider_id = 'prov-leeds'
                """)
            try hub.connection.execute("update register_version set version = version + 1")
            try hub.start()
            try hub.tell(
                WholeHub.release("Z1234AD", "2", address: #","address":{"postcode":"LS9 7FL","status":"FAMILY"}"#))
            let wanted = isTrusted ? "DELIVERED" : "TLS"
            try hub.wait {
                try hub.count(
                    """
                    select count(*) from webhook_delivery d join webhook_door o using (recipient_id)
                    where d.state = '\(wanted)' or o.last_outcome = '\(wanted)'
                    """) > 0
            }
            #expect(receiver.lines.isEmpty != isTrusted)
            #expect(receiver.lines.allSatisfy { $0.contains(" ok ") }, "\(receiver.lines)")
        }
    }

    @Test("a mail relay with a certificate of one's own authority is told; one of another authority is not")
    func ownRelay() throws {
        let stranger = try TestAuthority()
        for isTrusted in [true, false] {
            let relay = try ClientServer.mailbox((isTrusted ? authority : stranger).issue("localhost"))
            let hub = try WholeHub(
                publicURL: "https://handovers.example.org",
                more: """
                    mail:
                      relay: "smtp://localhost:\(relay.port)"
                      from: hub@example.org
                      tls:
                        authoritiesFile: "\(authority.certificate)"
                    """)
            try hub.connection.execute(
                "update provider set contact = 'duty@leeds.example' where provider_id = 'prov-leeds'")
            try hub.handOver()
            // The hub lives by the clock of events, mail by the wall's: only what is new there is told.
            try hub.connection.execute("update message set sent_at = now(), ack_due_at = now() + interval '2 hours'")
            try hub.connection.execute("update mail_state set noticed = 0")
            let wanted = isTrusted ? "TAKEN" : "TLS"
            try hub.wait { try hub.count("select count(*) from mail_door where last_outcome = '\(wanted)'") > 0 }
            #expect(relay.lines.isEmpty != isTrusted)
            #expect(relay.lines.allSatisfy { $0.contains(#""tls": true"#) && !$0.contains("Z1234AD") })
        }
    }

    /// What a command says where the cluster cannot be used.
    private func refusal(
        _ front: ClientServer, _ properties: [String: String], isNamed: Bool = true
    ) throws -> String {
        let (_, url) = try TestDatabase.fresh()
        let result = try Program.withFile(
            """
            kafka:
              bootstrapServers: "127.0.0.1:\(front.port)"
              properties:
            \(WholeHub.lines(properties))
            postgres: {url: "\(url)"}

            """
        ) { try Program.run(["topics", "apply", "--config", $0]) }
        #expect(result.status == 69, "\(result.errors)")
        let names = result.errors.contains("sasl.* and ssl.* settings")
        #expect(names == isNamed, "not as if the brokers were away: \(result.errors)")
        return result.errors
    }
}
