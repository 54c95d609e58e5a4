import ExactlyOnceKafka
import Testing

@Suite("local broker: producer, reader and admin")
struct LocalBrokerClientTests {
    @Test func bytesHeadersAndNullsComeBackAsTheyWere() throws {
        let topics = try TestTopics(partitions: 1)
        let producer = try EventProducer(configuration: topics.configuration, clientName: topics.name)
        defer { producer.close() }
        let sent = [
            OutboundMessage(topic: topics.outbound, key: nil, value: nil),
            OutboundMessage(topic: topics.outbound, key: [], value: []),
            OutboundMessage(
                topic: topics.outbound, partition: 0, key: [0, 255], value: [1, 0, 2],
                headers: [
                    KafkaHeader("a", "text"), KafkaHeader("a", "again"), KafkaHeader("null", nil),
                    KafkaHeader("empty", [UInt8]()),
                ], timestampMilliseconds: 1_700_000_000_123),
        ]
        let results = producer.send(sent)
        #expect(results == (0..<3).map { .kept(TopicPartition(topics.outbound, 0), offset: $0) })
        let seen = try topics.visible()
        #expect(seen.map(\.key) == sent.map(\.key))
        #expect(seen.map(\.value) == sent.map(\.value))
        #expect(seen.map(\.headers) == sent.map(\.headers))
        #expect(seen[2].timestampMilliseconds == 1_700_000_000_123)
        #expect(seen[2].timestampKind == .created)
        #expect(seen[2].header("a") == Array("again".utf8))
    }

    @Test func everyMessageHasItsOwnResult() throws {
        let topics = try TestTopics(partitions: 1)
        let producer = try EventProducer(configuration: topics.configuration, clientName: topics.name)
        defer { producer.close() }
        let huge = [UInt8](repeating: 1, count: KafkaLimits.messageBytesMax + 1)
        let results = producer.send([
            OutboundMessage(topic: topics.outbound, key: nil, value: [1]),
            OutboundMessage(topic: topics.outbound, key: nil, value: huge),
            OutboundMessage(topic: topics.name + ".nowhere", key: nil, value: [1]),
        ])
        #expect(results[0] == .kept(TopicPartition(topics.outbound, 0), offset: 0))
        #expect(results[1].code == "MSG_SIZE_TOO_LARGE")
        #expect(["_UNKNOWN_TOPIC", "UNKNOWN_TOPIC_OR_PART"].contains(results[2].code))
    }

    @Test func keysGoWhereJavaClientsPutThem() throws {
        let topics = try TestTopics(partitions: 2)
        let admin = try TopicAdmin(configuration: topics.configuration)
        let wide = topics.name + ".wide"
        _ = try admin.create([TopicPlan(name: wide, partitions: 12, replicationFactor: 1)])
        let producer = try EventProducer(configuration: topics.configuration, clientName: topics.name)
        defer { producer.close() }
        // The keys and their murmur2 hashes, as Kafka documents them for its own partitioner.
        let keys: [(String, Int32)] = [
            ("21", -973_932_308), ("foobar", -790_332_482), ("a-little-bit-long-string", -985_981_536),
        ]
        let results = producer.send(keys.map { OutboundMessage(topic: wide, key: Array($0.0.utf8), value: [1]) })
        for (result, (key, hash)) in zip(results, keys) {
            guard case .kept(let place, _) = result else {
                Issue.record("\(key): \(result)")
                continue
            }
            #expect(place.partition == (hash & 0x7fff_ffff) % 12, "\(key)")
        }
    }

    @Test func aReaderStartsWhereItIsToldAndKnowsTheEnd() throws {
        let topics = try TestTopics(partitions: 1)
        try topics.send(9)
        let place = TopicPartition(topics.inbound, 0)
        let reader = try TopicReader(configuration: topics.configuration)
        #expect(try reader.partitions(of: topics.inbound) == [place])
        let reach = try #require(try reader.watermarks([place])[place])
        #expect(reach == (low: 0, end: 9))
        try reader.start([place: .offset(6)])
        var offsets: [Int64] = []
        #expect(try reader.readToEnd(atMost: patience) { offsets.append($0.offset) })
        #expect(offsets == [6, 7, 8])
        try reader.start([place: .latest])
        #expect(try reader.readToEnd(atMost: patience) { _ in Issue.record("nothing is newer than the end") })
        #expect(throws: KafkaError.self) { try reader.partitions(of: topics.name + ".nowhere") }
    }

    @Test func topicsAreCreatedOnceDescribedWidenedAndDeleted() throws {
        let admin = try TopicAdmin(configuration: TestBroker.configuration())
        let name = try TestTopics(partitions: 1).name + ".plan"
        let plan = TopicPlan(
            name: name, partitions: 3, replicationFactor: 1, settings: ["max.message.bytes": "4194304"])
        #expect(try admin.create([plan]) == [name: .done])
        #expect(try admin.create([plan]) == [name: .unchanged])
        #expect(try admin.settings(of: name)["max.message.bytes"] == "4194304")
        #expect(try admin.topics().first { $0.name == name }?.partitions == 3)
        #expect(try admin.createPartitions(name, total: 5) == .done)
        #expect(try admin.topics().first { $0.name == name }?.partitions == 5)
        #expect(try admin.delete([name]) == [name: .done])
        #expect(try admin.delete([name]) == [name: .unchanged])
        #expect(try !admin.brokers().isEmpty)
        #expect(try !admin.clusterID().isEmpty)
    }

    @Test func aGroupIsListedWithItsMembers() throws {
        let topics = try TestTopics(partitions: 2)
        let hub = try topics.session(instance: "named").start()
        defer { hub.session.close() }
        #expect(try hub.poll { !$0.events.isEmpty })
        let admin = try TopicAdmin(configuration: topics.configuration)
        #expect(try admin.groups().contains(topics.name))
        let group = try admin.group(topics.name)
        #expect(group.members.map(\.instance) == ["named"])
        #expect(group.members.first?.partitions == [0, 1].map { TopicPartition(topics.inbound, $0) })
    }
}

extension Delivery {
    fileprivate var code: String {
        if case .failed(let error) = self { error.code } else { "kept" }
    }
}
