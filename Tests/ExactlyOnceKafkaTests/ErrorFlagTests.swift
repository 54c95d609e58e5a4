import ExactlyOnceKafka
import Foundation
import Synchronization
import Testing

/// A row of the table of error flags: an error at one request of a transaction, what librdkafka makes of it, and what
/// becomes of the batch.
private struct InjectedError: Sendable, CustomStringConvertible {
    /// What the client library says first.
    enum Word: String, Sendable {
        /// Nothing: it tries again by itself.
        case nothing
        case fatal, abort, retriable
    }

    enum Ending: String, Sendable {
        /// Messages and offsets are visible.
        case committed
        /// The batch is rewound and comes again, on a new producer where the old one was beyond help.
        case aborted
        /// The same batch goes again without the topic.
        case unwritable
        /// This instance ends.
        case stopped
    }

    let code: MockError
    let request: MockCluster.Request
    let word: Word
    let ending: Ending

    var description: String { "\(code) at \(request)" }
}

/// Errors by Kafka's number, or by librdkafka's where it is negative.
private enum MockError: Int, Sendable {
    case transport = -195
    case messageTooLarge = 10, coordinatorNotAvailable = 15, illegalGeneration = 22, unknownMember = 25
    case rebalanceInProgress = 27, topicAuthorization = 29, groupAuthorization = 30, outOfOrderSequence = 45
    case invalidProducerEpoch = 47, invalidTransactionState = 48, concurrentTransactions = 51
    case transactionalIDAuthorization = 53, storage = 56, unknownProducer = 59, fencedInstance = 82
    case producerFenced = 90
}

private func rows(
    _ code: MockError, at requests: [MockCluster.Request], _ word: InjectedError.Word, _ ending: InjectedError.Ending
) -> [InjectedError] {
    requests.map { InjectedError(code: code, request: $0, word: word, ending: ending) }
}

private let transactionCalls: [MockCluster.Request] = [
    .addPartitionsToTransaction, .addOffsetsToTransaction, .transactionOffsetCommit, .endTransaction,
]

private let table: [InjectedError] = [
    rows(.invalidProducerEpoch, at: transactionCalls + [.produce], .fatal, .stopped),
    rows(.producerFenced, at: [.addPartitionsToTransaction, .endTransaction], .fatal, .stopped),
    rows(.producerFenced, at: [.addOffsetsToTransaction, .transactionOffsetCommit], .abort, .stopped),
    rows(.producerFenced, at: [.produce], .abort, .stopped),
    rows(.invalidTransactionState, at: transactionCalls, .fatal, .aborted),
    rows(.transactionalIDAuthorization, at: transactionCalls, .fatal, .stopped),
    rows(.outOfOrderSequence, at: [.produce], .fatal, .aborted),
    rows(.illegalGeneration, at: [.transactionOffsetCommit], .abort, .aborted),
    rows(.rebalanceInProgress, at: [.transactionOffsetCommit], .abort, .aborted),
    rows(.unknownMember, at: [.transactionOffsetCommit], .abort, .aborted),
    rows(.fencedInstance, at: [.transactionOffsetCommit], .abort, .aborted),
    rows(.groupAuthorization, at: [.addOffsetsToTransaction, .transactionOffsetCommit], .abort, .aborted),
    rows(.topicAuthorization, at: [.produce], .abort, .unwritable),
    rows(.topicAuthorization, at: [.addPartitionsToTransaction], .abort, .aborted),
    rows(.messageTooLarge, at: [.produce], .abort, .unwritable),
    rows(.unknownProducer, at: [.produce], .abort, .aborted),
    rows(.coordinatorNotAvailable, at: transactionCalls, .nothing, .committed),
    rows(.transport, at: transactionCalls + [.produce], .nothing, .committed),
    rows(.concurrentTransactions, at: transactionCalls, .nothing, .committed),
    rows(.storage, at: transactionCalls, .abort, .aborted),
    rows(.storage, at: [.produce], .nothing, .committed),
].flatMap { $0 }

/// kafka-facts.md, "Error flags of the transactional API", on librdkafka itself. The rows run side by side, each with a
/// cluster of its own: nearly all of their time is the wait for a first assignment.
@Suite("mock: the table of error flags")
struct ErrorFlagTests {
    private static let sideBySide = 24

    @Test func everyErrorAtEveryRequestIsFlaggedAndRecoveredFromAsTheTableSays() throws {
        let board = FlagBoard()
        let workers = (0..<ErrorFlagTests.sideBySide).map { _ in
            Gatekeeper {
                while let row = board.next() {
                    do {
                        board.note(try ErrorFlagTests.measure(row), of: row)
                    } catch {
                        board.note("\(error)", of: row)
                    }
                }
            }
        }
        for worker in workers { worker.wait() }
        let wrong = board.wrong
        #expect(wrong.isEmpty, "\(wrong.joined(separator: "\n"))")
        #expect(table.count == 47)
    }

