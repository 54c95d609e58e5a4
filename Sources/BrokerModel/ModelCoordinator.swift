import ExactlyOnceKafka

/// Who a producer is to the brokers: a number, and how often it began anew under its transactional id.
struct ProducerIdentity: Hashable {
    let id: Int64
    let epoch: Int
}

/// The transaction coordinator of the model: one producer a transactional id, fenced by epochs (KIP-98, KIP-360).
struct ModelCoordinator {
    enum State { case empty, ongoing, committed, aborted }

    struct Transaction {
        var identity: ProducerIdentity
        var state = State.empty
        var partitions: Set<TopicPartition> = []
        var began: Duration = .zero
        /// Groups whose offsets this transaction carries.
        var groups: Set<String> = []
    }

    private(set) var transactions: [String: Transaction] = [:]
    private var nextID: Int64 = 1

    /// A new epoch for this transactional id; whatever was open must be aborted by the caller first.
    mutating func identify(_ transactionalID: String) -> ProducerIdentity {
        let former = transactions[transactionalID]?.identity
        let identity = ProducerIdentity(id: former?.id ?? nextID, epoch: (former?.epoch ?? -1) + 1)
        if former == nil { nextID += 1 }
        transactions[transactionalID] = Transaction(identity: identity)
        return identity
    }

    /// The transaction of a producer that is still the one the coordinator knows.
    ///
    /// - Throws: `_FENCED` for an older epoch; a producer nobody knows gets `INVALID_PRODUCER_ID_MAPPING`.
    func transaction(_ transactionalID: String, _ identity: ProducerIdentity, at place: String) throws -> Transaction {
        guard let transaction = transactions[transactionalID] else {
            throw KafkaError.model("INVALID_PRODUCER_ID_MAPPING", .init(isFatal: true), place)
        }
        guard transaction.identity == identity else { throw KafkaError.model("_FENCED", .init(isFatal: true), place) }
        return transaction
    }

    /// AddPartitionsToTxn and AddOffsetsToTxn: the first begins the transaction at the brokers.
    mutating func join(
        _ transactionalID: String, partitions: Set<TopicPartition>, groups: Set<String> = [], at now: Duration
    ) {
        guard var transaction = transactions[transactionalID] else { return }
        if transaction.state != .ongoing {
            transaction = Transaction(identity: transaction.identity, state: .ongoing, began: now)
        }
        transaction.partitions.formUnion(partitions)
        transaction.groups.formUnion(groups)
        transactions[transactionalID] = transaction
    }

    mutating func settle(_ transactionalID: String, _ state: State) {
        transactions[transactionalID]?.state = state
        transactions[transactionalID]?.partitions = []
        transactions[transactionalID]?.groups = []
    }

    /// After a timeout of the coordinator's own the producer is fenced as well.
    mutating func raiseEpoch(_ transactionalID: String) {
        guard let transaction = transactions[transactionalID] else { return }
        transactions[transactionalID]?.identity = ProducerIdentity(
            id: transaction.identity.id, epoch: transaction.identity.epoch + 1)
    }
}

extension KafkaError {
    static func model(_ code: String, _ flags: Flags, _ place: String) -> KafkaError {
        KafkaError(code: code, flags: flags, place: place, message: "the broker model says so")
    }
}
