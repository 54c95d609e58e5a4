import BrokerModel
import ExactlyOnceKafka

/// A fault planted between a session and its brokers, as a defect of the session or of its client would be.
enum PlantedBrokerFault: String, CaseIterable {
    /// Offsets are committed by themselves, before the transaction that they belong to.
    case offsetsOutsideTheTransaction
    /// Messages enter the transaction in the wrong order.
    case orderReversed
    /// A member that the group has put out commits all the same.
    case zombieCommits
    /// Aborted or not, nothing is read again.
    case notRewound
    /// Offsets run one ahead of what was done.
    case oneTooFar
    /// What the group has committed is not known: neither how an unknown outcome ended nor that the ledger lies behind.
    case committedUnknown
}

/// Clients of the model with a fault planted in them.
final class PlantedClients: BrokerClients, @unchecked Sendable {
    private let base: ModelClient
    private let fault: PlantedBrokerFault

    init(_ base: ModelClient, _ fault: PlantedBrokerFault) {
        self.base = base
        self.fault = fault
    }

    var now: ContinuousClock.Instant { base.now }
    func passes(_ duration: Duration) -> Bool { base.passes(duration) }

    func consumer(_ settings: SessionSettings, news: ConsumerNews) throws -> any ConsumerCalls {
        PlantedConsumer(try base.consumer(settings, news: news), fault)
    }

    func producer(_ settings: SessionSettings) throws -> any TransactionCalls {
        PlantedProducer(try base.producer(settings), fault, base.cluster, settings.group)
    }
}

private final class PlantedProducer: TransactionCalls, @unchecked Sendable {
    private let base: any TransactionCalls
    private let fault: PlantedBrokerFault
    private let cluster: ModelCluster
    private let group: String

    init(_ base: any TransactionCalls, _ fault: PlantedBrokerFault, _ cluster: ModelCluster, _ group: String) {
        self.base = base
        self.fault = fault
        self.cluster = cluster
        self.group = group
    }

    func initialise(atMost duration: Duration) throws { try base.initialise(atMost: duration) }

    func produce(_ messages: [OutboundMessage], until deadline: ContinuousClock.Instant) throws {
        try base.produce(fault == .orderReversed ? messages.reversed() : messages, until: deadline)
    }

    func sendOffsets(
        _ offsets: [TopicPartition: Int64], _ membership: any GroupMembership, atMost duration: Duration
    ) throws {
        switch fault {
        case .offsetsOutsideTheTransaction:
            for (source, next) in offsets { cluster.resetOffset(group, source, to: next) }
        case .oneTooFar:
            return try base.sendOffsets(offsets.mapValues { $0 + 1 }, membership, atMost: duration)
        case .zombieCommits:
            do {
                return try base.sendOffsets(offsets, membership, atMost: duration)
            } catch let error as KafkaError where error.flags.requiresAbort {
                for (source, next) in offsets { cluster.resetOffset(group, source, to: next) }
                return
            }
        default: break
        }
        try base.sendOffsets(offsets, membership, atMost: duration)
    }

    func begin() throws { try base.begin() }
    func commit(atMost duration: Duration) throws { try base.commit(atMost: duration) }
    func abort(atMost duration: Duration) throws { try base.abort(atMost: duration) }
    func serve() { base.serve() }
    func takeUnwritableTopics() -> Set<String> { base.takeUnwritableTopics() }
}

/// A consumer that goes nowhere when it is told to, or knows of nothing committed.
private final class PlantedConsumer: ConsumerCalls, @unchecked Sendable {
    private let base: any ConsumerCalls
    private let fault: PlantedBrokerFault

    init(_ base: any ConsumerCalls, _ fault: PlantedBrokerFault) {
        self.base = base
        self.fault = fault
    }

    func seek(_ positions: [TopicPartition: Int64], milliseconds: Int32) -> [String] {
        fault == .notRewound ? [] : base.seek(positions, milliseconds: milliseconds)
    }

    func committed(_ partitions: [TopicPartition], atMost: Duration) throws -> [TopicPartition: Int64?] {
        let committed = try base.committed(partitions, atMost: atMost)
        return fault == .committedUnknown ? committed.mapValues { _ in nil } : committed
    }

    func subscribe(_ topics: [String]) throws { try base.subscribe(topics) }
    func poll(milliseconds: Int32) -> Polled? { base.poll(milliseconds: milliseconds) }
    func interrupt() { base.interrupt() }
    func assign(_ partitions: [TopicPartition]) { base.assign(partitions) }
    func membership(of group: String) -> (any GroupMembership)? { base.membership(of: group) }
    func pause(_ partitions: Set<TopicPartition>) throws { try base.pause(partitions) }
    func resume(_ partitions: Set<TopicPartition>) throws { try base.resume(partitions) }
    func watermarks(_ partitions: [TopicPartition]) throws -> [TopicPartition: Watermarks] {
        try base.watermarks(partitions)
    }
    func clusterID() throws -> String { try base.clusterID() }
    func isAnswered(milliseconds: Int32) -> Bool { base.isAnswered(milliseconds: milliseconds) }
    func fatalError(at place: String) -> KafkaError? { base.fatalError(at: place) }
}
