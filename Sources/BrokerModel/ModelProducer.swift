import ExactlyOnceKafka

/// A transactional producer on the model, with librdkafka's errors and flags.
final class ModelProducer: TransactionCalls, @unchecked Sendable {
    private let client: ModelClient
    private let transactionalID: String
    private let group: String
    private var identity: ProducerIdentity?
    private var unwritable: Set<String> = []

    private var cluster: ModelCluster { client.cluster }

    init(_ client: ModelClient, _ settings: SessionSettings) {
        self.client = client
        transactionalID = settings.transactionalID
        group = settings.group
    }

    func initialise(atMost duration: Duration) throws {
        let fault = try client.call(.initialise)
        cluster.end(transactionalID, isCommit: false)
        identity = cluster.coordinator.identify(transactionalID)
        if fault != nil { throw ModelClient.timedOut(.initialise) }
    }

    func begin() throws { unwritable = [] }

    /// What a background thread would send by the commit lies in the log at once: a reader may not see it either way.
    func produce(_ messages: [OutboundMessage], until deadline: ContinuousClock.Instant) throws {
        _ = try client.call(.produce)
        let identity = try current("produce")
        for message in messages {
            guard let place = cluster.place(of: message) else {
                unwritable.insert(message.topic)
                continue
            }
            cluster.coordinator.join(transactionalID, partitions: [place], at: cluster.now)
            cluster.logs[place]?.append(message, at: cluster.milliseconds, producer: identity.id)
        }
    }

    func sendOffsets(
        _ offsets: [TopicPartition: Int64], _ membership: any GroupMembership, atMost duration: Duration
    ) throws {
        let fault = try client.call(.sendOffsets)
        let identity = try current("send_offsets_to_transaction")
        guard let membership = membership as? ModelMembership else {
            throw KafkaError.model("_INVALID_ARG", .init(), "send_offsets_to_transaction")
        }
        cluster.coordinator.join(transactionalID, partitions: [], groups: [group], at: cluster.now)
        try cluster.groups[group, default: ModelGroup()].take(
            offsets, of: identity.id, from: membership, at: "send_offsets_to_transaction")
        if fault != nil { throw ModelClient.timedOut(.sendOffsets) }
    }

    func commit(atMost duration: Duration) throws {
        let fault = try client.call(.commit)
        if !unwritable.isEmpty {
            throw KafkaError.model("UNKNOWN_TOPIC_OR_PART", .init(requiresAbort: true), "commit_transaction")
        }
        try finish(.commit, fault)
    }

    func abort(atMost duration: Duration) throws { try finish(.abort, try client.call(.abort)) }

    func serve() {}

    func takeUnwritableTopics() -> Set<String> { unwritable }

    private func finish(_ call: ModelCall, _ fault: ModelFault?) throws {
        let identity = try current(call.rawValue)
        if case .delayed(let delay) = fault {
            let (cluster, id) = (cluster, transactionalID)
            cluster.deliverLate(after: delay) {
                // Only the epoch is checked on arrival: a later transaction of the same producer is hit as well.
                guard cluster.coordinator.transactions[id]?.identity == identity else { return }
                cluster.end(id, isCommit: call == .commit)
            }
            throw ModelClient.timedOut(call)
        }
        try endNow(call, identity)
        if fault != nil { throw ModelClient.timedOut(call) }
    }

    private func endNow(_ call: ModelCall, _ identity: ProducerIdentity) throws {
        let transaction = try cluster.coordinator.transaction(transactionalID, identity, at: call.rawValue)
        switch (transaction.state, call) {
        case (.ongoing, _): cluster.end(transactionalID, isCommit: call == .commit)
        // Nothing was sent, or the same answer again.
        case (.empty, _), (.committed, .commit), (.aborted, .abort): break
        default: throw KafkaError.model("INVALID_TXN_STATE", .init(isFatal: true), call.rawValue)
        }
    }

    private func current(_ place: String) throws -> ProducerIdentity {
        guard let identity else { throw KafkaError.model("_STATE", .init(isFatal: true), place) }
        _ = try cluster.coordinator.transaction(transactionalID, identity, at: place)
        return identity
    }
}
