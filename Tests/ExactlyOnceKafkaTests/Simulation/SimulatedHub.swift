import BrokerModel
import ExactlyOnceKafka

/// One process of the simulation: a session and what it has polled and not yet published. When its session says stop,
/// the process ends and the next act starts it anew, as a supervisor would.
final class SimulatedHub {
    let name: String
    var isFrozen = false { didSet { client?.isFrozen = isFrozen } }
    private(set) var isActing = false
    private(set) var client: ModelClient?
    private let cluster: ModelCluster
    private var session: ExactlyOnceSession?
    private var epoch: UInt64 = 0
    private var records: [KafkaRecord] = []

    init(_ name: String, _ cluster: ModelCluster) {
        self.name = name
        self.cluster = cluster
    }

    /// SIGKILL: nothing it still does has any effect.
    func kill(_ note: (String) -> Void) {
        note("\(name) killed")
        client?.kill()
        client = nil
        session = nil
        records = []
        isFrozen = false
    }

    /// One round: start if it must, poll, publish what is in hand. Answers what became of the publication.
    @discardableResult
    func act() -> String? {
        guard !isActing else { return nil }
        isActing = true
        defer { isActing = false }
        do {
            let session = try running()
            try poll(session)
            guard !records.isEmpty, self.session === session else { return nil }
            return try publish(session)
        } catch {
            let code = (error as? KafkaError)?.code ?? "\(error)"
            if (error as? KafkaError)?.recovery != .retry { kill { _ in } }
            return code
        }
    }

    private func running() throws -> ExactlyOnceSession {
        if let session { return session }
        let client = cluster.client(name)
        var deadlines = SessionDeadlines()
        // On one thread nobody else can end the transaction that a revocation would wait for.
        deadlines.revocation = .zero
        let session = ExactlyOnceSession(
            clients: client,
            settings: SessionSettings(
                group: SessionSimulation.group, instance: name, transactionalID: name,
                topics: [SessionSimulation.inbound], deadlines: deadlines))
        self.client = client
        try session.start()
        guard self.client === client else { throw KafkaError(code: "KILLED", place: name, message: "") }
        self.session = session
        (epoch, records) = (0, [])
        return session
    }

    private func poll(_ session: ExactlyOnceSession) throws {
        for _ in 0..<3 {
            let batch = try session.poll(max: 5, timeout: .zero)
            if batch.epoch != epoch {
                records = []
                epoch = batch.epoch
            }
            for case .record(let record) in batch.events { records.append(record) }
        }
    }

    private func publish(_ session: ExactlyOnceSession) throws -> String {
        let messages = records.flatMap { record in
            SessionSimulation.outbound.map { OutboundMessage(topic: $0, key: record.key, value: record.value) }
        }
        let offsets = records.reduce(into: [:]) { $0[$1.source] = max($0[$1.source] ?? 0, $1.offset + 1) }
        let (sent, began) = (records.count, epoch)
        let outcome = try session.publish(messages, offsets: offsets, epoch: began)
        // Whatever came of it, these are done with or come again.
        if epoch == began { records.removeFirst(min(sent, records.count)) }
        return "\(outcome)"
    }
}
