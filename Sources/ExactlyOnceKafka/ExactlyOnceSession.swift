/// One consumer and one transactional producer that act as one: what is read is done with exactly when what it
/// caused is visible. The only way to send is ``publish(_:offsets:epoch:)``, whose transaction carries the offsets.
///
/// Two threads use a session: the intake thread calls ``poll(max:timeout:)``, another calls
/// ``publish(_:offsets:epoch:)``. Everything else may be called from any thread.
///
/// On a crash at any point the brokers abort the open transaction (or had committed it as a whole), and the next
/// process of this instance name starts at the committed offsets: nothing is lost, nothing is visible twice.
public final class ExactlyOnceSession: @unchecked Sendable {
    let clients: any BrokerClients
    let settings: SessionSettings
    let log: KafkaLog?
    let gate = Gate(SessionState())

    // Set by start() before any other thread may use the session, cleared by close().
    private var consumer: (any ConsumerCalls)?

    // Only the intake thread touches these.
    var rebalanceEvents: [SessionEvent] = []
    var rebalanceEpoch: UInt64 = 0
    var lastProbe: ContinuousClock.Instant

    public convenience init(configuration: KafkaConfiguration, settings: SessionSettings, log: KafkaLog? = nil) {
        self.init(clients: LibrdkafkaClients(configuration: configuration, log: log), settings: settings, log: log)
    }

    /// On other clients than librdkafka's.
    package init(clients: any BrokerClients, settings: SessionSettings, log: KafkaLog? = nil) {
        self.clients = clients
        self.settings = settings
        self.log = log
        lastProbe = clients.now
    }

    /// Fences a former process of this instance, waits until its open transaction is settled, and joins the group.
    ///
    /// - Throws: ``KafkaError`` (``KafkaError/isUnavailable`` when no broker answered in ``SessionDeadlines/start``)
    ///   or ``KafkaSettingError``.
    public func start() throws {
        let producer = try clients.producer(settings)
        try initialise(producer, until: clients.now + settings.deadlines.start)
        gate.withLock { $0.producer = producer }
        let news = ConsumerNews()
        news.brokersFailed = { [weak self] in self?.brokersFailed($0) }
        news.rebalanced = { [weak self] in self?.rebalanced($0) }
        let consumer = try clients.consumer(settings, news: news)
        self.consumer = consumer
        try consumer.subscribe(settings.topics)
    }

    /// The epoch of what is being delivered now. Every assignment, revocation and rewind raises it.
    public var currentEpoch: UInt64 { gate.withLock { $0.epoch } }

    /// The group's generation under which the present assignment was given: rises with every rebalance.
    /// nil before the first assignment, or when librdkafka's serialised form is not the known one.
    public var groupGeneration: Int? { gate.withLock { $0.membership?.generation } }

    /// Whether any broker answers, as last known; kept up to date by ``poll(max:timeout:)``.
    public var brokerState: BrokerState { gate.withLock { $0.brokers } }

    /// Leaves within ``KafkaLimits/closeMilliseconds`` without a word to the group: a static member's partitions wait
    /// for its return until the session timeout. An open transaction is left to the brokers; a publication that is
    /// waiting for an unknown outcome ends with an error whose recovery is stop.
    public func close() {
        wake { $0.isClosing = true }
        let half = Duration.milliseconds(KafkaLimits.closeMilliseconds / 2)
        // Past the time a thread is still inside librdkafka: it keeps the handles and frees them when it comes out.
        _ = gate.wait(atMost: half) { !$0.isPolling && !$0.machine.isOpen }
        let producer = gate.withLock { $0.producer.take() }
        let leaving = Leaving(producer: producer, consumer: consumer.take())
        OwnThread.run(atMost: half) { leaving.release() }
    }

    func initialise(_ producer: any TransactionCalls, until deadline: ContinuousClock.Instant) throws {
        while true {
            do {
                return try producer.initialise(atMost: min(settings.deadlines.call, deadline - clients.now))
            } catch let error as KafkaError where error.recovery == .retry && clients.now < deadline {
                rest()
            }
        }
    }

    func consumer(at place: String) throws -> any ConsumerCalls {
        guard let consumer, !gate.withLock({ $0.isClosing }) else {
            throw KafkaError(code: "_STATE", place: place, message: "the session is not running: start it first")
        }
        return consumer
    }

    /// A pause before a call that failed at once is made again; close() cuts it short.
    func rest() {
        let duration = Duration.milliseconds(KafkaLimits.retryRestMilliseconds)
        if !clients.passes(duration) { _ = gate.wait(atMost: duration) { $0.isClosing } }
    }

    /// Changes the state and gets the intake thread out of its wait.
    func wake(_ change: (inout SessionState) -> Void) {
        gate.withLock(change)
        consumer?.interrupt()
    }

    func say(_ text: String) {
        log?(KafkaLogLine(level: 5, facility: "SESSION", text: text))
    }
}
