internal import CLibrdkafka

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
    func rewindIfRequested(_ consumer: ClientHandle, _ timeout: Duration) throws -> UInt64? {
        // One look under the lock: a rewind asked for afterwards must not lend its epoch to older positions.
        let quiet = gate.withLock { $0.isRewindRequested ? nil : $0.epoch }
        if let quiet { return quiet }
        guard gate.wait(atMost: min(timeout, .seconds(1)), until: { !$0.machine.isOpen || $0.isClosing }) else {
            // Stay a member: serve rebalances, drop what comes.
            if let message = rd_kafka_consumer_poll(consumer.pointer, 0) { rd_kafka_message_destroy(message) }
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

    private func seek(_ consumer: ClientHandle, _ positions: [TopicPartition: Int64]) -> Bool {
        PartitionList.with(positions.map { ($0.key, $0.value) }) { list in
            let timeout = Int32(KafkaLimits.transactionCallMilliseconds)
            if let error = KafkaError(consuming: rd_kafka_seek_partitions(consumer.pointer, list, timeout), at: "seek")
            {
                say("rewind: \(error)")
                return false
            }
            let failures = PartitionList.read(list).filter { $0.2 != RD_KAFKA_RESP_ERR_NO_ERROR }
            for (place, offset, code) in failures {
                say("rewind of \(place) to \(offset): \(KafkaError(code, at: "seek"))")
            }
            return failures.isEmpty
        }
    }
}
