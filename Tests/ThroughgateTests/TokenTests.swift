import Foundation
import Postgres
import Testing

@Suite("PostgreSQL: tokens at the command line")
struct TokenTests {
    private func environment(_ url: String) -> [String: String] { ["THROUGHGATE_POSTGRES_URL": url] }

    private func object(_ result: Program.Result) throws -> [String: Any] {
        try #require(try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any])
    }

    @Test(
        "create prints the token once, in the shape of the contract, and only a hash of it is kept",
        arguments: [
            (["--prison", "MDI", "LEI"], "prison LEI MDI"), (["--recipient", "prov-leeds"], "recipient prov-leeds"),
            (["--commissioner", "com-leeds"], "commissioner com-leeds"), (["--ops", "viewer"], "ops viewer"),
            (["--ops", "operator"], "ops operator"),
        ])
    func create(scope: [String], text: String) throws {
        let (connection, url) = try TestDatabase.fresh()
        let made = try Program.run(
            ["token", "create"] + scope + ["--expires", "90d", "--json"], environment: environment(url))
        #expect(made.status == 0, "\(made.errors)")
        let shape = try object(made)
        #expect(Set(shape.keys) == ["id", "token", "scope", "expiresAt"])
        #expect(shape["scope"] as? String == text)
        let token = try #require(shape["token"] as? String), id = try #require(shape["id"] as? String)
        #expect(token.wholeMatch(of: #/tg_[0-9a-f]{12}_[A-Za-z0-9_-]{43}/#) != nil && token.contains(id))
        let end = try #require(shape["expiresAt"] as? String)
        let expires = try Date(end, strategy: Date.ISO8601FormatStyle(includingFractionalSeconds: end.contains(".")))
        #expect(abs(expires.timeIntervalSinceNow - 90 * 86_400) < 120)
        // No column of the database holds the token or its secret; one holds the hash of the whole text.
        let secret = String(token.suffix(43))
        let rows = try connection.query("select t::text, hash = sha256(convert_to(\(token), 'UTF8')) from token t")
        let row = try rows.only()
        #expect(try !row.text(0).contains(secret))
        #expect(try row[1] as Bool)
        let list = try Program.run(["token", "list", "--json"], environment: environment(url))
        #expect(list.output.contains(id) && !list.output.contains(secret) && !list.errors.contains(secret))
    }

    @Test("a list says what ended; revoke ends one, once")
    func listAndRevoke() throws {
        let (_, url) = try TestDatabase.fresh()
        let made = try object(
            Program.run(["token", "create", "--prison", "MDI", "--json"], environment: environment(url)))
        #expect(made["expiresAt"] is NSNull)
        let id = try #require(made["id"] as? String)
        let list = try Program.run(["token", "list", "--json"], environment: environment(url))
        let entries = try #require(try JSONSerialization.jsonObject(with: Data(list.output.utf8)) as? [[String: Any]])
        let entry = try #require(entries.first)
        #expect(
            Set(entry.keys)
                == ["id", "scope", "createdAt", "expiresAt", "revokedAt", "lastUsedAt"])
        #expect(entries.first?["revokedAt"] is NSNull)
        #expect(try Program.run(["token", "revoke", id], environment: environment(url)).status == 0)
        let again = try Program.run(["token", "revoke", id], environment: environment(url))
        #expect(again.status == 65 && again.errors.contains("token list"))
        #expect(try Program.run(["token", "revoke", "nothing"], environment: environment(url)).status == 65)
        let text = try Program.run(["token", "list"], environment: environment(url))
        #expect(text.output.contains(id) && text.output.contains("revoked"))
    }

    @Test(
        "wrong uses are 64 and name what is wrong",
        arguments: [
            ["create"], ["create", "--prison", "MDI", "--ops", "viewer"], ["create", "--ops", "king"],
            ["create", "--prison", "nowhere at all"], ["create", "--recipient", "a b"],
            ["create", "--prison", "MDI", "--expires", "0d"], ["create", "--prison", "MDI", "--expires", "9999999d"],
            ["create", "--prison", "MDI", "--expires", "soon"],
            ["create", "--prison", "MDI", "--expires", "99999999999999999999h"], ["revoke"],
        ])
    func usage(arguments: [String]) throws {
        let result = try Program.run(["token"] + arguments, environment: environment("postgres://127.0.0.1:1/x"))
        #expect(result.status == 64, "\(result.errors)")
        #expect(!result.errors.isEmpty)
    }

    @Test(
        "run refuses to listen beyond this machine without TLS unless it is told so by name",
        arguments: ["0.0.0.0:18080", "[::]:18080", "10.1.2.3:18080", "hub.example.org:18080"])
    func beyondLoopback(address: String) throws {
        let refused = try Program.run(["run"], environment: ["THROUGHGATE_HTTP_ADDRESS": address])
        #expect(refused.status == 78)
        #expect(refused.errors.hasPrefix("throughgate: http.address: "), "\(refused.errors)")
        #expect(refused.errors.contains("http.insecure"))
    }

    @Test("run listens beyond this machine when http.insecure says so")
    func insecureByName() throws {
        // The address is refused for another reason then: this machine has none like it.
        let told = try Program.run(
            ["run"], environment: ["THROUGHGATE_HTTP_ADDRESS": "192.0.2.1:18080", "THROUGHGATE_HTTP_INSECURE": "true"])
        #expect(told.status == 78 && told.errors.contains("has no such address"), "\(told.errors)")
    }
}
