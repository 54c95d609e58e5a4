import ExactlyOnceKafka
import Testing

/// The facts a session rests on, asked of the model and of a real broker in the same words.
@Suite("model and broker: what exactly-once rests on")
struct ConformanceTests {
    @Test(arguments: WorldKind.allCases) func messagesAndOffsetsBecomeVisibleTogether(_ kind: WorldKind) throws {
        let world = try World(kind)
        try world.send(12, to: world.inbound)
        let hub = try world.session()
        defer { hub.session.close() }
        #expect(try hub.poll(records: 12))
        #expect(try world.visible().isEmpty)
        #expect(try hub.publish(to: world.outbound) == .committed)
        #expect(try world.visible().count == 12)
        #expect(try world.committed() == 12)
    }

    @Test(arguments: WorldKind.allCases) func anAbortedTransactionTakesOffsetsAndIsNeverSeen(
        _ kind: WorldKind
    ) throws {
        let world = try World(kind)
        let producer = try world.producer("one")
        try producer.begin()
        try producer.produce([world.message("a"), world.message("b")], until: .now + patience)
        #expect(try world.eventually { try world.end() == 2 })
        try producer.abort(atMost: patience)
        try world.send(1, to: world.outbound)
        #expect(try world.visible().map(\.offset) == [3])
        #expect(try world.end() == 4)
    }

    @Test(arguments: WorldKind.allCases) func anOpenTransactionHidesWhatLiesBehindIt(_ kind: WorldKind) throws {
        let world = try World(kind)
        let producer = try world.producer("one")
        try producer.begin()
        try producer.produce([world.message("a")], until: .now + patience)
        #expect(try world.eventually { try world.end() == 1 })
        try world.send(1, to: world.outbound)
        #expect(try world.visible().isEmpty)
        try producer.commit(atMost: patience)
        #expect(try world.visible().map(\.offset) == [0, 1])
        #expect(try world.end() == 3)
    }

    @Test(arguments: WorldKind.allCases) func aNewProducerOfTheNameEndsWhatWasOpenAndFencesTheOld(
        _ kind: WorldKind
    ) throws {
        let world = try World(kind)
        let old = try world.producer("one")
        try old.begin()
        try old.produce([world.message("a")], until: .now + patience)
        #expect(try world.eventually { try world.end() == 1 })
        let new = try world.producer("one")
        let error = #expect(throws: KafkaError.self) { try old.commit(atMost: patience) }
        #expect(error?.recovery == .stop)
        try new.begin()
        try new.produce([world.message("b")], until: .now + patience)
        try new.commit(atMost: patience)
        #expect(try world.visible().map(\.key) == [Array("b".utf8)])
    }

    @Test(arguments: WorldKind.allCases) func aMissingTopicAbortsAndIsNamed(_ kind: WorldKind) throws {
        let world = try World(kind)
        try world.send(3, to: world.inbound)
        let hub = try world.session()
        defer { hub.session.close() }
        #expect(try hub.poll(records: 3))
        let missing = OutboundMessage(topic: world.name + ".missing", key: nil, value: [1])
        #expect(try hub.publish(to: world.outbound, extra: [missing]) == .unwritable(topics: [missing.topic]))
        #expect(try world.visible().isEmpty && world.committed() == 0)
        #expect(try hub.publish(to: world.outbound) == .committed)
        #expect(try world.visible().count == 3)
    }

    @Test(arguments: WorldKind.allCases) func aStaticMemberThatReturnsHasItsPartitionsAndFencesItsFormerSelf(
        _ kind: WorldKind
    ) throws {
        let world = try World(kind)
        try world.send(6, to: world.inbound)
        let old = try world.session()
        #expect(try old.poll(records: 6))
        let successor = try world.session()
        defer { successor.session.close() }
        #expect(try successor.poll(records: 6))
        let error = #expect(throws: KafkaError.self) { try old.publish(to: world.outbound) }
        #expect(error?.recovery == .stop)
        #expect(try successor.publish(to: world.outbound) == .committed)
        #expect(try world.visible().count == 6)
        old.session.close()
    }

    @Test(arguments: WorldKind.allCases) func twoMembersShareAndOlderWorkIsSuperseded(_ kind: WorldKind) throws {
        let world = try World(kind)
        try world.send(10, to: world.inbound)
        let first = try world.session("one")
        defer { first.session.close() }
        #expect(try first.poll(records: 10))
        let polled = (offsets: first.offsets, epoch: first.epoch)
        let second = try world.session("two")
        defer { second.session.close() }
        #expect(
            try first.poll { first in
                _ = try second.session.poll(max: 1, timeout: .zero)
                return first.hasBeenRevoked
            })
        #expect(try first.session.publish([], offsets: polled.offsets, epoch: polled.epoch) == .superseded)
        #expect(try world.committed() == 0)
    }

    @Test(arguments: WorldKind.allCases) func offsetsOfAnOlderGenerationAreRefused(_ kind: WorldKind) throws {
        let world = try World(kind)
        try world.send(4, to: world.inbound)
        let news = ConsumerNews()
        let consumer = try world.clients("one").consumer(world.settings("one"), news: news)
        news.rebalanced = { [unowned consumer] change in
            if case .assigned(let partitions) = change { consumer.assign(partitions) } else { consumer.assign([]) }
        }
        try consumer.subscribe([world.inbound])
        #expect(world.eventually { if case .record = consumer.poll(milliseconds: 100) { true } else { false } })
        let stale = try #require(consumer.membership(of: world.name))
        let second = try world.session("two")
        defer { second.session.close() }
        #expect(
            try second.poll { second in
                _ = consumer.poll(milliseconds: 10)
                return !second.records.isEmpty
            })
        let producer = try world.producer("three")
        try producer.begin()
        let offsets = [TopicPartition(world.inbound, 0): Int64(1)]
        if world.differences.contains(.staleGenerationIsAccepted) {
            try producer.sendOffsets(offsets, stale, atMost: patience)
        } else {
            let error = #expect(throws: KafkaError.self) {
                try producer.sendOffsets(offsets, stale, atMost: patience)
            }
            #expect(error?.flags.requiresAbort == true)
        }
    }
}

extension TestSession {
    var hasBeenRevoked: Bool { events.contains { if case .revoked = $0 { true } else { false } } }
}
