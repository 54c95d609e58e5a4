internal import CLibrdkafka

extension ExactlyOnceSession {
    /// Waits at most `timeout` for something to happen, then takes what is there, `max` events at most.
    /// Records polled before a revocation in the same call are left out: they are void and come again elsewhere.
    ///
    /// Only on the intake thread, and at least every ``KafkaLimits/pollIntervalMaxMilliseconds``, paused or not:
    /// membership depends on it. A long timeout costs nothing; a requested rewind or ``close()`` ends the wait.
    ///
    /// - Throws: ``KafkaError`` with recovery stop when this instance was fenced or the consumer is beyond help.
    public func poll(max: Int, timeout: Duration) throws -> SessionBatch {
        let consumer = try consumer(at: "poll")
        gate.withLock { $0.isPolling = true }
        defer { gate.withLock { $0.isPolling = false } }
        guard let epoch = try rewindIfRequested(consumer, timeout) else {
            return finish(takeRebalanceEvents(), [:], epoch: rebalanceEpoch)
        }
        var events: [SessionEvent] = []
        var first: [TopicPartition: Int64] = [:]
        var last: TopicPartition?
        var wait = timeout.milliseconds
        while events.count < max, let message = rd_kafka_consumer_poll(consumer.pointer, wait) {
            defer { rd_kafka_message_destroy(message) }
            wait = 0
            if !rebalanceEvents.isEmpty {
                (events, first, last) = (takeRebalanceEvents(), [:], nil)
                try take(message, &events, &first, &last)
                return finish(events, first, epoch: rebalanceEpoch)
            }
            try take(message, &events, &first, &last)
        }
        if !rebalanceEvents.isEmpty { return finish(takeRebalanceEvents(), [:], epoch: rebalanceEpoch) }
        if events.isEmpty { lookAfterIdleness(consumer) }
        return finish(events, first, epoch: epoch)
    }

    private func finish(
        _ events: [SessionEvent], _ first: [TopicPartition: Int64], epoch: UInt64
    ) -> SessionBatch {
        gate.withLock { state in
            state.delivered(first: first)
            if !events.isEmpty, !events.allSatisfy(\.isTrouble) { state.brokers = .reachable }
        }
        return SessionBatch(epoch: epoch, events: events)
    }

    private func takeRebalanceEvents() -> [SessionEvent] {
        defer { rebalanceEvents = [] }
        return rebalanceEvents
    }

    private func take(
        _ message: UnsafeMutablePointer<rd_kafka_message_t>, _ events: inout [SessionEvent],
        _ first: inout [TopicPartition: Int64], _ last: inout TopicPartition?
    ) throws {
        switch message.pointee.err {
        case RD_KAFKA_RESP_ERR_NO_ERROR:
            let record = reader.record(message)
            if record.source != last {
                if first[record.source] == nil { first[record.source] = record.offset }
                last = record.source
            }
            events.append(.record(record))
        case RD_KAFKA_RESP_ERR__PARTITION_EOF:
            events.append(.endOfPartition(reader.place(of: message.pointee), offset: message.pointee.offset))
        default:
            if let fatal = try consumer(at: "poll").fatalError(at: "poll") { throw fatal }
            events.append(.trouble(KafkaError(message.pointee.err, at: "poll")))
        }
    }

    // MARK: Rebalances, called back inside rd_kafka_consumer_poll

    /// Eager: an assignment is whole, a revocation takes everything.
    func rebalanced(_ code: rd_kafka_resp_err_t, _ list: PartitionListPointer?) {
        guard let list, let consumer = try? consumer(at: "rebalance") else { return }
        reader.forget()
        let partitions = PartitionList.read(list).map(\.0)
        if code == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS {
            let membership = GroupMembership(of: consumer, group: settings.group)
            rebalanceEpoch = gate.withLock { $0.assign(Set(partitions), membership) }
            rd_kafka_assign(consumer.pointer, list)
            rebalanceEvents.append(.assigned(partitions.sorted()))
        } else {
            letGo()
            rd_kafka_assign(consumer.pointer, nil)
            rebalanceEvents.append(.revoked(partitions.sorted()))
        }
        // Ends the wait of this poll, so that what happened is told at once.
        rd_kafka_yield(consumer.pointer)
    }

    /// Commit becomes abort, and the group waits for the end of the transaction that is open.
    private func letGo() {
        let action = gate.withLock { state in
            let action = state.machine.partitionsRevoked()
            rebalanceEpoch = state.assign([], state.membership)
            return action
        }
        guard action == .waitForTransaction else { return }
        if !gate.wait(atMost: settings.deadlines.revocation, until: { !$0.machine.isOpen || $0.isClosing }) {
            say("partitions go although the transaction has not ended; the group's generation fences it")
        }
    }

    // MARK: Brokers

    func brokersFailed(_ error: KafkaError) {
        guard error.code == "_ALL_BROKERS_DOWN" else { return }
        gate.withLock { state in
            if state.brokers == .reachable { state.brokers = .allDown(since: .now) }
        }
    }

    /// librdkafka says when every broker is gone, not when one is back: ask, but rarely.
    private func lookAfterIdleness(_ consumer: ClientHandle) {
        let state = gate.withLock { ($0.brokers, $0.producer) }
        state.1?.serve()
        let now = ContinuousClock.now
        guard state.0 != .reachable, now - lastProbe > .milliseconds(KafkaLimits.probeEveryMilliseconds) else { return }
        lastProbe = now
        var metadata: UnsafePointer<rd_kafka_metadata>?
        if rd_kafka_metadata(consumer.pointer, 0, nil, &metadata, 500) == RD_KAFKA_RESP_ERR_NO_ERROR {
            rd_kafka_metadata_destroy(metadata)
            gate.withLock { $0.brokers = .reachable }
        }
    }
}

extension SessionEvent {
    fileprivate var isTrouble: Bool {
        if case .trouble = self { true } else { false }
    }
}
