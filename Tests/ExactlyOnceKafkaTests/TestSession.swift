import ExactlyOnceKafka
import Foundation
import LocalServers
import Synchronization

/// Waits for what a test needs, never longer than this.
let patience = Duration.seconds(30)

/// The broker these tests run on: `THROUGHGATE_TEST_KAFKA`, or a local one of this process's own.
enum TestBroker {
    private static let shared = Mutex<LocalBroker?>(nil)

    static func bootstrapServers() throws -> String {
        if let named = ProcessInfo.processInfo.environment["THROUGHGATE_TEST_KAFKA"] { return named }
        return try shared.withLock { broker in
            let running = try broker ?? own()
            broker = running
            return running.bootstrapServers
        }
    }

    /// A broker nobody else uses, to be stopped and paused.
    static func own() throws -> LocalBroker {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("tg-kafka-\(UUID().uuidString)")
        return try LocalBroker.start(in: folder)
    }

    static func configuration(
        _ servers: String? = nil, properties: [String: String] = [:]
    ) throws -> KafkaConfiguration {
        // The local broker ignores fetch sizes.
        try KafkaConfiguration(
            bootstrapServers: servers ?? bootstrapServers(),
            properties: properties.merging(["receive.message.max.bytes": "1000000000"]) { own, _ in own })
    }
}

/// Topics of one test, an events producer, and names that no other test uses.
struct TestTopics {
    let configuration: KafkaConfiguration
    let name = "t" + UUID().uuidString.prefix(8).lowercased()
    var inbound: String { name + ".in" }
    var outbound: String { name + ".out" }

    init(partitions: Int = 2, servers: String? = nil, properties: [String: String] = [:]) throws {
        configuration = try TestBroker.configuration(servers, properties: properties)
        let results = try TopicAdmin(configuration: configuration).create([
            TopicPlan(name: inbound, partitions: partitions, replicationFactor: 1),
            TopicPlan(name: outbound, partitions: 1, replicationFactor: 1),
        ])
        for case .failed(let error) in results.values { throw error }
    }

    func send(_ count: Int) throws {
        try send(
            (0..<count).map {
                OutboundMessage(topic: inbound, key: Array("k\($0)".utf8), value: Array("v\($0)".utf8))
            })
    }

    func send(_ messages: [OutboundMessage]) throws {
        let producer = try EventProducer(configuration: configuration, clientName: name)
        defer { producer.close() }
        for case .failed(let error) in producer.send(messages) { throw error }
    }

    func session(
        instance: String = "one", deadlines: SessionDeadlines = SessionDeadlines(), log: KafkaLog? = nil
    ) -> TestSession {
        TestSession(
            ExactlyOnceSession(
                configuration: configuration,
                settings: SessionSettings(
                    group: name, instance: instance, transactionalID: "\(name)-\(instance)", topics: [inbound],
                    deadlines: deadlines), log: log))
    }

    /// What a reader of the outbound topic sees now.
    func visible(_ visibility: TopicReader.Visibility = .committed) throws -> [KafkaRecord] {
        let reader = try TopicReader(configuration: configuration, visibility: visibility)
        try reader.startAll([outbound])
        var records: [KafkaRecord] = []
        guard try reader.readToEnd(atMost: patience, { records.append($0) }) else {
            throw KafkaError(code: "TEST", place: "visible", message: "the end was not reached")
        }
        return records
    }

    func committed() throws -> Int64 {
        let admin = try TopicReader(configuration: configuration)
        let offsets = try GroupOffsets(configuration: configuration, group: name)
            .committed(admin.partitions(of: inbound))
        return offsets.values.compactMap { $0 }.reduce(0, +)
    }
}

/// A session with what a small pipeline keeps: the records of the present epoch that are not yet published.
final class TestSession: @unchecked Sendable {
    let session: ExactlyOnceSession
    private(set) var epoch: UInt64 = 0
    private(set) var records: [KafkaRecord] = []
    private(set) var events: [SessionEvent] = []

    init(_ session: ExactlyOnceSession) { self.session = session }

    func start() throws -> TestSession {
        try session.start()
        return self
    }

    /// Polls until the condition holds; false when patience ran out.
    func poll(until isDone: (TestSession) throws -> Bool) throws -> Bool {
        let deadline = ContinuousClock.now + patience
        while try !isDone(self) {
            guard ContinuousClock.now < deadline else { return false }
            let batch = try session.poll(max: 500, timeout: .milliseconds(200))
            if batch.epoch != epoch {
                records = []
                epoch = batch.epoch
            }
            for event in batch.events {
                if case .record(let record) = event { records.append(record) } else { events.append(event) }
            }
        }
        return true
    }

    func poll(records count: Int) throws -> Bool { try poll { $0.records.count >= count } }

    var offsets: [TopicPartition: Int64] {
        records.reduce(into: [:]) { $0[$1.source] = max($0[$1.source] ?? 0, $1.offset + 1) }
    }

    /// Publishes one message for each record in hand.
    func publish(to topic: String, extra: [OutboundMessage] = []) throws -> PublishOutcome {
        let messages = records.map { OutboundMessage(topic: topic, key: $0.key, value: $0.value) }
        let outcome = try session.publish(messages + extra, offsets: offsets, epoch: epoch)
        // Only an unwritable topic leaves the records in hand; otherwise they are done with, or come again.
        if case .unwritable = outcome { return outcome }
        records = []
        return outcome
    }
}
