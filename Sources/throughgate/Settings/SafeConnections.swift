import ExactlyOnceKafka
import Foundation
import Gateway
import Glibc
import Postgres

/// Settings by which others could read what is said about people, or the secrets that open it. Each combination is
/// refused by the name of the key that mends it; plain connections beyond this machine only where the settings say so
/// by name, for a network of its own.
struct SafeConnections {
    let kafka: KafkaConfiguration
    let postgres: PostgresConfiguration
    /// `kafka.insecure` and `postgres.insecure`.
    let allowsPlainKafka: Bool
    let allowsPlainPostgres: Bool

    func check() throws(SettingProblem) {
        try checkPostgres()
        try checkKafka()
    }

    private func checkPostgres() throws(SettingProblem) {
        let isLocal = postgres.hosts.allSatisfy { $0.isEmpty || $0.hasPrefix("/") || Gateway.isLoopback($0) }
        guard !isLocal, !allowsPlainPostgres, postgres.sslMode != "verify-full" else { return }
        throw SettingProblem(
            key: "postgres.url",
            remedy: "reaches beyond this machine and must say sslmode=verify-full (and sslrootcert, where the "
                + "authority is your own); or say postgres.insecure: true on a network of its own")
    }

    private func checkKafka() throws(SettingProblem) {
        let properties = kafka.properties
        let mode = properties["security.protocol"]?.lowercased() ?? "plaintext"
        func refuse(_ key: String, _ remedy: String) -> SettingProblem {
            SettingProblem(key: SettingKey.propertiesPrefix + key, remedy: remedy)
        }
        if mode == "sasl_plaintext" {
            throw refuse("security.protocol", "signs in over a connection that anybody can read; use sasl_ssl")
        }
        // What is given and not used would be taken for protection that is not there.
        if mode != "sasl_ssl", let key = properties.keys.filter({ $0.hasPrefix("sasl.") }).min() {
            throw refuse(key, "has no effect: security.protocol does not sign in; set it to sasl_ssl")
        }
        if mode == "plaintext", let key = properties.keys.filter({ $0.hasPrefix("ssl.") }).min() {
            throw refuse(key, "has no effect: security.protocol has no TLS; set it to ssl or sasl_ssl")
        }
        let hosts = kafka.bootstrapServers.split(separator: ",").map { ListenAddress(String($0))?.host ?? "" }
        guard mode == "plaintext", !allowsPlainKafka, !hosts.allSatisfy(Gateway.isLoopback) else { return }
        throw refuse(
            "security.protocol",
            "must be ssl or sasl_ssl, since kafka.bootstrapServers reaches beyond this machine; or say kafka.insecure: "
                + "true on a network of its own")
    }
}

/// Secrets as the settings file gives them: never in the file itself, never in a file that everybody may read.
enum SecretKeys {
    /// Properties of librdkafka whose value opens something.
    private static let properties: Set<String> = [
        "sasl.password", "ssl.key.password", "ssl.keystore.password", "ssl.key.pem", "sasl.oauthbearer.client.secret",
        "sasl.oauthbearer.config",
    ]
    /// Settings that name a file with a secret in it.
    private static let files = [
        "postgres.passwordFile", "mail.passwordFile", "http.tls.keyFile", "kafka.properties.ssl.key.location",
        "kafka.properties.ssl.keystore.location",
    ]

    /// - Parameters:
    ///   - written: the settings file, flat; the environment may hold secrets, a file that is passed on may not.
    ///   - values: what is in force.
    static func check(
        written: [String: String], inForce values: [String: String], origin: String?
    ) throws(SettingProblem) {
        if let url = written["postgres.url"], (try? PostgresConfiguration(url: url))?.holdsPassword == true {
            throw SettingProblem(
                key: "postgres.url",
                remedy: "holds a password; put it into a file and name that in postgres.passwordFile",
                origin: origin)
        }
        for name in properties.sorted() where written[SettingKey.propertiesPrefix + name] != nil {
            throw SettingProblem(
                key: SettingKey.propertiesPrefix + name,
                remedy: "is a secret; put it into a file and name that in \(SettingKey.propertiesPrefix)\(name)File",
                origin: origin)
        }
        let named = written.keys.filter { $0.hasPrefix(SettingKey.propertiesPrefix) && $0.hasSuffix("File") }.sorted()
        for key in files + named {
            guard let path = values[key] ?? written[key], !path.isEmpty, isForEverybody(path) else { continue }
            throw SettingProblem(
                key: key,
                remedy: "names a file that everybody on this machine may read; take that right away: chmod o= FILE",
                origin: origin)
        }
    }

    /// Follows links, as mounted secrets are.
    private static func isForEverybody(_ path: String) -> Bool {
        var info = stat()
        return stat(path, &info) == 0 && info.st_mode & 0o006 != 0
    }
}
