import EventContracts
import ExactlyOnceKafka
import Foundation
import HandoverPipeline
import HandoverRules
import LocalServers
import Operations
import Postgres
import Testing

#if canImport(FoundationNetworking)
    import FoundationNetworking
#endif

/// Real processes whose states a test makes on purpose: a broker, a PostgreSQL and a hub of its own, one partition a
/// topic.
final class LagTruthBed {
    let topics = Topics(prefix: "lag.")
    let postgres: PrivatePostgres
    let broker: LocalBroker
    let connection: PostgresConnection
    private let folder: ServerFolder
    private let settings: URL
    private let httpPort: Int
    private let producer: EventProducer
    private var hub: Process?

    /// - Parameter more: settings beside the usual.
    init(_ name: String, more: String = "") throws {
        folder = try ServerFolder.fresh("lag-truth-\(name)")
        broker = try LocalBroker.start(in: folder.url.appendingPathComponent("broker"))
        postgres = try PrivatePostgres.start(in: folder.url.appendingPathComponent("postgres"))
        connection = try PostgresConnection(PostgresConfiguration(url: postgres.superuserURL))
        _ = try Migrator(LedgerMigrations.all).apply(on: connection)
        let kafka = try KafkaConfiguration(
            bootstrapServers: broker.bootstrapServers, properties: ["receive.message.max.bytes": "1000000000"])
        _ = try TopicAdmin(configuration: kafka).create(TopicLayout.plans(topics, inboundPartitions: 1, recipients: []))
        producer = try EventProducer(configuration: kafka, clientName: "lag-truth")
        httpPort = try FreePort.next()
        settings = folder.url.appendingPathComponent("settings.yaml")
        try Data(
            """
            kafka:
              bootstrapServers: "\(broker.bootstrapServers)"
              topicPrefix: "lag."
              properties:
                receive.message.max.bytes: "1000000000"
            postgres:
              url: "\(postgres.superuserURL)"
            http:
              address: "127.0.0.1:\(httpPort)"
            hub:
              instance: one
              releaseHold: 0s
            \(more)
            """.utf8
        ).write(to: settings)
    }

    deinit {
        hub?.terminate()
        hub?.waitUntilExit()
        producer.close()
        try? postgres.stop()
        try? broker.stop()
        folder.discard()
    }

    // MARK: Making states

    func start() throws { hub = try Program.hub(settings) }

    /// Starts a hub that cannot record what it rejects, for the length of the closure.
    func startHeldBack(_ body: () throws -> Void) throws {
        try heldBack {
            try start()
            try body()
        }
    }

    /// No hub records what it rejects, for the length of the closure.
    func heldBack(_ body: () throws -> Void) throws {
        let holder = try PostgresConnection(PostgresConfiguration(url: postgres.superuserURL))
        defer { holder.close() }
        try holder.execute("begin")
        try holder.execute("lock table rejected in exclusive mode")
        try body()
    }

    /// A second hub of the same group, for the length of the closure.
    func beside(_ instance: String, _ body: () throws -> Void) throws {
        let text = try String(contentsOf: settings, encoding: .utf8)
            .replacing("instance: one", with: "instance: \(instance)")
            .replacing("127.0.0.1:\(httpPort)", with: "127.0.0.1:\(try FreePort.next())")
        let own = folder.url.appendingPathComponent("\(instance).yaml")
        try Data(text.utf8).write(to: own)
        let other = try Program.hub(own)
        defer {
            other.terminate()
            other.waitUntilExit()
        }
        try body()
    }

    func stop() {
        hub?.terminate()
        hub?.waitUntilExit()
        hub = nil
    }

    /// Records that every hub rejects, so that each is completed whatever the registers hold. The first is this old.
    func publish(_ count: Int, on topic: String, key: String? = nil, secondsAgo: Double = 0) throws {
        let now = Int64(Date().timeIntervalSince1970 * 1000)
        let sent = producer.send(
            (0..<count).map { _ in
                OutboundMessage(
                    topic: topic, partition: 0, key: key.map { Array($0.utf8) }, value: [1],
                    timestampMilliseconds: now - Int64(secondsAgo * 1000))
            })
        #expect(sent.allSatisfy { if case .kept = $0 { true } else { false } })
    }

