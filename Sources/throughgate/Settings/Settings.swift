import ExactlyOnceKafka
import Foundation
import Gateway
import HandoverPipeline
import HandoverRules
import Logging
import Postgres

/// Every setting of the program (contract.md §2), checked. A file gives them, the environment overrides them.
struct Settings: Sendable {
    let kafka: KafkaConfiguration
    let postgres: PostgresConfiguration
    let http: ListenAddress
    /// How the HTTP server is protected; nil: plain HTTP.
    let tls: TLSFiles?
    /// `http.insecure`: plain HTTP may reach beyond this machine.
    let allowsInsecureHTTP: Bool
    /// `webhooks.allowPrivateAddresses`: receivers on this machine and its networks, and plain http.
    let allowsPrivateWebhooks: Bool
    /// `webhooks.tls.authoritiesFile`: of certificates that receivers may have, beside the system's; nil: none.
    let webhookAuthorities: String?
    /// How e-mail leaves; nil: it is off.
    let mail: MailSettings?
    /// Where alerts go.
    let alerts: AlertSettings
    let instance: String
    let group: String
    let releaseHold: Span
    let clock: HubClock
    /// Between two canaries; nil: none.
    let canaryEvery: Duration?
    let topicPrefix: String
    let logLevel: Logger.Level
    let logFormat: LogFormat
    /// Environment variables that look like settings and name none; `check` mentions them.
    let unknownVariables: [String]
    /// What is in force, by key, for the audit: no user, no password, and of librdkafka's properties the names only.
    let shown: [String: String]

    /// What the hub needs of them.
    var hub: HubSettings {
        var rules = Rulebook()
        rules.releaseHold = releaseHold
        var database = postgres
        database.applicationName = "throughgate-" + instance
        var hub = HubSettings(
            instance: instance, group: group, topicPrefix: topicPrefix, clock: clock, rules: rules, kafka: kafka,
            postgres: database)
        hub.canaryEvery = canaryEvery
        return hub
    }
}

/// One key: its name, its default and what it asks of a value. The table below is the list of all of them.
struct SettingKey: Sendable {
    let name: String
    let standard: String
    /// What a value must be, for messages; and whether a text is one.
    let rule: String
    let accepts: @Sendable (String) -> Bool

    init(_ name: String, _ standard: String, _ rule: String, _ accepts: @escaping @Sendable (String) -> Bool) {
        self.name = name
        self.standard = standard
        self.rule = rule
        self.accepts = accepts
    }

    /// `THROUGHGATE_KAFKA_BOOTSTRAP_SERVERS` of `kafka.bootstrapServers`, `…_PUBLIC_URL` of `publicURL`.
    var variable: String {
        var text = "THROUGHGATE_", wasLower = false
        for character in name {
            if character == "." {
                text.append("_")
            } else {
                text += wasLower && character.isUppercase ? "_\(character)" : character.uppercased()
            }
            wasLower = character.isLowercase
        }
        return text
    }
}

