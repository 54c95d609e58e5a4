import EventContracts
import ExactlyOnceKafka
import Foundation
import HandoverPipeline
import LocalServers
import Postgres
import Testing

#if canImport(FoundationNetworking)
    import FoundationNetworking
#endif

/// A broker, a PostgreSQL that logs every statement, and a hub that logs all it can, with everything they say kept.
final class CanaryBed {
    let topics = Topics(prefix: "canary.")
    let postgres: PrivatePostgres
    let connection: PostgresConnection
    let producer: EventProducer
    /// What commands printed, by their first words.
    private(set) var printed: [(place: String, text: String)] = []
    private let broker: LocalBroker
    private let folder: ServerFolder
    private let settings: URL
    private let port: Int
    private var hub: Process?

    init() throws {
        folder = try ServerFolder.fresh("canary")
        broker = try LocalBroker.start(in: folder.url.appendingPathComponent("broker"))
        // Statements without their parameters: what stands in the text itself was put there by the program.
        postgres = try PrivatePostgres.start(
            in: folder.url.appendingPathComponent("postgres"),
            settings: ["log_statement": "all", "log_parameter_max_length": "0", "log_connections": "on"])
        connection = try PostgresConnection(PostgresConfiguration(url: postgres.superuserURL))
        _ = try Migrator(LedgerMigrations.all).apply(on: connection)
        _ = try LedgerRoles.grant(on: connection)
        producer = try EventProducer(configuration: CanaryBed.kafka(broker), clientName: "canary")
        port = try FreePort.next()
        settings = folder.url.appendingPathComponent("settings.yaml")
        let mail = folder.url.appendingPathComponent("sendmail")
        try Data("#!/bin/sh\nprintf '%s ' \"$@\" >>'\(mail.path).kept'\ncat >>'\(mail.path).kept'\n".utf8).write(
            to: mail)
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: mail.path)
        try Data(
            """
            kafka: {bootstrapServers: "\(broker.bootstrapServers)", topicPrefix: "canary.",
              properties: {receive.message.max.bytes: "1000000000"}}
            postgres: {url: "\(postgres.superuserURL)"}
            http: {address: "127.0.0.1:\(port)", publicURL: "https://hub.example.org"}
            hub: {instance: one, releaseHold: 0s, clock: events}
            log: {level: trace}
            mail: {sendmail: "\(mail.path)", from: hub@example.org}
            webhooks: {allowPrivateAddresses: "true"}

            """.utf8
        ).write(to: settings)
    }

    deinit {
        stop()
        producer.close()
        try? postgres.stop()
        try? broker.stop()
        folder.discard()
    }

    private static func kafka(_ broker: LocalBroker) throws -> KafkaConfiguration {
        try KafkaConfiguration(
            bootstrapServers: broker.bootstrapServers, properties: ["receive.message.max.bytes": "1000000000"])
    }

    private var log: URL { folder.url.appendingPathComponent("hub.log") }

    func start() throws {
        try Data().write(to: log)
        let process = Process()
        process.executableURL = Program.url
        process.arguments = ["run", "--config", settings.path]
        process.standardOutput = try FileHandle(forWritingTo: log)
        process.standardError = process.standardOutput
        try process.run()
        hub = process
    }

    func stop() {
        hub?.terminate()
        hub?.waitUntilExit()
        hub = nil
    }

    /// Runs a command and keeps what it prints; `isKept` false for what prints a secret or a handover to its reader.
    @discardableResult
    func run(_ words: [String], input: String = "", status: Int32 = 0, isKept: Bool = true) throws -> String {
        let result = try Program.run(words + ["--config", settings.path], input: input)
        #expect(result.status == status, "\(words.prefix(3)): \(result.errors)")
        if isKept { printed.append((words.joined(separator: " "), result.output + result.errors)) }
        return result.output
    }

    /// One request as the visitor with that token, nobody's without; redirects are answers like others.
    func ask(
        _ method: String, _ path: String, _ token: String?, type: String? = nil, body: String? = nil
    ) async throws -> (status: Int, head: String, body: String) {
        var request = URLRequest(url: try #require(URL(string: "http://127.0.0.1:\(port)\(path)")))
        request.httpMethod = method
        request.timeoutInterval = 20
        if let token { request.setValue("Bearer \(token)", forHTTPHeaderField: "Authorization") }
        if let type { request.setValue(type, forHTTPHeaderField: "Content-Type") }
        request.setValue("http://127.0.0.1:\(port)", forHTTPHeaderField: "Origin")
        request.httpBody = body.map { Data($0.utf8) }
        let (data, response) = try await URLSession.shared.data(for: request)
        let answer = try #require(response as? HTTPURLResponse)
        let head = answer.allHeaderFields.map { "\($0.key): \($0.value)" }.joined(separator: "\n")
        return (answer.statusCode, head, String(decoding: data, as: UTF8.self))
    }

    /// Everything on a topic, for a read_committed reader.
    func records(_ topic: String) throws -> [KafkaRecord] {
        let reader = try TopicReader(configuration: CanaryBed.kafka(broker))
        guard let partitions = try? reader.partitions(of: topic), !partitions.isEmpty else { return [] }
        try reader.startAll([topic])
        var records: [KafkaRecord] = []
        _ = try reader.readToEnd(atMost: .seconds(10)) { records.append($0) }
        return records
    }

    func topicNames() throws -> [String] {
        try TopicAdmin(configuration: CanaryBed.kafka(broker), clientName: "canary").topics().map(\.name)
    }

    func token(_ words: String...) throws -> String {
        let json = try run(["token", "create"] + words + ["--json"], isKept: false)
        let object = try JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: Any]
        return try #require(object?["token"] as? String)
    }

    func count(_ query: String) throws -> Int { try connection.query("\(unsafeRaw: query)").only()[0] }

    /// Asks until it holds; at most 40 s.
    func wait(_ what: String, _ condition: () throws -> Bool) throws {
        let deadline = Date(timeIntervalSinceNow: 40)
        while try !condition() {
            try #require(Date() < deadline, "\(what)")
            Thread.sleep(forTimeInterval: 0.05)
        }
    }

    var hubLog: String { (try? String(contentsOf: log, encoding: .utf8)) ?? "" }
    var databaseLog: String { (try? String(contentsOf: postgres.log, encoding: .utf8)) ?? "" }
    var mail: String {
        (try? String(contentsOf: folder.url.appendingPathComponent("sendmail.kept"), encoding: .utf8)) ?? ""
    }
}
