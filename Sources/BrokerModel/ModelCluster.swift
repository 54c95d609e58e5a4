package import ExactlyOnceKafka

/// A Kafka cluster in memory, for simulations: deterministic, on one thread, in a time of its own.
///
/// It keeps the guarantees a session rests on, each as Apache Kafka documents it and as the conformance suite asks of
/// the model and of real brokers alike: last stable offset, markers, aborted ranges, offsets in transactions, fencing
/// by producer epoch, by group generation and by static membership, transaction time-outs, and an EndTxn that arrives
/// late and hits the next transaction of its producer.
package final class ModelCluster: @unchecked Sendable {
    package let id: String
    /// Told of every call before it has any effect; what it answers happens to the call. It may let other clients
    /// act, let time pass, or end the client that is calling.
    package var onCall: (ModelClient, ModelCall) -> ModelFault? = { _, _ in nil }
    package private(set) var now: Duration = .zero

    var logs: [TopicPartition: ModelLog] = [:]
    private(set) var partitions: [String: Int] = [:]
    var coordinator = ModelCoordinator()
    var groups: [String: ModelGroup] = [:]
    private var clients: [ModelClient] = []
    private var late: [(due: Duration, request: () -> Void)] = []
    private let beginning = ContinuousClock.now

    package init(id: String = "model") { self.id = id }

    package var instant: ContinuousClock.Instant { beginning + now }

    /// Milliseconds as records carry them.
    package var milliseconds: Int64 { ModelLimits.epochMilliseconds + Int64(now / .milliseconds(1)) }

    package func createTopic(_ name: String, partitions count: Int) {
        partitions[name] = count
        for number in 0..<count where logs[TopicPartition(name, Int32(number))] == nil {
            logs[TopicPartition(name, Int32(number))] = ModelLog()
        }
        for name in groups.keys where groups[name]?.members.isEmpty == false { groups[name]?.rebalance(at: now) }
    }

    package func client(_ name: String) -> ModelClient {
        let client = ModelClient(name: name, cluster: self)
        clients.append(client)
        return client
    }

    /// A plain, idempotent write: what enters an inbound topic.
    @discardableResult
    package func append(_ message: OutboundMessage) -> Delivery? {
        guard let place = place(of: message),
            let offset = logs[place]?.append(message, at: milliseconds, producer: nil)
        else { return nil }
        return .kept(place, offset: offset)
    }

    /// Lets time pass: requests that were delayed arrive, transactions and members time out.
    package func advance(_ duration: Duration) {
        let until = now + duration
        while let next = late.indices.min(by: { late[$0].due < late[$1].due }), late[next].due <= until {
            let (due, request) = late.remove(at: next)
            now = max(now, due)
            request()
        }
        now = until
        for client in clients where client.isBeating { client.beat() }
        for name in groups.keys.sorted() {
            groups[name]?.expire(silentSince: now - ModelLimits.sessionTimeout, at: now)
            settle(name)
        }
        for (id, transaction) in coordinator.transactions.sorted(by: { $0.key < $1.key })
        where transaction.state == .ongoing && now - transaction.began > ModelLimits.transactionTimeout {
            end(id, isCommit: false)
            coordinator.raiseEpoch(id)
        }
    }

    func deliverLate(after delay: Duration, _ request: @escaping () -> Void) { late.append((now + delay, request)) }

    func settle(_ group: String) {
        groups[group]?.settle(partitions: partitions, waitedFor: ModelLimits.rebalanceTimeout, at: now)
    }

    /// Writes the markers of a transaction and settles the offsets it carries.
    func end(_ transactionalID: String, isCommit: Bool) {
        guard let transaction = coordinator.transactions[transactionalID], transaction.state == .ongoing else { return }
        for place in transaction.partitions.sorted() {
            logs[place]?.end(transaction.identity.id, isCommit: isCommit, at: milliseconds)
        }
        for group in transaction.groups { groups[group]?.settle(transaction.identity.id, isCommit: isCommit) }
        coordinator.settle(transactionalID, isCommit ? .committed : .aborted)
    }

    func place(of message: OutboundMessage) -> TopicPartition? {
        guard let count = partitions[message.topic], count > 0 else { return nil }
        if let named = message.partition { return TopicPartition(message.topic, named) }
        // FNV-1a: any stable choice by key will do.
        let hash = (message.key ?? []).reduce(UInt32(2_166_136_261)) { ($0 ^ UInt32($1)) &* 16_777_619 }
        return TopicPartition(message.topic, Int32(hash % UInt32(count)))
    }
}

/// The model's numbers; the ones of ``KafkaLimits`` where a session has one.
package enum ModelLimits {
    package static let sessionTimeout = Duration.milliseconds(KafkaLimits.sessionTimeoutMilliseconds)
    package static let transactionTimeout = Duration.milliseconds(KafkaLimits.transactionTimeoutMilliseconds)
    /// A rebalance waits this long for a member that still has work in hand.
    package static let rebalanceTimeout = Duration.milliseconds(KafkaLimits.pollIntervalMaxMilliseconds)
    /// 2026-06-01T00:00:00Z, where the model's time begins.
    package static let epochMilliseconds: Int64 = 1_780_272_000_000
}

extension ModelCluster {
    // MARK: What checkers see

    /// What a `read_committed` reader of the topic sees, partition after partition.
    package func visible(_ topic: String) -> [KafkaRecord] {
        (0..<(partitions[topic] ?? 0)).flatMap { number in
            let source = TopicPartition(topic, Int32(number))
            var records: [KafkaRecord] = []
            var offset: Int64 = 0
            while let record = logs[source]?.next(from: offset, in: source) {
                records.append(record)
                offset = record.offset + 1
            }
            return records
        }
    }

    package func committedOffset(_ group: String, _ source: TopicPartition) -> Int64? {
        groups[group]?.offsets[source]
    }

    /// Rises with every rebalance.
    package func generation(of group: String) -> Int { groups[group]?.generation ?? 0 }

    /// An operator's reset, or a disaster's.
    package func resetOffset(_ group: String, _ source: TopicPartition, to offset: Int64?) {
        groups[group, default: ModelGroup()].reset(source, to: offset)
    }

    /// Retention takes what lies before this offset.
    package func trim(_ source: TopicPartition, before offset: Int64) { logs[source]?.trim(before: offset) }

    package func reach(_ source: TopicPartition) -> (start: Int64, lastStable: Int64, end: Int64)? {
        logs[source].map { ($0.start, $0.lastStable, $0.end) }
    }
}

extension ModelCluster {
    /// Offsets of records whose transactions were aborted.
    package func aborted(_ topic: String) -> [TopicPartition: Set<Int64>] {
        (0..<(partitions[topic] ?? 0)).reduce(into: [:]) { result, number in
            let source = TopicPartition(topic, Int32(number))
            let entries = logs[source]?.everything(in: source) ?? []
            result[source] = Set(entries.filter { $0.fate == .aborted }.map(\.offset))
        }
    }
}
