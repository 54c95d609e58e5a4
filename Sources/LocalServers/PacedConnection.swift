import Glibc
import Synchronization

/// One client's connection through the pacer: a thread for requests, a thread for answers. The descriptors are closed
/// when the last user lets go of the connection; until then ending means shutting them down.
final class PacedConnection: Sendable {
    private let client: Int32
    private let broker: Int32
    private let brokerPort: Int
    private let port: Int
    /// Called before each frame is passed on; may wait.
    private let weather: @Sendable () -> Void
    private let asked = Mutex<[KafkaRequestHead]>([])

    /// What is looked at of a frame; the rest streams through. Broker addresses stand at the start of an answer, and a
    /// fetch answer longer than this is not an idle one.
    private static let headBytesMax = 64 << 10
    private static let holdMillisecondsMin = 2
    private static let holdMillisecondsMax = 16
    /// More requests than this without an answer and pacing stops for the connection (forwarding does not).
    private static let askedMax = 4_096

    init(client: Int32, broker: Int32, ports: (broker: Int, pacer: Int), weather: @escaping @Sendable () -> Void) {
        self.weather = weather
        self.client = client
        self.broker = broker
        brokerPort = ports.broker
        port = ports.pacer
    }

    deinit {
        close(client)
        close(broker)
    }

    /// Starts both threads; `whenEnded` is called by each as it ends.
    func start(whenEnded: @escaping @Sendable () -> Void) {
        for forward in [forwardRequests, forwardAnswers] {
            SpawningThread.detach {
                forward()
                self.end()
                whenEnded()
            }
        }
    }

    /// Ends both directions; the threads notice at once.
    func end() {
        shutdown(client, Int32(SHUT_RDWR))
        shutdown(broker, Int32(SHUT_RDWR))
    }

    @Sendable private func forwardRequests() {
        let buffer = FrameBuffer(bytes: Self.headBytesMax)
        while let frame = buffer.readHead(from: client) {
            if let head = KafkaRequestHead(frame.head) {
                asked.withLock { asked in
                    if asked.count < Self.askedMax { asked.append(head) }
                }
            }
            weather()
            guard buffer.forward(frame, from: client, to: broker) else { return }
        }
    }

    @Sendable private func forwardAnswers() {
        let buffer = FrameBuffer(bytes: Self.headBytesMax)
        var hold = Self.holdMillisecondsMin
        while let frame = buffer.readHead(from: broker) {
            if let request = request(of: frame.head) {
                switch KafkaAnswer.kind(of: request, answer: frame.head, isWhole: frame.rest == 0) {
                case .emptyFetch:
                    usleep(UInt32(1_000 * min(hold, request.waitMillisecondsMax)))
                    hold = min(hold * 2, Self.holdMillisecondsMax)
                case .fetch:
                    hold = Self.holdMillisecondsMin
                case .addresses(let places):
                    for place in places { frame.replacePort(at: place, brokerPort, with: port) }
                case .other:
                    break
                }
            }
            weather()
            guard buffer.forward(frame, from: broker, to: client) else { return }
        }
    }

    /// The request that an answer belongs to, by correlation id. Answers come in the order of the requests; requests
    /// before it had none (Produce with acks=0).
    private func request(of answer: UnsafeRawBufferPointer) -> KafkaRequestHead? {
        var reader = KafkaReader(answer)
        guard let correlation = reader.int32() else { return nil }
        return asked.withLock { asked in
            guard let index = asked.firstIndex(where: { $0.correlation == correlation }) else { return nil }
            defer { asked.removeFirst(index + 1) }
            return asked[index]
        }
    }
}