extension SettingKey {
    static let all: [SettingKey] = [
        SettingKey("kafka.bootstrapServers", "127.0.0.1:9092", "must be host:port, several separated by commas") {
            !$0.isEmpty
                && $0.split(separator: ",", omittingEmptySubsequences: false).allSatisfy {
                    ListenAddress($0.trimmingCharacters(in: .whitespaces)) != nil
                }
        },
        SettingKey("kafka.topicPrefix", "", "must be at most 100 letters, digits, '.', '_' or '-'") {
            $0.isEmpty || isName($0, max: 100)
        },
        SettingKey(
            "postgres.url", "postgres://127.0.0.1:5432/throughgate", "must be postgres://user@host:port/database"
        ) {
            (try? PostgresConfiguration(url: $0)) != nil
        },
        SettingKey("kafka.insecure", "false", "must be true or false") { $0 == "true" || $0 == "false" },
        SettingKey("postgres.insecure", "false", "must be true or false") { $0 == "true" || $0 == "false" },
        SettingKey("postgres.passwordFile", "", "must name a file that can be read") {
            $0.isEmpty || FileManager.default.isReadableFile(atPath: $0)
        },
        SettingKey("http.address", "127.0.0.1:8080", "must be host:port, such as 127.0.0.1:8080 or [::1]:8080") {
            ListenAddress($0) != nil
        },
        SettingKey("http.tls.certificateFile", "", "must name a PEM file that can be read") {
            $0.isEmpty || FileManager.default.isReadableFile(atPath: $0)
        },
        SettingKey("http.tls.keyFile", "", "must name a PEM file that can be read") {
            $0.isEmpty || FileManager.default.isReadableFile(atPath: $0)
        },
        SettingKey("http.insecure", "false", "must be true or false") { $0 == "true" || $0 == "false" },
        SettingKey("http.publicURL", "", "must be https://host, as recipients reach it, without a path") {
            $0.isEmpty || CourierKeys.isPublicURL($0)
        },
        SettingKey("mail.sendmail", "", "must name a program that can be run, such as /usr/sbin/sendmail") {
            $0.isEmpty || FileManager.default.isExecutableFile(atPath: $0)
        },
        SettingKey("mail.relay", "", "must be smtp://host:port, such as smtp://mail.example.org:587") {
            $0.isEmpty || CourierKeys.relay($0) != nil
        },
        SettingKey("mail.from", "", "must be an e-mail address") { $0.isEmpty || MailAddress($0) != nil },
        SettingKey("mail.user", "", "must be at most 200 visible characters") {
            $0.utf8.count <= 200 && $0.utf8.allSatisfy { $0 > 31 && $0 != 127 }
        },
        SettingKey("mail.passwordFile", "", "must name a file that can be read") {
            $0.isEmpty || FileManager.default.isReadableFile(atPath: $0)
        },
        SettingKey("mail.tls.authoritiesFile", "", "must name a PEM file of certificates that can be read") {
            $0.isEmpty || OwnAuthorities.areIn($0)
        },
        SettingKey("alerts.webhook", "", "must be https://host/path of a receiver of Standard Webhooks") {
            $0.isEmpty || CourierKeys.isWebhook($0)
        },
        SettingKey("alerts.webhookSecretFile", "", "must name a file that can be read") {
            $0.isEmpty || FileManager.default.isReadableFile(atPath: $0)
        },
        SettingKey("alerts.email", "", "must be an e-mail address") { $0.isEmpty || MailAddress($0) != nil },
        SettingKey(
            "alerts.runbooks", AlertSettings.runbooksInRepository,
            "must be https://host/path, or a folder, below which the runbooks lie"
        ) { !$0.isEmpty && $0.utf8.count <= 500 && $0.utf8.allSatisfy { (33...126).contains($0) } },
        SettingKey("webhooks.allowPrivateAddresses", "false", "must be true or false") {
            $0 == "true" || $0 == "false"
        },
        SettingKey("webhooks.tls.authoritiesFile", "", "must name a PEM file of certificates that can be read") {
            $0.isEmpty || OwnAuthorities.areIn($0)
        },
        SettingKey("hub.instance", hostName, "must be 1 to 100 letters, digits, '.', '_' or '-', unique per process") {
            isName($0, max: 100)
        },
        SettingKey("hub.group", "throughgate", "must be 1 to 100 letters, digits, '.', '_' or '-'") {
            isName($0, max: 100)
        },
        SettingKey("hub.releaseHold", "45m", "must be a duration of at most 24h, such as 45m, 90s, 1h or 0s") {
            Span(written: $0).map { $0 <= .hours(24) } ?? false
        },
        SettingKey("canary.interval", "off", "must be off, or a duration from 1s to 1h, such as 60s") {
            $0 == "off" || canaryInterval($0) != nil
        },
        SettingKey("hub.clock", "system", "must be system or events") { HubClock(rawValue: $0) != nil },
        SettingKey(
            "log.level", "info", "must be trace, debug, info, notice, warning, error or critical"
        ) { Logger.Level(rawValue: $0) != nil },
        SettingKey("log.format", "text", "must be text or json") { LogFormat(rawValue: $0) != nil },
    ]

    /// Where settings that are not single keys begin: any librdkafka property follows (contract.md §2, file only).
    static let propertiesPrefix = "kafka.properties."

    /// The machine's name, as far as it can name an instance.
    static var hostName: String {
        String(ProcessInfo.processInfo.hostName.filter { isName(String($0), max: 1) }.prefix(100))
    }

    static func canaryInterval(_ text: String) -> Duration? {
        guard let span = Span(written: text),
            span >= .seconds(Int64(CanaryLimits.everySecondsMin)), span <= .seconds(Int64(CanaryLimits.everySecondsMax))
        else { return nil }
        return .microseconds(span.microseconds)
    }

    private static func isName(_ text: String, max: Int) -> Bool {
        (1...max).contains(text.utf8.count)
            && text.utf8.allSatisfy {
                (97...122).contains($0) || (65...90).contains($0) || (48...57).contains($0)
                    || [45, 46, 95].contains($0)
            }
    }
}