    @Test func aCommitWithEveryBrokerDownTimesOutAndTheSameCallSucceedsOnceTheyAreBack() throws {
        let cluster = try MockCluster()
        var deadlines = SessionDeadlines()
        deadlines.call = .seconds(1)
        let watch = try ErrorFlagTests.watch(cluster) { attempt in
            if attempt == 1 { cluster.brokerDown() } else { cluster.brokerUp() }
        }
        let hub = try ErrorFlagTests.session(cluster, watch, deadlines)
        defer { hub.session.close() }
        #expect(try hub.publish(to: "out") == .committed)
        let first = try #require(watch.errors.first)
        #expect(first.code == "_TIMED_OUT" && first.flags == .init(isRetriable: true) && first.recovery == .retry)
    }

    @Test func aFenceIsHeardBehindAnEarlierFailureOfTheSameTopic() throws {
        let cluster = try MockCluster()
        let hub = try ErrorFlagTests.session(cluster, ErrorFlagTests.watch(cluster, outbound: 2))
        defer { hub.session.close() }
        // A request for each partition: the first names the topic, the second somebody who took this identity over.
        cluster.fail(.produce, with: [.topicAuthorization, .producerFenced].map(\MockError.rawValue))
        let both = (Int32(0)..<2).map { OutboundMessage(topic: "out", partition: $0, key: nil, value: [1]) }
        let ending = ErrorFlagTests.ending {
            try hub.session.publish(both, offsets: hub.offsets, epoch: hub.epoch)
        }
        #expect(ending == "stopped")
    }

    /// What librdkafka said first, and how the publication ended.
    private static func measure(_ row: InjectedError) throws -> String {
        let cluster = try MockCluster()
        let watch = try watch(cluster)
        let hub = try session(cluster, watch)
        defer { hub.session.close() }
        cluster.fail(row.request, with: [row.code.rawValue])
        let ending = ending { try hub.publish(to: "out") }
        guard let first = watch.errors.first else { return "nothing, \(ending)" }
        let word = first.flags.isFatal ? "fatal" : first.flags.requiresAbort ? "abort" : "retriable"
        return "\(word), \(ending)"
    }

    private static func watch(
        _ cluster: MockCluster, outbound: Int = 1, beforeCommit: @escaping @Sendable (Int) -> Void = { _ in }
    ) throws -> WatchedClients {
        try cluster.createTopic("in", partitions: 1)
        try cluster.createTopic("out", partitions: outbound)
        return WatchedClients(
            try KafkaConfiguration(bootstrapServers: cluster.bootstrapServers), beforeCommit: beforeCommit)
    }

    /// A session with one record in hand.
    private static func session(
        _ cluster: MockCluster, _ watch: WatchedClients, _ deadlines: SessionDeadlines = SessionDeadlines()
    ) throws -> TestSession {
        let producer = try EventProducer(
            configuration: try KafkaConfiguration(bootstrapServers: cluster.bootstrapServers), clientName: "events")
        _ = producer.send([OutboundMessage(topic: "in", key: nil, value: [1])])
        producer.close()
        let hub = try TestSession(
            ExactlyOnceSession(
                clients: watch,
                settings: SessionSettings(
                    group: "g", instance: "i", transactionalID: "t", topics: ["in"], deadlines: deadlines))
        ).start()
        guard try hub.poll(records: 1) else { throw KafkaError(code: "TEST", place: "poll", message: "no record") }
        return hub
    }

    private static func ending(_ publish: () throws -> PublishOutcome) -> String {
        do {
            return switch try publish() {
            case .committed: "committed"
            case .aborted: "aborted"
            case .unwritable: "unwritable"
            case .superseded: "superseded"
            }
        } catch {
            return (error as? KafkaError)?.recovery == .stop ? "stopped" : "\(error)"
        }
    }
}

/// The rows still to be measured, and what came of the others.
private final class FlagBoard: Sendable {
    private let state = Mutex((next: 0, wrong: [String]()))

    var wrong: [String] { state.withLock { $0.wrong.sorted() } }

    func next() -> InjectedError? {
        state.withLock { state in
            defer { state.next += 1 }
            return state.next < table.count ? table[state.next] : nil
        }
    }

    func note(_ measured: String, of row: InjectedError) {
        let expected = "\(row.word.rawValue), \(row.ending.rawValue)"
        if measured != expected { state.withLock { $0.wrong.append("\(row): \(measured); expected \(expected)") } }
    }
}
