import BrokerModel
import ExactlyOnceKafka
import Foundation
import Testing

/// Where the same facts are asked: the broker model, and a real broker (`THROUGHGATE_TEST_KAFKA`, or a local one).
enum WorldKind: String, CaseIterable, CustomTestStringConvertible {
    case model = "broker model"
    case broker = "real broker"

    var testDescription: String { rawValue }
}

/// Where the local broker is known not to do what Apache Kafka documents, tested so that it is noticed when it does.
/// That it never times a transaction out and never puts a dead member out takes longer to see than a test may.
enum Difference { case staleGenerationIsAccepted }

/// Topics of one test in one world, and clients for them.
final class World {
    let kind: WorldKind
    let name = "t" + UUID().uuidString.prefix(8).lowercased()
    let cluster = ModelCluster()
    private var live: KafkaConfiguration?
    private var sent = 0

    var inbound: String { name + ".in" }
    var outbound: String { name + ".out" }

    init(_ kind: WorldKind, partitions: Int = 2) throws {
        self.kind = kind
        switch kind {
        case .model:
            cluster.createTopic(inbound, partitions: partitions)
            cluster.createTopic(outbound, partitions: 1)
        case .broker:
            let configuration = try TestBroker.configuration()
            live = configuration
            let results = try TopicAdmin(configuration: configuration).create([
                TopicPlan(name: inbound, partitions: partitions, replicationFactor: 1),
                TopicPlan(name: outbound, partitions: 1, replicationFactor: 1),
            ])
            for case .failed(let error) in results.values { throw error }
        }
    }

    /// A broker that somebody named is Apache Kafka.
    var differences: Set<Difference> {
        let isLocal = ProcessInfo.processInfo.environment["THROUGHGATE_TEST_KAFKA"] == nil
        return kind == .broker && isLocal ? [.staleGenerationIsAccepted] : []
    }

    func clients(_ instance: String) -> any BrokerClients {
        if let live { LibrdkafkaClients(configuration: live) } else { cluster.client(instance) }
    }

    func settings(_ instance: String) -> SessionSettings {
        SessionSettings(group: name, instance: instance, transactionalID: "\(name)-\(instance)", topics: [inbound])
    }

    func session(_ instance: String = "one") throws -> TestSession {
        try TestSession(ExactlyOnceSession(clients: clients(instance), settings: settings(instance))).start()
    }

    func producer(_ instance: String) throws -> any TransactionCalls {
        let producer = try clients(instance).producer(settings(instance))
        try producer.initialise(atMost: patience)
        return producer
    }

    /// Plain records on a topic.
    func send(_ count: Int, to topic: String) throws {
        let messages = (0..<count).map { _ in
            sent += 1
            return OutboundMessage(topic: topic, key: Array("k\(sent)".utf8), value: Array("v\(sent)".utf8))
        }
        guard let live else {
            for message in messages { cluster.append(message) }
            return
        }
        let producer = try EventProducer(configuration: live, clientName: name)
        defer { producer.close() }
        for case .failed(let error) in producer.send(messages) { throw error }
    }

    func visible() throws -> [KafkaRecord] {
        guard let live else { return cluster.visible(outbound) }
        let reader = try TopicReader(configuration: live, visibility: .committed)
        try reader.startAll([outbound])
        var records: [KafkaRecord] = []
        #expect(try reader.readToEnd(atMost: patience) { records.append($0) })
        return records
    }

    /// Where the outbound topic ends, markers and open transactions included.
    func end() throws -> Int64 {
        let place = TopicPartition(outbound, 0)
        guard let live else { return cluster.reach(place)?.end ?? 0 }
        return try TopicReader(configuration: live, visibility: .uncommitted).watermarks([place])[place]?.end ?? 0
    }

    func committed() throws -> Int64 {
        let places = (0..<2).map { TopicPartition(inbound, Int32($0)) }
        guard let live else { return places.compactMap { cluster.committedOffset(name, $0) }.reduce(0, +) }
        let reader = try TopicReader(configuration: live)
        return try GroupOffsets(configuration: live, group: name).committed(reader.partitions(of: inbound))
            .values.compactMap { $0 }.reduce(0, +)
    }

    /// What a background thread of a client does takes a moment on a real broker.
    func eventually(_ isTrue: () throws -> Bool) rethrows -> Bool {
        let deadline = ContinuousClock.now + patience
        while try !isTrue() { if ContinuousClock.now > deadline { return false } }
        return true
    }

    func message(_ text: String) -> OutboundMessage {
        OutboundMessage(topic: outbound, key: Array(text.utf8), value: Array(text.utf8))
    }
}
