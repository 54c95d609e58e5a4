import Foundation
import Testing

@Suite("program: settings that others could listen in on are refused by name")
struct SafeSettingsTests {
    /// `status` 78 with the key, or anything that is not about settings (69: nobody is there).
    private func judge(_ content: String, _ environment: [String: String] = [:]) throws -> (status: Int32, text: String)
    {
        let result = try Program.withFile(content) {
            try Program.run(["migrate", "--config", $0], environment: environment)
        }
        return (result.status, result.errors)
    }

    private static let modes: [String?] = [nil, "plaintext", "sasl_plaintext", "ssl", "sasl_ssl"]

    @Test("Kafka: every mode, on this machine and beyond, with and without sign-in, with and without kafka.insecure")
    func kafka() throws {
        for mode in Self.modes {
            for host in ["127.0.0.1:1", "broker.invalid:1", "127.0.0.1:1,broker.invalid:1"] {
                for (hasSignIn, isAllowed) in [(false, false), (false, true), (true, false), (true, true)] {
                    var properties = mode.map { "    security.protocol: \($0)\n" } ?? ""
                    if hasSignIn { properties += "    sasl.username: hub\n    sasl.mechanism: SCRAM-SHA-512\n" }
                    let said = try judge(
                        """
                        kafka:
                          bootstrapServers: "\(host)"
                          insecure: \(isAllowed)
                          properties:
                            client.rack: a
                        \(properties)postgres: {url: "postgres://127.0.0.1:1/x"}

                        """)
                    let isPlain = mode == nil || mode == "plaintext"
                    let key: String? =
                        if mode == "sasl_plaintext" {
                            "security.protocol"
                        } else if hasSignIn, mode != "sasl_ssl" {
                            "sasl.mechanism"
                        } else if isPlain, host.contains("invalid"), !isAllowed {
                            "security.protocol"
                        } else {
                            nil
                        }
                    let place = "\(mode ?? "none") \(host) \(hasSignIn) \(isAllowed): \(said.text)"
                    #expect(said.status == (key == nil ? 69 : 78), "\(place)")
                    if let key { #expect(said.text.hasPrefix("throughgate: kafka.properties.\(key): "), "\(place)") }
                }
            }
        }
    }

    @Test("PostgreSQL: every sslmode, on this machine and beyond")
    func postgres() throws {
        for mode in ["", "disable", "allow", "prefer", "require", "verify-ca", "verify-full"] {
            for host in ["127.0.0.1", "localhost", "db.invalid", "127.0.0.1:1,db.invalid"] {
                let isRefused = host.contains("invalid") && mode != "verify-full"
                let query = mode.isEmpty ? "?connect_timeout=2" : "?sslmode=\(mode)"
                let url = "postgres://\(host):1/x\(query)"
                let said = try judge("postgres: {url: \"\(url)\"}\n")
                // A name that nobody has ends with 78 too; the words tell the two apart.
                #expect(said.text.contains("reaches beyond this machine") == isRefused, "\(url): \(said.text)")
                guard isRefused else { continue }
                #expect(said.status == 78 && said.text.hasPrefix("throughgate: postgres.url: "), "\(said.text)")
                let allowed = try judge("postgres: {url: \"\(url)\", insecure: true}\n")
                #expect(!allowed.text.contains("reaches beyond this machine"), "\(url): \(allowed.text)")
            }
        }
    }

    @Test(
        "certificate checks cannot be switched off, and what has no effect is no protection",
        arguments: [
            (
                "security.protocol: ssl\n    ssl.endpoint.identification.algorithm: none",
                "ssl.endpoint.identification.algorithm"
            ),
            (
                "security.protocol: ssl\n    ssl.endpoint.identification.algorithm: ''",
                "ssl.endpoint.identification.algorithm"
            ),
            (
                "security.protocol: ssl\n    enable.ssl.certificate.verification: false",
                "enable.ssl.certificate.verification"
            ),
            ("ssl.ca.location: /etc/ssl/certs", "ssl.ca.location"),
        ])
    func unchecked(properties: String, key: String) throws {
        let said = try judge("kafka:\n  properties:\n    \(properties)\n")
        #expect(said.status == 78 && said.text.hasPrefix("throughgate: kafka.properties.\(key): "), "\(said.text)")
    }

    @Test("a secret stands neither in the settings file nor in a file that everybody may read")
    func secrets() throws {
        let secret = "not-a-real-one"
        for name in ["sasl.password", "ssl.key.password", "ssl.keystore.password"] {
            let said = try judge("kafka:\n  properties:\n    security.protocol: sasl_ssl\n    \(name): \(secret)\n")
            #expect(said.status == 78 && said.text.hasPrefix("throughgate: kafka.properties.\(name): "), "\(said.text)")
            #expect(said.text.contains("\(name)File") && !said.text.contains(secret))
        }
        let url = "postgres://hub:\(secret)@127.0.0.1:1/x"
        let inFile = try judge("postgres: {url: \"\(url)\"}\n")
        #expect(inFile.status == 78 && inFile.text.contains("postgres.passwordFile") && !inFile.text.contains(secret))
        #expect(try judge("", ["THROUGHGATE_POSTGRES_URL": url]).status == 69, "the environment may hold one")
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("tg-\(UUID().uuidString)")
        try Data(secret.utf8).write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        for (key, content) in [
            ("postgres.passwordFile", "postgres: {url: \"postgres://127.0.0.1:1/x\", passwordFile: \(file.path)}\n"),
            ("mail.passwordFile", "mail: {passwordFile: \(file.path)}\n"),
            ("http.tls.keyFile", "http: {tls: {keyFile: \(file.path), certificateFile: \(file.path)}}\n"),
            (
                "kafka.properties.sasl.passwordFile",
                "kafka:\n  properties:\n    security.protocol: sasl_ssl\n    sasl.passwordFile: \(file.path)\n"
            ),
        ] {
            for (mode, isRefused) in [(0o644, true), (0o604, true), (0o640, false), (0o600, false)] {
                try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: file.path)
                let said = try judge(content)
                let isNamed = said.text.hasPrefix("throughgate: \(key): names a file that everybody")
                #expect(isNamed == isRefused, "\(key) \(String(mode, radix: 8)): \(said.text)")
                #expect(!isRefused || said.status == 78)
            }
        }
    }
}
