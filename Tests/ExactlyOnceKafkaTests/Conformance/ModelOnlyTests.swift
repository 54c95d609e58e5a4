import BrokerModel
import ExactlyOnceKafka
import Testing

/// What Apache Kafka documents and no broker at hand can show in the time of a test.
@Suite("model: time-outs and requests that come late")
struct ModelOnlyTests {
    @Test func aTransactionThatNobodyEndsIsAbortedAndItsProducerFenced() throws {
        let world = try World(.model)
        let producer = try world.producer("one")
        try producer.begin()
        try producer.produce([world.message("a")], until: .now + patience)
        world.cluster.advance(ModelLimits.transactionTimeout + .seconds(1))
        try world.send(1, to: world.outbound)
        #expect(try world.visible().count == 1)
        let error = #expect(throws: KafkaError.self) { try producer.commit(atMost: patience) }
        #expect(error?.recovery == .stop)
    }

    @Test func aMemberThatIsSilentTooLongLosesItsPartitionsAndItsOffsetsCountNoMore() throws {
        let world = try World(.model)
        try world.send(6, to: world.inbound)
        let frozen = world.cluster.client("one")
        let old = try TestSession(ExactlyOnceSession(clients: frozen, settings: world.settings("one"))).start()
        #expect(try old.poll(records: 6))
        frozen.isFrozen = true
        world.cluster.advance(ModelLimits.sessionTimeout + .seconds(1))
        let next = try world.session("two")
        #expect(try next.poll(records: 6))
        frozen.isFrozen = false
        if case .aborted = try old.publish(to: world.outbound) {} else { Issue.record("a zombie published") }
        #expect(try world.visible().isEmpty && world.committed() == 0)
        #expect(try next.publish(to: world.outbound) == .committed)
        #expect(try world.visible().count == 6)
    }

    @Test func aLateCommitHitsTheNextTransactionOfItsProducer() throws {
        let world = try World(.model)
        let producer = try world.producer("one")
        try producer.begin()
        try producer.produce([world.message("a")], until: .now + patience)
        world.cluster.onCall = { _, call in call == .commit ? .delayed(.seconds(2)) : nil }
        #expect(throws: KafkaError.self) { try producer.commit(atMost: patience) }
        world.cluster.onCall = { _, _ in nil }
        try producer.abort(atMost: patience)
        try producer.begin()
        try producer.produce([world.message("b")], until: .now + patience)
        world.cluster.advance(.seconds(3))
        // Nobody has committed b, and it is visible: why an unknown outcome must be followed by a new producer.
        #expect(try world.visible().map(\.key) == [Array("b".utf8)])
    }

    @Test func aRecordThatCameWhileARewindWaitedForATransactionComesAgain() throws {
        let world = try World(.model)
        func send(_ partition: Int32) {
            world.cluster.append(OutboundMessage(topic: world.inbound, partition: partition, key: nil, value: [1]))
        }
        send(0)
        let hub = try world.session()
        #expect(try hub.poll(records: 1))
        var commits = 0
        world.cluster.onCall = { _, call in
            guard call == .commit else { return nil }
            commits += 1
            guard commits == 1 else { return nil }
            // Of a partition that has delivered nothing: polled, and dropped, because a rewind waits for this commit.
            send(1)
            hub.session.requestRewind()
            for _ in 0..<4 { _ = try? hub.session.poll(max: 10, timeout: .zero) }
            return nil
        }
        #expect(try hub.publish(to: world.outbound) == .committed)
        #expect(try hub.poll(records: 1))
        #expect(hub.records.map(\.partition) == [1])
    }

    @Test func aSessionSurvivesALateCommitByTakingANewProducer() throws {
        let world = try World(.model)
        try world.send(4, to: world.inbound)
        let hub = try world.session()
        #expect(try hub.poll(records: 4))
        var delayed = 0
        world.cluster.onCall = { _, call in
            guard call == .commit, delayed < 1 else { return nil }
            delayed += 1
            return .delayed(.seconds(60))
        }
        #expect(try hub.publish(to: world.outbound) == .committed)
        world.cluster.advance(.seconds(120))
        #expect(try world.visible().count == 4 && world.committed() == 4)
    }

    /// Found by the simulation: the late abort took the next transaction's messages and left its offsets.
    @Test func aSessionSurvivesALateAbortByTakingANewProducer() throws {
        let world = try World(.model)
        try world.send(4, to: world.inbound)
        let hub = try world.session()
        #expect(try hub.poll(records: 4))
        var isFirst = true
        world.cluster.onCall = { client, call in
            if call == .produce, isFirst {
                return .refused(
                    KafkaError(code: "_TRANSPORT", flags: .init(requiresAbort: true), place: "test", message: ""))
            }
            if call == .abort, isFirst {
                isFirst = false
                return .delayed(.seconds(2))
            }
            if call == .sendOffsets { client.cluster.advance(.seconds(3)) }
            return nil
        }
        if case .aborted = try hub.publish(to: world.outbound) {} else { Issue.record("it was not aborted") }
        #expect(try hub.poll(records: 4))
        #expect(try hub.publish(to: world.outbound) == .committed)
        #expect(try world.visible().count == 4)
    }

    @Test func retentionLeavesTheEarliestRecordToBeginWith() throws {
        let world = try World(.model, partitions: 1)
        try world.send(5, to: world.inbound)
        world.cluster.trim(TopicPartition(world.inbound, 0), before: 3)
        let hub = try world.session()
        #expect(try hub.poll(records: 2))
        #expect(hub.records.map(\.offset) == [3, 4])
    }
}
