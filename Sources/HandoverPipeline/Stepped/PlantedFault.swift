import ExactlyOnceKafka

/// A fault planted between the hub and its ledger, as a defect of the pipeline would be: what the simulation must find.
package enum PlantedFault: String, Sendable, CaseIterable {
    /// The lease's epoch is not compared inside the recording transaction.
    case leaseNotChecked
    /// What was recorded before a crash is not read back when its event comes again.
    case reemissionLeftOut
    /// What is read back has forgotten the version before it, so that nothing waits for its turn.
    case predecessorForgotten
    /// How far a partition is published is not kept, so that a reset of offsets brings the past again.
    case publishedForgotten
    /// What is sent was never recorded.
    case sentUnrecorded

    func open(_ opening: Ledger.Opening, _ taken: [TopicPartition: LeaseRow]) -> Ledger.Opening {
        var opening = opening
        for index in opening.leases.indices {
            if self == .publishedForgotten { opening.leases[index].publishedThrough = -1 }
            guard self == .leaseNotChecked, let own = taken[opening.leases[index].source] else { continue }
            opening.leases[index].generation = own.generation
            opening.leases[index].startCount = own.startCount
        }
        return opening
    }

    func stored(_ messages: [StoredMessage]) -> [StoredMessage] {
        switch self {
        case .reemissionLeftOut: return []
        case .predecessorForgotten:
            return messages.map { message in
                var message = message
                message.predecessor = nil
                return message
            }
        default: return messages
        }
    }

    func take(_ leases: [TakenLease]) -> [TakenLease] {
        guard self == .publishedForgotten else { return leases }
        return leases.map { lease in
            var lease = lease
            lease.lease.publishedThrough = -1
            return lease
        }
    }

    func close(_ writing: Writing) -> Writing {
        guard self == .sentUnrecorded else { return writing }
        var writing = writing
        writing.messages = MessageColumns()
        return writing
    }
}