extension Settings {
    /// Reads the file (if one is named by `--config` or THROUGHGATE_CONFIG) and the environment. An empty variable
    /// counts as absent.
    ///
    /// - Throws: ``SettingProblem`` for an unknown key or a bad value; what the file says is checked even where the
    ///   environment overrides it.
    static func load(file: String?, environment: [String: String]) throws -> Settings {
        let path = file ?? environment["THROUGHGATE_CONFIG"].flatMap { $0.isEmpty ? nil : $0 }
        let written = try path.map { try SettingsFile.read($0) } ?? [:]
        let known = Set(SettingKey.all.map(\.name))
        for key in written.keys.sorted() where !known.contains(key) && !key.hasPrefix(SettingKey.propertiesPrefix) {
            throw SettingProblem(key: key, remedy: "is no setting; remove it or correct its name", origin: path)
        }
        var values: [String: String] = [:]
        for key in SettingKey.all {
            if let text = written[key.name], !key.accepts(text) {
                throw SettingProblem(key: key.name, remedy: key.rule, origin: path)
            }
            let override = environment[key.variable].flatMap { $0.isEmpty ? nil : $0 }
            if let override, !key.accepts(override) {
                throw SettingProblem(key: key.name, remedy: key.rule, origin: key.variable)
            }
            values[key.name] = override ?? written[key.name] ?? key.standard
        }
        try SecretKeys.check(written: written, inForce: values, origin: path)
        let variables = Set(SettingKey.all.map(\.variable))
        let strangers = environment.keys.filter { name in
            ["KAFKA_", "POSTGRES_", "HTTP_", "WEBHOOKS_", "MAIL_", "ALERTS_", "HUB_", "CANARY_", "LOG_"].contains {
                name.hasPrefix("THROUGHGATE_" + $0)
            }
                && !variables.contains(name)
        }
        return try Settings(values, properties: properties(written, path), unknownVariables: strangers.sorted())
    }

    private init(_ values: [String: String], properties: [String: String], unknownVariables: [String]) throws {
        func value(_ key: String) -> String { values[key] ?? "" }
        kafka = try KafkaConfiguration(
            bootstrapServers: value("kafka.bootstrapServers").filter { !$0.isWhitespace }, properties: properties)
        var database = try PostgresConfiguration(url: value("postgres.url"))
        if !value("postgres.passwordFile").isEmpty { database.passwordFile = value("postgres.passwordFile") }
        postgres = database
        try SafeConnections(
            kafka: kafka, postgres: database, allowsPlainKafka: value("kafka.insecure") == "true",
            allowsPlainPostgres: value("postgres.insecure") == "true"
        ).check()
        guard let address = ListenAddress(value("http.address")), let hold = Span(written: value("hub.releaseHold")),
            let clock = HubClock(rawValue: value("hub.clock")), !value("hub.instance").isEmpty
        else { throw SettingProblem(key: "hub.instance", remedy: "name this instance: the machine has no usable name") }
        http = address
        tls = try TLSFiles(certificate: value("http.tls.certificateFile"), key: value("http.tls.keyFile"))
        allowsInsecureHTTP = value("http.insecure") == "true"
        mail = try CourierKeys.mail(value)
        let authorities = value("webhooks.tls.authoritiesFile")
        webhookAuthorities = authorities.isEmpty ? nil : authorities
        allowsPrivateWebhooks = value("webhooks.allowPrivateAddresses") == "true"
        alerts = try CourierKeys.alerts(value, hasMail: mail != nil, allowsPrivate: allowsPrivateWebhooks)
        releaseHold = hold
        self.clock = clock
        canaryEvery = SettingKey.canaryInterval(value("canary.interval"))
        guard canaryEvery == nil || clock == .system else {
            throw SettingProblem(key: "canary.interval", remedy: "must be off where hub.clock is not system")
        }
        instance = value("hub.instance")
        group = value("hub.group")
        topicPrefix = value("kafka.topicPrefix")
        logLevel = Logger.Level(rawValue: value("log.level")) ?? .info
        logFormat = LogFormat(rawValue: value("log.format")) ?? .text
        self.unknownVariables = unknownVariables
        var shown = values
        shown["postgres.url"] = postgres.target
        for name in properties.keys { shown[SettingKey.propertiesPrefix + name] = "set" }
        self.shown = shown
    }

    /// What stands below `kafka.properties`. A secret may lie in a file of its own: `sasl.passwordFile: PATH` gives
    /// `sasl.password`, one trailing line end removed.
    private static func properties(_ written: [String: String], _ path: String?) throws -> [String: String] {
        var properties: [String: String] = [:]
        for (key, text) in written where key.hasPrefix(SettingKey.propertiesPrefix) {
            var name = String(key.dropFirst(SettingKey.propertiesPrefix.count))
            var value = text
            if name.hasSuffix("File") {
                name = String(name.dropLast("File".count))
                guard let bytes = FileManager.default.contents(atPath: text), bytes.count <= 65_536,
                    let secret = String(validating: bytes, as: UTF8.self)
                else {
                    throw SettingProblem(key: key, remedy: "must name a file of text that can be read", origin: path)
                }
                value = secret.hasSuffix("\n") ? String(secret.dropLast()) : secret
            }
            guard properties.updateValue(value, forKey: name) == nil else {
                throw SettingProblem(key: key, remedy: "is given twice, once by a file; keep one", origin: path)
            }
        }
        return properties
    }
}
