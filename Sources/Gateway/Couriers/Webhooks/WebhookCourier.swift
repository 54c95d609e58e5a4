import EventContracts
import Foundation
import HandoverPipeline
import HandoverRules
import Logging
import NIOPosix
import Postgres
import Synchronization

/// Delivers handovers to recipients' webhooks: each recipient's in the order of its feed, one at a time, at least once
/// with the same id. What waits and what came of it lies in PostgreSQL, so a crash at any moment costs at most one
/// repeated delivery; of several hubs the one that holds a recipient's lease sends.
final class WebhookCourier: Sendable {
    private let settings: CourierSettings
    private let work: LedgerWork
    private let names = NIOThreadPool(numberOfThreads: CourierLimits.nameThreads)
    private let holder: String
    private let figures: CourierFigures
    private let bodies: HandoverBodies
    private let topics: Topics
    private let log: Logger
    private let busy = Mutex<Set<String>>([])
    /// The version of the registers by which lines of delivery were made.
    private let knownRegisters = Mutex<Int64?>(nil)

    init(
        settings: CourierSettings, hub: HubSettings, work: LedgerWork, bodies: HandoverBodies,
        figures: CourierFigures, log: Logger
    ) {
        self.settings = settings
        self.work = work
        self.bodies = bodies
        topics = Topics(prefix: hub.topicPrefix)
        self.figures = figures
        self.log = log
        // Of this process and no other: what one of the same name held before lasts out its time.
        holder = hub.instance + "/" + UUID().uuidString
    }

    /// Works until its task is cancelled; then no new attempt begins.
    func run() async {
        names.start()
        defer { names.shutdownGracefully { _ in } }
        await withDiscardingTaskGroup { group in
            var glance = ContinuousClock.now
            var isAway = false
            while !Task.isCancelled {
                do {
                    if ContinuousClock.now >= glance {
                        glance = .now + .seconds(CourierLimits.glanceSeconds)
                        try await look()
                    }
                    for (recipient, url) in try await due() where begin(recipient) {
                        group.addTask { await self.deliver(to: recipient, url) }
                    }
                    isAway = false
                } catch {
                    if !isAway { log.warning("webhooks wait", metadata: ["cause": "\(CourierFigures.name(error))"]) }
                    isAway = true
                    figures.set(.webhooks, waiting: "the ledger does not answer")
                }
                try? await Task.sleep(for: .milliseconds(CourierLimits.tickMilliseconds))
            }
        }
    }

    private func begin(_ recipient: String) -> Bool { busy.withLock { $0.insert(recipient).inserted } }

    private func end(_ recipient: String) { _ = busy.withLock { $0.remove(recipient) } }

    /// What is regular and not urgent: what waits beyond its time, figures.
    private func look() async throws {
        let (now, topics) = (settings.now(), topics)
        let (depths, dead, givenUp) = try await work.run { connection in
            let givenUp = try WebhookCourier.giveUp(now: now, topics: topics, on: connection)
            let depths = try connection.query(WebhookSQL.depths).map { row in
                let oldest: PostgresTimestamp? = try row[3]
                return CourierFigures.Depth(
                    recipient: try row[0], isActive: try row.text(1) == "ACTIVE", waiting: try row[2],
                    oldestAt: oldest.map(\.instant))
            }
            let dead: Int = try connection.query(WebhookSQL.deadOpen).only()[0]
            return (depths, dead, givenUp)
        }
        for recipient in givenUp { noteDead(recipient, "given up") }
        figures.look(depths, dead: dead)
    }

    /// Whose deliveries were given up without an attempt.
    private static func giveUp(
        now: HandoverRules.Instant, topics: Topics, on connection: PostgresConnection
    ) throws -> [String] {
        try connection.transaction { session -> [String] in
            let rows = try session.query(
                WebhookSQL.giveUp(now: now.stamp, before: (now - CourierLimits.triedFor).stamp))
            guard rows.count > 0 else { return [] }
            try DeadLetterTask.raise(for: rows.map { try $0[1] }, now: now, topics: topics, on: session)
            return try rows.map { try $0.text(0) }
        }
    }

