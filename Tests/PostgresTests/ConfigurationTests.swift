import Foundation
import Postgres
import Testing

@Suite("PostgreSQL: configuration")
struct ConfigurationTests {
    @Test func `a URL is read, and shown without user and password`() throws {
        let url = "postgres://alice:s3cret@db.example:6432/hub?sslmode=require"
        let configuration = try PostgresConfiguration(url: url)
        #expect(configuration.target == "db.example:6432/hub")
        var dumped = ""
        dump(configuration, to: &dumped)
        for text in ["\(configuration)", String(reflecting: configuration), dumped] {
            #expect(!text.contains("s3cret") && !text.contains("alice"))
        }
    }

    @Test(arguments: ["mysql://a/b", "postgres://u:s3cret@h:5432/d?nonsense=1", "postgres://u:s3cret@[::1/d", ""])
    func `a URL that cannot be read is a setting's error without the URL`(_ url: String) {
        let error = failure { _ = try PostgresConfiguration(url: url) }
        #expect(error?.kind == .configuration && error?.recovery == .stop)
        #expect(error?.description.contains("s3cret") == false)
    }

    @Test func `limits and names reach the session`() throws {
        var configuration = try TestServer.configuration()
        configuration.applicationName = "throughgate test's"
        configuration.statementTimeout = .milliseconds(1_234)
        configuration.lockTimeout = nil
        configuration.idleInTransactionSessionTimeout = .seconds(7)
        let row = try PostgresConnection(configuration).query(
            """
            select current_setting('statement_timeout'), current_setting('lock_timeout'),
                current_setting('idle_in_transaction_session_timeout'), current_setting('application_name')
            """
        ).only()
        #expect(try (0..<4).map { try row.text($0) } == ["1234ms", "0", "7s", "throughgate test's"])
    }

    @Test(arguments: [false, true])
    func `Kerberos is asked for encryption only where the URL says so`(_ isWanted: Bool) throws {
        let trace = FileManager.default.temporaryDirectory.appendingPathComponent("throughgate-krb-\(UUID())").path
        setenv("KRB5_TRACE", trace, 1)
        defer {
            unsetenv("KRB5_TRACE")
            try? FileManager.default.removeItem(atPath: trace)
        }
        var url = try TestServer.url()
        if isWanted { url += (url.contains("?") ? "&" : "?") + "gssencmode=prefer" }
        _ = try PostgresConnection(PostgresConfiguration(url: url))
        #expect(FileManager.default.fileExists(atPath: trace) == isWanted)
    }

    @Test func `a wrong database and a wrong role are told apart from a server that is away`() throws {
        let url = try TestServer.url()
        var parts = try #require(URLComponents(string: url))
        parts.path = "/nowhere_canary"
        let database = failure { _ = try PostgresConnection(PostgresConfiguration(url: parts.string ?? "")) }
        #expect(database?.code == "3D000" && database?.kind == .undefinedObject)
        parts = try #require(URLComponents(string: url))
        parts.user = "Zebedee"
        let role = failure { _ = try PostgresConnection(PostgresConfiguration(url: parts.string ?? "")) }
        #expect(role?.kind == .authentication && role?.recovery == .stop)
        #expect(role?.description.contains("Zebedee") == false)
        let away = failure { _ = try PostgresConnection(PostgresConfiguration(url: "postgres://x@127.0.0.1:1/x")) }
        #expect(away?.kind == .cannotConnect && away?.recovery == .retry)
    }

    @Test func `an option that cannot work is a setting's error, not a server that is away`() throws {
        let separator = try TestServer.url().contains("?") ? "&" : "?"
        let url = try TestServer.url() + "\(separator)sslmode=sometimes"
        let error = failure { _ = try PostgresConnection(PostgresConfiguration(url: url)) }
        #expect(error?.kind == .configuration && error?.recovery == .stop)
    }

    @Test func `the password file is read at each connection and a useless one is named`() throws {
        let file = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        defer { try? FileManager.default.removeItem(at: file) }
        var configuration = try TestServer.configuration()
        configuration.passwordFile = file.path
        let missing = failure { _ = try PostgresConnection(configuration) }
        #expect(missing?.kind == .configuration && missing?.message.contains(file.path) == true)
        try "s3cret\n".write(to: file, atomically: true, encoding: .utf8)
        #expect(try PostgresConnection(configuration).isConnected)
        try "\n".write(to: file, atomically: true, encoding: .utf8)
        #expect(failure { _ = try PostgresConnection(configuration) }?.kind == .configuration)
    }
}
