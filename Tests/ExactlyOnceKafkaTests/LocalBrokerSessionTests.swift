import ExactlyOnceKafka
import Testing

@Suite("local broker: a session")
struct LocalBrokerSessionTests {
    @Test func messagesAndOffsetsBecomeVisibleTogether() throws {
        let topics = try TestTopics()
        try topics.send(20)
        let hub = try topics.session().start()
        defer { hub.session.close() }
        #expect(try hub.poll(records: 20))
        #expect(try topics.visible().isEmpty)
        #expect(try hub.publish(to: topics.outbound) == .committed)
        #expect(try topics.visible().count == 20)
        #expect(try topics.committed() == 20)
        #expect(hub.session.groupGeneration != nil)
        #expect(try !hub.session.clusterID().isEmpty)
    }

    @Test func whatIsAbortedIsNeverSeenAndItsRecordsComeAgain() throws {
        let topics = try TestTopics()
        try topics.send(10)
        let hub = try topics.session().start()
        defer { hub.session.close() }
        #expect(try hub.poll(records: 10))
        let missing = OutboundMessage(topic: topics.name + ".missing", key: nil, value: [1])
        #expect(
            try hub.publish(to: topics.outbound, extra: [missing]) == .unwritable(topics: [missing.topic]))
        #expect(try topics.visible().isEmpty)
        #expect(try topics.committed() == 0)
        // The same epoch may try again at once, without the topic at fault.
        #expect(try hub.publish(to: topics.outbound) == .committed)
        #expect(try topics.visible().count == 10)
    }

    @Test func aTopicThatAppearsLaterCanBeWrittenLater() throws {
        let topics = try TestTopics(partitions: 1)
        try topics.send(1)
        let hub = try topics.session().start()
        defer { hub.session.close() }
        #expect(try hub.poll(records: 1))
        let late = OutboundMessage(topic: topics.name + ".late", key: nil, value: [1])
        #expect(try hub.publish(to: topics.outbound, extra: [late]) == .unwritable(topics: [late.topic]))
        _ = try TopicAdmin(configuration: topics.configuration)
            .create([TopicPlan(name: late.topic, partitions: 1, replicationFactor: 1)])
        #expect(try hub.publish(to: topics.outbound, extra: [late]) == .committed)
    }

    @Test func aMessageTooLargeForTheClientNamesItsTopic() throws {
        let topics = try TestTopics(partitions: 1)
        try topics.send(1)
        let hub = try topics.session().start()
        defer { hub.session.close() }
        #expect(try hub.poll(records: 1))
        let huge = OutboundMessage(
            topic: topics.outbound, key: nil, value: [UInt8](repeating: 7, count: KafkaLimits.messageBytesMax + 1))
        #expect(
            try hub.session.publish([huge], offsets: hub.offsets, epoch: hub.epoch)
                == .unwritable(topics: [topics.outbound]))
        #expect(try hub.publish(to: topics.outbound) == .committed)
    }

    @Test func aRewindDeliversAgainFromTheFirstUncommittedOffsets() throws {
        let topics = try TestTopics()
        try topics.send(10)
        let hub = try topics.session().start()
        defer { hub.session.close() }
        #expect(try hub.poll(records: 10))
        #expect(try hub.publish(to: topics.outbound) == .committed)
        try topics.send(6)
        #expect(try hub.poll(records: 6))
        let before = hub.records
        let epoch = hub.epoch
        hub.session.requestRewind()
        #expect(try hub.publish(to: topics.outbound) == .superseded)
        #expect(try hub.poll { $0.epoch > epoch && $0.records.count >= 6 })
        #expect(Set(hub.records.map(\.offset)) == Set(before.map(\.offset)))
        #expect(hub.records.count == 6)
        #expect(try hub.publish(to: topics.outbound) == .committed)
        #expect(try topics.visible().count == 16)
    }

    @Test func aRewindToChosenOffsetsBeginsThere() throws {
        let topics = try TestTopics(partitions: 1)
        try topics.send(8)
        let hub = try topics.session().start()
        defer { hub.session.close() }
        #expect(try hub.poll(records: 8))
        hub.session.requestRewind(to: [TopicPartition(topics.inbound, 0): 5])
        let epoch = hub.epoch
        #expect(try hub.poll { $0.epoch > epoch && $0.records.count >= 3 })
        #expect(hub.records.map(\.offset) == [5, 6, 7])
    }

    @Test func aPausedPartitionIsSilentAndARewindKeepsItSo() throws {
        let topics = try TestTopics(partitions: 2)
        let hub = try topics.session().start()
        defer { hub.session.close() }
        #expect(try hub.poll { $0.events.contains { if case .assigned = $0 { true } else { false } } })
        let both = [TopicPartition(topics.inbound, 0), TopicPartition(topics.inbound, 1)]
        try hub.session.pause(both)
        try topics.send(4)
        hub.session.requestRewind()
        for _ in 0..<3 { #expect(try hub.session.poll(max: 10, timeout: .milliseconds(100)).events.isEmpty) }
        try hub.session.resume(both)
        #expect(try hub.poll(records: 4))
    }

    @Test func theEndOfEveryPartitionIsTold() throws {
        let topics = try TestTopics(partitions: 2)
        try topics.send(7)
        let hub = try topics.session().start()
        defer { hub.session.close() }
        var ends: [TopicPartition: Int64] = [:]
        #expect(
            try hub.poll { hub in
                for case .endOfPartition(let place, let offset) in hub.events { ends[place] = offset }
                return ends.count == 2 && hub.records.count == 7
            })
        #expect(ends.values.reduce(0, +) == 7)
    }

    @Test func waitingForRecordsCostsNoTimeOfTheProcessor() throws {
        let topics = try TestTopics(partitions: 1)
        let hub = try topics.session().start()
        defer { hub.session.close() }
        #expect(try hub.poll { !$0.events.isEmpty })
        let before = threadMilliseconds()
        let began = ContinuousClock.now
        while ContinuousClock.now - began < .seconds(2) { _ = try hub.session.poll(max: 500, timeout: .seconds(2)) }
        #expect(threadMilliseconds() - before < 100)
    }

    /// A night without events is longer than the interval in which librdkafka wants to be asked.
    @Test func aMemberWithNothingToReadStaysOne() throws {
        let interval = 31_000
        let topics = try TestTopics(
            partitions: 1,
            properties: ["session.timeout.ms": "\(interval)", "max.poll.interval.ms": "\(interval)"])
        let hub = try topics.session().start()
        defer { hub.session.close() }
        #expect(try hub.poll { $0.events.contains { if case .endOfPartition = $0 { true } else { false } } })
        let epoch = hub.session.currentEpoch
        let over = ContinuousClock.now + .milliseconds(interval + 3_000)
        var events: [SessionEvent] = []
        while ContinuousClock.now < over { events += try hub.session.poll(max: 500, timeout: .seconds(1)).events }
        #expect(events.isEmpty, "\(events)")
        #expect(hub.session.currentEpoch == epoch)
    }

    @Test func whereAPartitionReachesIsKnownBeforeAndAfterACommit() throws {
        let topics = try TestTopics(partitions: 1)
        try topics.send(3)
        let hub = try topics.session().start()
        defer { hub.session.close() }
        #expect(try hub.poll(records: 3))
        let place = TopicPartition(topics.inbound, 0)
        #expect(try hub.session.watermarks([place])[place]?.lastStable == 3)
        #expect(try hub.session.committedOffsets([place]) == [place: nil])
        #expect(try hub.publish(to: topics.outbound) == .committed)
        #expect(try hub.session.committedOffsets([place]) == [place: 3])
        #expect(hub.session.completedPositions == [place: 3])
        #expect(hub.session.brokerState == .reachable)
    }
}
