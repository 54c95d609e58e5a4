import ExactlyOnceKafka
import Synchronization

/// librdkafka's clients, with a record of the errors that the calls of a transaction ended in.
final class WatchedClients: BrokerClients {
    private let clients: LibrdkafkaClients
    private let seen = Mutex<[KafkaError]>([])
    /// Called before every commit, with its number from 1.
    private let beforeCommit: @Sendable (Int) -> Void

    init(_ configuration: KafkaConfiguration, beforeCommit: @escaping @Sendable (Int) -> Void = { _ in }) {
        clients = LibrdkafkaClients(configuration: configuration)
        self.beforeCommit = beforeCommit
    }

    var errors: [KafkaError] { seen.withLock { $0 } }

    func consumer(_ settings: SessionSettings, news: ConsumerNews) throws -> any ConsumerCalls {
        try clients.consumer(settings, news: news)
    }

    func producer(_ settings: SessionSettings) throws -> any TransactionCalls {
        Producer(try clients.producer(settings), self)
    }

    var now: ContinuousClock.Instant { clients.now }

    func passes(_ duration: Duration) -> Bool { clients.passes(duration) }

    private final class Producer: TransactionCalls {
        private let base: any TransactionCalls
        private let watch: WatchedClients
        private let commits = Mutex(0)

        init(_ base: any TransactionCalls, _ watch: WatchedClients) {
            self.base = base
            self.watch = watch
        }

        private func watching(_ body: () throws -> Void) throws {
            do {
                try body()
            } catch let error as KafkaError {
                watch.seen.withLock { $0.append(error) }
                throw error
            }
        }

        func initialise(atMost duration: Duration) throws { try base.initialise(atMost: duration) }
        func begin() throws { try watching { try base.begin() } }

        func produce(_ messages: [OutboundMessage], until deadline: ContinuousClock.Instant) throws {
            try watching { try base.produce(messages, until: deadline) }
        }

        func sendOffsets(
            _ offsets: [TopicPartition: Int64], _ membership: any GroupMembership, atMost duration: Duration
        ) throws {
            try watching { try base.sendOffsets(offsets, membership, atMost: duration) }
        }

        func commit(atMost duration: Duration) throws {
            watch.beforeCommit(
                commits.withLock {
                    $0 += 1
                    return $0
                })
            try watching { try base.commit(atMost: duration) }
        }

        func abort(atMost duration: Duration) throws { try watching { try base.abort(atMost: duration) } }
        func serve() { base.serve() }
        func takeUnwritableTopics() -> Set<String> { base.takeUnwritableTopics() }
    }
}
