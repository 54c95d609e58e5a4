extension ExactlyOnceSession {
    /// One Kafka transaction: every message and the offsets, or nothing.
    ///
    /// Blocks until the outcome is known: a commit without an answer is repeated; past
    /// ``SessionDeadlines/commit`` the producer is replaced under the same transactional id and the group's committed
    /// offsets decide. Only one thread publishes.
    ///
    /// - Parameters:
    ///   - offsets: the next offset to read of each partition whose records are done with: last + 1. Never empty.
    ///   - epoch: of the ``SessionBatch`` the records came in.
    /// - Throws: ``KafkaError`` with recovery stop: fenced, not allowed, or an outcome that cannot be known. End the
    ///   process; its successor starts from what was really committed.
    public func publish(
        _ messages: [OutboundMessage], offsets: [TopicPartition: Int64], epoch: UInt64
    ) throws -> PublishOutcome {
        guard !offsets.isEmpty else {
            throw KafkaError(code: "_INVALID_ARG", place: "publish", message: "a transaction must carry offsets")
        }
        let run = TransactionRun(self, messages, offsets, epoch)
        let action = gate.withLock { state in
            let isCurrent = epoch == state.epoch && offsets.keys.allSatisfy(state.assigned.contains) && !state.isClosing
            return state.machine.publishRequested(isCurrent: isCurrent)
        }
        return try run.carryOut(action)
    }
}