    /// The states that the hub's own producers never make come from an independent client.
    func make(_ arguments: [String]) throws {
        let process = try client(arguments)
        process.waitUntilExit()
        try #require(process.terminationStatus == 0, "\(arguments)")
    }

    /// A transaction that stays open until the returned pipe is closed.
    func openTransaction(on topic: String) throws -> (Process, FileHandle) {
        let input = Pipe()
        let output = Pipe()
        let process = try client(["open", broker.bootstrapServers, topic], input: input, output: output)
        _ = output.fileHandleForReading.availableData
        return (process, input.fileHandleForWriting)
    }

    func makeTopics(_ names: [String]) throws {
        let kafka = try KafkaConfiguration(bootstrapServers: broker.bootstrapServers)
        _ = try TopicAdmin(configuration: kafka).create(names.map { TopicPlan(name: $0, partitions: 1) })
    }

    private func client(_ arguments: [String], input: Pipe? = nil, output: Pipe? = nil) throws -> Process {
        try ClientProgram.start("lag_states.py", arguments, input: input, output: output)
    }

    // MARK: What is said

    /// Asks until a partition is as expected, at most 10 s: what is shown must be true within that time.
    @discardableResult
    func expect(
        _ topic: String, _ what: String, sourceLocation: SourceLocation = #_sourceLocation,
        _ isTrue: (LagReport.Partition) -> Bool
    ) throws -> LagReport.Partition {
        let began = Date()
        var last: LagReport.Partition?
        while Date().timeIntervalSince(began) < 10 {
            last = hub == nil ? try command(topic) : api(topic)
            if let row = last, isTrue(row) {
                try agree(topic, row, sourceLocation)
                return row
            }
            Thread.sleep(forTimeInterval: 0.1)
        }
        Issue.record("\(what): not within 10 s; last: \(String(describing: last))", sourceLocation: sourceLocation)
        return try #require(last, sourceLocation: sourceLocation)
    }

    /// Asks until something holds, at most 10 s where it is about what is shown.
    func await(
        _ what: String, atMost seconds: Double = 10, sourceLocation: SourceLocation = #_sourceLocation,
        _ isTrue: () throws -> Bool
    ) rethrows {
        let deadline = Date(timeIntervalSinceNow: seconds)
        while Date() < deadline {
            if try isTrue() { return }
            Thread.sleep(forTimeInterval: 0.1)
        }
        Issue.record("\(what): not within \(seconds) s", sourceLocation: sourceLocation)
    }

    /// Page, command and metric of the same moment.
    private func agree(_ topic: String, _ row: LagReport.Partition, _ sourceLocation: SourceLocation) throws {
        guard hub != nil else { return }
        let metric = get("/metrics") ?? ""
        let line = #"throughgate_partition_state{topic="\#(topic)",partition="0",state="\#(row.state.rawValue)"} 1"#
        #expect(metric.contains(line), "the metric", sourceLocation: sourceLocation)
        let page = get("/lag?topic=\(topic)") ?? ""
        #expect(
            page.contains(">\(topic) 0</th><td><span class=\"tag \(tone(row.state))\">\(row.state.words)</span>"),
            "the page", sourceLocation: sourceLocation)
        let told = try command(topic)
        #expect(told?.state == row.state && told?.lag == row.lag, "the command", sourceLocation: sourceLocation)
    }

    private func tone(_ state: LagReport.State) -> String {
        switch state {
        case .idle: "good"
        case .lagging, .starting: ""
        case .unknown, .rewound, .paused, .blocked: "warn"
        case .unassigned, .stalled: "bad"
        }
    }

    /// What the program says when it is run with these arguments and this bed's settings.
    func run(_ arguments: [String]) throws -> String {
        try Program.run(arguments + ["--config", settings.path]).output
    }

    var report: LagReport? { self.get("/api/lag").flatMap { LagReport(json: Array($0.utf8)) } }

    private func api(_ topic: String) -> LagReport.Partition? { report?.partitions.first { $0.topic == topic } }

    func command(_ topic: String) throws -> LagReport.Partition? {
        let result = try Program.run(["lag", "--json", "--config", settings.path])
        return LagReport(json: Array(result.output.utf8))?.partitions.first { $0.topic == topic }
    }

    func get(_ path: String) -> String? {
        guard let url = URL(string: "http://127.0.0.1:\(httpPort)\(path)") else { return nil }
        return try? String(contentsOf: url, encoding: .utf8)
    }
}