    private func due() async throws -> [(String, String)] {
        let busy = busy.withLock { Array($0) }
        let free = CourierLimits.sendersMax - busy.count
        guard free > 0 else { return [] }
        let now = settings.now().stamp
        return try await work.run { [self] connection in
            // A new webhook does not wait for the glance, and costs nothing while there is none.
            let version: Int64 = try connection.query(WebhookSQL.registers).only()[0]
            if knownRegisters.withLock({ $0 != version }) {
                try connection.execute(WebhookSQL.doors)
                knownRegisters.withLock { $0 = version }
            }
            try connection.execute(WebhookSQL.queue(now: now, limit: CourierLimits.queueStepMax))
            return try connection.query(WebhookSQL.due(now: now, except: busy, limit: free)).map {
                (try $0.text(0), try $0.text(1))
            }
        }
    }

    /// One turn of a recipient: up to ``CourierLimits/runMax`` versions, or until one is not taken.
    private func deliver(to recipient: String, _ url: String) async {
        defer { end(recipient) }
        let target = await resolve(url)
        var sender: WebhookSender?
        if case .success(let (address, checked)) = target {
            sender = WebhookSender(address, at: checked, trusting: settings.trustedCertificates)
        }
        var goesOn = true
        var left = CourierLimits.runMax
        while goesOn, left > 0, !Task.isCancelled {
            left -= 1
            do {
                goesOn = try await deliverNext(to: recipient, target.map { _ in () }, sender)
            } catch {
                // Nothing was noted: it comes again, with the same id.
                log.warning(
                    "webhook waits",
                    metadata: ["recipient": "\(recipient)", "cause": "\(CourierFigures.name(error))"])
                goesOn = false
            }
        }
        await sender?.close()
        let holder = holder
        _ = try? await apart { try $0.execute(WebhookSQL.release(recipient, holder: holder)) }
    }

    private func resolve(_ url: String) async -> Result<(WebhookAddress, [String]), WebhookAddress.Refusal> {
        let (allowsPrivate, resolve) = (settings.allowsPrivateAddresses, settings.resolve)
        do throws(WebhookAddress.Refusal) {
            let address = try WebhookAddress(url, allowsPrivate: allowsPrivate)
            let found: Result<[String], WebhookAddress.Refusal>? = try? await names.runIfActive {
                Result { () throws(WebhookAddress.Refusal) in
                    try address.resolved(allowsPrivate: allowsPrivate, by: resolve)
                }
            }
            return .success((address, try (found ?? .failure(.unknownName)).get()))
        } catch {
            return .failure(error)
        }
    }

    private struct Claimed: Sendable {
        var position: Int64
        var pace: WebhookPace
        /// A task for it stands.
        var isTold: Bool
        /// nil: its body is gone, or ``refusal`` says why it may not leave.
        var message: WebhookMessage?
        var refusal: String?
    }

    /// False when this recipient's turn is over.
    private func deliverNext(
        to recipient: String, _ target: Result<Void, WebhookAddress.Refusal>, _ sender: WebhookSender?
    ) async throws -> Bool {
        let claimedAt = ContinuousClock.now
        guard let claimed = try await claim(recipient) else { return false }
        if let refusal = claimed.refusal { return try await take(.failed(refusal), claimed, recipient) }
        guard let message = claimed.message else {
            try await note(claimed, recipient, "EMPTIED", "EMPTIED", counts: false)
            return true
        }
        let answer: WebhookAnswer
        switch target {
        case .failure(let refusal): answer = .failed(refusal.rawValue)
        case .success:
            guard let sender, .now - claimedAt < .seconds(CourierLimits.claimSeconds) else { return false }
            // Receivers compare it with their own clock, whatever clock deadlines go by.
            answer = await sender.send(message, now: MachineClock.now())
            // Cut off by our own end: no attempt of the receiver's.
            if Task.isCancelled, case .failed = answer { return false }
        }
        return try await take(answer, claimed, recipient)
    }

