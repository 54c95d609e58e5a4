extension ExactlyOnceSession {
    /// Voids everything polled so far; the next poll delivers every partition again from its first uncommitted
    /// offset. From any thread. An abort does this by itself.
    public func requestRewind() { requestRewind(to: [:]) }

    /// The same, and these partitions begin at these offsets instead: back to publish a stretch again (an operator's
    /// decision), or forward past what was published before. Partitions that are not assigned are passed over.
    public func requestRewind(to offsets: [TopicPartition: Int64]) {
        wake { $0.requestRewind(to: offsets) }
    }

    /// Carries a requested rewind out and answers the epoch of what comes next. nil: an open transaction has to end
    /// first, or a seek must be tried again; what was polled meanwhile is dropped, which is right: it comes again.
    func rewindIfRequested(_ consumer: any ConsumerCalls, _ timeout: Duration) throws -> UInt64? {
        // One look under the lock: a rewind asked for afterwards must not lend its epoch to older positions.
        let quiet = gate.withLock { $0.isRewindRequested ? nil : $0.epoch }
        if let quiet { return quiet }
        // In simulated time nobody else could end the transaction while this waits.
        let patience = clients.passes(.zero) ? .zero : min(timeout, .seconds(1))
        guard gate.wait(atMost: patience, until: { !$0.machine.isOpen || $0.isClosing }) else {
            // Stay a member: serve rebalances, drop what comes.
            drop(consumer.poll(milliseconds: 0))
            return nil
        }
        let (positions, epoch) = gate.withLock { ($0.firstUncommitted, $0.epoch) }
        if !positions.isEmpty, !seek(consumer, positions) {
            rest()
            return nil
        }
        return gate.withLock { state in
            // Asked again meanwhile: the next poll does it again.
            guard state.epoch == epoch else { return nil }
            state.isRewindRequested = false
            return epoch
        }
    }

    /// What is dropped must come again, also where nothing of its partition was delivered before, and where it is the
    /// first of an assignment that came with it: that knows of no rewind yet.
    private func drop(_ polled: Polled?) {
        guard case .record(let record)? = polled else { return }
        gate.withLock { state in
            state.delivered(first: [record.source: record.offset])
            if !state.isRewindRequested { state.requestRewind(to: [:]) }
        }
    }

    private func seek(_ consumer: any ConsumerCalls, _ positions: [TopicPartition: Int64]) -> Bool {
        let failures = consumer.seek(positions, milliseconds: Int32(KafkaLimits.transactionCallMilliseconds))
        for failure in failures { say("rewind: \(failure)") }
        return failures.isEmpty
    }
}
