import Foundation
import LocalServers
import Postgres
import Testing

@Suite("PostgreSQL: TLS with sslmode=verify-full")
struct TLSTests {
    /// A server with a certificate for this name.
    private func server(_ identity: TestAuthority.Identity?) throws -> PrivatePostgres {
        try PrivatePostgres.start(in: ServerFolder.fresh("postgres-tls").url, identity: identity)
    }

    private func connect(_ server: PrivatePostgres, trusting authority: TestAuthority) throws -> PostgresConnection {
        try PostgresConnection(
            PostgresConfiguration(url: server.url + "?sslmode=verify-full&sslrootcert=\(authority.certificate)"))
    }

    @Test("the authority's own server is talked to under TLS 1.2 or later, also after it was restarted")
    func right() throws {
        let authority = try TestAuthority()
        let server = try server(authority.issue("127.0.0.1"))
        for _ in 0..<2 {
            let row = try connect(server, trusting: authority).query(
                "select ssl, version from pg_stat_ssl where pid = pg_backend_pid()"
            ).only()
            #expect(try row[0] as Bool)
            #expect(["TLSv1.2", "TLSv1.3"].contains(try row.text(1)))
            try server.restart()
        }
    }

    @Test("another authority's server, one of another name and one without TLS are told nothing")
    func wrong() throws {
        let (authority, stranger) = (try TestAuthority(), try TestAuthority())
        let others = [try stranger.issue("127.0.0.1"), try authority.issue("db.example.org"), nil]
        for identity in others {
            let server = try server(identity)
            let refusal = failure { _ = try connect(server, trusting: authority) }
            // Not an outage that is waited for: somebody must correct the URL, or the server.
            #expect(refusal?.code == "CONFIGURATION" && refusal?.recovery == .stop, "\(refusal?.message ?? "")")
            let log = try String(contentsOf: server.log, encoding: .utf8)
            #expect(!log.contains("connection authorized"))
        }
    }
}