    private func claim(_ recipient: String) async throws -> Claimed? {
        let (holder, now, bodies) = (holder, settings.now(), bodies)
        return try await work.run { connection -> Claimed? in
            guard let row = try connection.query(WebhookSQL.claim(recipient, holder: holder, now: now.stamp)).first
            else { return nil }
            let queued: PostgresTimestamp = try row[1]
            var claimed = Claimed(
                position: try row[0], pace: WebhookPace(queuedAt: queued.instant, failures: Int(try row[3] as Int32)),
                isTold: try row[2])
            let secrets: [[UInt8]] = try row[6]
            guard let body: [UInt8] = try row[5], !body.isEmpty else { return claimed }
            let headers = StoredBytes.headers(try row[4] as [UInt8]?)
            let id = headers.first { $0.name == "ce_id" }?.value ?? []
            do {
                claimed.message = WebhookMessage(
                    id: String(decoding: id, as: UTF8.self),
                    body: try bodies.event(headers, body: body, to: recipient, on: connection),
                    secrets: secrets.map { WebhookSecret(key: $0) })
            } catch let problem as Problem {
                claimed.refusal = problem.code
            }
            return claimed
        }
    }

    /// True when the next one may go at once.
    private func take(_ answer: WebhookAnswer, _ claimed: Claimed, _ recipient: String) async throws -> Bool {
        let now = settings.now()
        let step = claimed.pace.step(after: answer, now: now, chance: Double.random(in: 0..<1))
        switch step {
        case .delivered:
            try await note(claimed, recipient, "DELIVERED", answer.code, counts: true)
            figures.count("delivered")
            return true
        case .again(let next):
            try await note(claimed, recipient, "WAITING", answer.code, counts: true, next: next)
            figures.count("retried")
        case .dead(let next):
            try await note(claimed, recipient, "DEAD", answer.code, counts: true, next: next)
            noteDead(recipient, answer.code)
        case .gone:
            try await note(claimed, recipient, "WAITING", answer.code, counts: true, isGone: true)
            figures.count("gone")
            log.error("webhook is gone (410), nothing more is sent there", metadata: ["recipient": "\(recipient)"])
        }
        return false
    }

    private func noteDead(_ recipient: String, _ code: String) {
        figures.count("dead")
        log.error("webhook given up", metadata: ["recipient": "\(recipient)", "cause": "\(code)"])
    }

    private func note(
        _ claimed: Claimed, _ recipient: String, _ state: String, _ outcome: String, counts: Bool,
        next: HandoverRules.Instant? = nil, isGone: Bool = false
    ) async throws {
        let (at, topics) = (settings.now(), topics)
        let now = at.stamp
        try await apart { connection in
            try connection.transaction { session in
                let noted = try session.execute(
                    WebhookSQL.note(
                        claimed.position, of: recipient, state: state, outcome: outcome, counts: counts, now: now))
                // Another hub took over and ended it: its word counts, and nobody is asked to phone.
                guard noted == 1 else { return }
                if isGone {
                    try session.execute(WebhookSQL.noteGone(recipient, now: now))
                } else if let next {
                    try session.execute(WebhookSQL.noteFailure(recipient, outcome: outcome, next: next.stamp))
                } else if counts {
                    try session.execute(WebhookSQL.noteSuccess(recipient, outcome: outcome, now: now))
                }
                if state == "DEAD" {
                    try DeadLetterTask.raise(for: [claimed.position], now: at, topics: topics, on: session)
                } else if state == "DELIVERED", claimed.isTold {
                    try DeadLetterTask.close(for: [claimed.position], now: at, topics: topics, on: session)
                }
            }
        }
    }

    /// What is known is noted even while the process ends.
    private func apart<Result: Sendable>(
        _ body: @escaping @Sendable (PostgresConnection) throws -> Result
    ) async throws -> Result {
        try await Task { [work] in try await work.run(body) }.value
    }
}

extension HandoverRules.Instant {
    var stamp: PostgresTimestamp { PostgresTimestamp(microseconds: microseconds) }
}
