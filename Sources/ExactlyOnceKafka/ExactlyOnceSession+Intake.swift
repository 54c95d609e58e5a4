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
        while events.count < max, let polled = consumer.poll(milliseconds: wait) {
            wait = 0
            if !rebalanceEvents.isEmpty {
                (events, first, last) = (takeRebalanceEvents(), [:], nil)
                try take(polled, &events, &first, &last)
                return finish(events, first, epoch: rebalanceEpoch)
            }
            try take(polled, &events, &first, &last)
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
        _ polled: Polled, _ events: inout [SessionEvent], _ first: inout [TopicPartition: Int64],
        _ last: inout TopicPartition?
    ) throws {
        switch polled {
        case .record(let record):
            if record.source != last {
                if first[record.source] == nil { first[record.source] = record.offset }
                last = record.source
            }
            events.append(.record(record))
        case .endOfPartition(let place, let offset): events.append(.endOfPartition(place, offset: offset))
        case .failed(let error):
            if let fatal = try consumer(at: "poll").fatalError(at: "poll") { throw fatal }
            events.append(.trouble(error))
        }
    }

    // MARK: Rebalances, called back inside the consumer's poll

    /// Eager: an assignment is whole, a revocation takes everything.
    func rebalanced(_ news: Rebalance) {
        guard let consumer = try? consumer(at: "rebalance") else { return }
        switch news {
        case .assigned(let partitions):
            let membership = consumer.membership(of: settings.group)
            rebalanceEpoch = gate.withLock { $0.assign(Set(partitions), membership) }
            consumer.assign(partitions)
            rebalanceEvents.append(.assigned(partitions.sorted()))
        case .revoked(let partitions):
            letGo()
            consumer.assign([])
            rebalanceEvents.append(.revoked(partitions.sorted()))
        }
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
            if state.brokers == .reachable { state.brokers = .allDown(since: clients.now) }
        }
    }

    /// librdkafka says when every broker is gone, not when one is back: ask, but rarely.
    private func lookAfterIdleness(_ consumer: any ConsumerCalls) {
        let state = gate.withLock { ($0.brokers, $0.producer) }
        state.1?.serve()
        let now = clients.now
        guard state.0 != .reachable, now - lastProbe > .milliseconds(KafkaLimits.probeEveryMilliseconds) else { return }
        lastProbe = now
        if consumer.isAnswered(milliseconds: 500) { gate.withLock { $0.brokers = .reachable } }
    }
}

extension SessionEvent {
    fileprivate var isTrouble: Bool {
        if case .trouble = self { true } else { false }
    }
}
