import BrokerModel
import ExactlyOnceKafka
import LocalServers
import Testing

@Suite("local broker: successors, rebalances and brokers that go away")
struct LocalBrokerSuccessionTests {
    @Test func aSuccessorOfTheSameNameHasThePartitionsAtOnceAndFencesTheOldOne() throws {
        let topics = try TestTopics()
        try topics.send(12)
        let old = try topics.session().start()
        #expect(try old.poll(records: 12))
        // Not closed: as after SIGKILL, with the old one still there like a process that was frozen.
        let began = ContinuousClock.now
        let successor = try topics.session().start()
        defer { successor.session.close() }
        #expect(try successor.poll(records: 12))
        #expect(ContinuousClock.now - began < .seconds(10))
        let error = #expect(throws: KafkaError.self) { try old.publish(to: topics.outbound) }
        #expect(error?.recovery == .stop)
        #expect(try successor.publish(to: topics.outbound) == .committed)
        #expect(try topics.visible().count == 12)
        old.session.close()
    }

    @Test func aSessionThatVanishedLeavesItsWorkToTheNext() throws {
        let topics = try TestTopics()
        try topics.send(5)
        var vanishing: TestSession? = try topics.session().start()
        #expect(try vanishing?.poll(records: 5) == true)
        vanishing = nil
        let next = try topics.session().start()
        defer { next.session.close() }
        #expect(try next.poll(records: 5))
        #expect(try next.publish(to: topics.outbound) == .committed)
        #expect(try topics.visible().count == 5)
    }

    @Test func closingIsQuickAndKeepsThePartitionsForTheReturn() throws {
        let topics = try TestTopics()
        let hub = try topics.session().start()
        #expect(try hub.poll { !$0.events.isEmpty })
        let began = ContinuousClock.now
        hub.session.close()
        #expect(ContinuousClock.now - began < .seconds(5))
        #expect(throws: KafkaError.self) { try hub.session.poll(max: 1, timeout: .zero) }
        let group = try TopicAdmin(configuration: topics.configuration).group(topics.name)
        #expect(group.members.map(\.instance) == ["one"])
    }

    @Test func workPolledBeforeARebalanceIsSuperseded() throws {
        let topics = try TestTopics(partitions: 2)
        try topics.send(10)
        let first = try topics.session(instance: "one").start()
        defer { first.session.close() }
        #expect(try first.poll(records: 10))
        let polled = (first.records, first.offsets, first.epoch)
        let second = try topics.session(instance: "two").start()
        defer { second.session.close() }
        var both = 0
        #expect(
            try first.poll { first in
                _ = try? second.poll { _ in true }
                _ = try? second.session.poll(max: 0, timeout: .zero)
                both += 1
                return first.events.contains { if case .revoked = $0 { true } else { false } } || both > 200
            })
        #expect(
            try first.session.publish([], offsets: polled.1, epoch: polled.2) == .superseded)
        #expect(try topics.committed() == 0)
    }

    @Test(arguments: [7, 19, 42]) func whateverMomentTheBrokerFreezesEverythingIsVisibleOnce(_ seed: UInt64) throws {
        print("seed \(seed)")
        var random = SplitMix(seed: seed)
        let broker = try TestBroker.own()
        let topics = try TestTopics(partitions: 1, servers: broker.bootstrapServers)
        var deadlines = SessionDeadlines()
        deadlines.call = .milliseconds(150)
        deadlines.commit = .milliseconds(600)
        let hub = try topics.session(deadlines: deadlines).start()
        defer {
            hub.session.close()
            try? broker.stop()
        }
        var expected = 0
        var outcomes: [PublishOutcome] = []
        for _ in 0..<6 {
            try topics.send(4)
            expected += 4
            let freezeAfter = Int(random.next() % 12)
            let frozenFor = Int(random.next() % 1500)
            let freezer = Gatekeeper { freeze(broker, freezeAfter, frozenFor) }
            for _ in 0..<20 where try topics.committed() < expected {
                #expect(try hub.poll { !$0.records.isEmpty })
                outcomes.append(try hub.publish(to: topics.outbound))
            }
            freezer.wait()
        }
        print("seed \(seed): \(outcomes.filter { $0 != .committed })")
        #expect(try topics.visible().count == expected)
        #expect(try topics.visible().map(\.value) == topics.inboundValues(expected))
    }
}

/// The broker stops answering after so many milliseconds, for so many.
private func freeze(_ broker: LocalBroker, _ after: Int, _ lasting: Int) {
    Gatekeeper.rest(milliseconds: after)
    broker.pause()
    Gatekeeper.rest(milliseconds: lasting)
    broker.resume()
}

extension TestTopics {
    /// What send(4), repeated, put on the inbound topic.
    fileprivate func inboundValues(_ count: Int) -> [[UInt8]?] {
        (0..<count).map { Array("v\($0 % 4)".utf8) }
    }
}
