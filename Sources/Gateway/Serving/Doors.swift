import EventContracts
import ExactlyOnceKafka
import HandoverPipeline
import HandoverRules
import Hummingbird
import Logging
import Operations
import Postgres

/// What the doors share: who is there, what they may, and the two ways to the hub: the ledger to read, the inbound
/// topics to write.
final class Doors: Sendable {
    let topics: Topics
    let work: LedgerWork
    let keeper: FeedKeeper
    let keeping: EventKeeping
    /// Attempts to sign in, by address.
    let signIns = RateLimiter(rate: GatewayLimits.signInsPerSecond, burst: GatewayLimits.signInsBurst)
    /// Which recipients' bodies leave sealed.
    let sealer = Sealer()
    /// Notes what they read.
    let reads: ReadBook
    let limiter: RateLimiter
    let bodies: BodyIntake
    let limits: DoorLimits
    let decoder: EventDecoder
    let log: Logger
    let clock: HubClock
    private let accesses: AccessKeeper

    init(
        settings: HubSettings, settingsInForce: [String: String]? = nil, log: Logger, limits: DoorLimits
    ) throws {
        self.limits = limits
        limiter = RateLimiter(
            rate: limits.requestsPerSecond, burst: limits.requestsBurst, streamsPerToken: limits.streamsPerToken)
        bodies = BodyIntake(bytesMax: limits.bodyBytesHeldMax)
        topics = Topics(prefix: settings.topicPrefix)
        decoder = EventDecoder(topics: topics)
        clock = settings.clock
        self.log = log
        var database = settings.postgres
        database.applicationName = "throughgate-doors"
        database.plansEachRun = true
        work = LedgerWork(database, waitingMax: limits.ledgerWaitingMax)
        reads = ReadBook(work)
        var own = settings
        own.postgres = database
        keeper = FeedKeeper(settings: own, log: log)
        accesses = AccessKeeper(settings: own, settingsInForce: settingsInForce, log: log)
        keeping = try EventKeeping(settings: settings, work: work, patience: limits.keeping)
    }

    func start() {
        keeper.start()
        accesses.start()
    }

    func stop() {
        keeper.stop()
        accesses.stop()
        work.stop()
        keeping.close()
    }

    /// What the hub would receive an event by now; decides FUTURE_DATED alone.
    var receipt: ReceiptClock { clock == .events ? .events : .system(now: MachineClock.now()) }

    /// Now, as pages tell time (``HubMoment``).
    func now(on connection: PostgresConnection) throws -> Instant { try HubMoment.now(clock, on: connection) }

    /// Lets the bearer of a valid token with a fitting scope in, within its rate.
    func admit(_ request: Request, where isFit: (TokenScope) -> Bool) async throws -> Bearer {
        guard let text = BearerToken.text(of: request) else { throw Problem.token }
        guard let bearer = try await work.run({ try TokenStore.bearer(text, on: $0) }) else { throw Problem.token }
        try limiter.take(bearer.tokenID)
        guard isFit(bearer.scope) else { throw Problem.scope }
        return bearer
    }

    func admitPrison(_ request: Request) async throws -> (bearer: Bearer, prisons: [String]) {
        let bearer = try await admit(request) { if case .prisons = $0 { true } else { false } }
        return (bearer, bearer.scope.names)
    }

    func admitRecipient(_ request: Request) async throws -> (bearer: Bearer, recipient: String) {
        let bearer = try await admit(request) { if case .recipient = $0 { true } else { false } }
        return (bearer, bearer.scope.names[0])
    }
}

/// The token of `Authorization: Bearer …`; never from a URL, which ends up in logs.
enum BearerToken {
    static func text(of request: Request) -> String? {
        guard let header = request.headers[.authorization] else { return nil }
        let parts = header.split(separator: " ", maxSplits: 1)
        guard parts.count == 2, parts[0].lowercased() == "bearer" else { return nil }
        return String(parts[1])
    }
}
