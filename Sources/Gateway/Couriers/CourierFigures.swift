import EventContracts
import ExactlyOnceKafka
import HandoverRules
import Operations
import Postgres
import Synchronization

/// What the couriers have done and what waits for them, for /metrics and /readyz. Recipients are organisations.
final class CourierFigures: Sendable {
    enum Part: String, CaseIterable, Sendable { case webhooks, mail }

    struct Depth: Sendable {
        var recipient: String
        var isActive: Bool
        var waiting: Int
        var oldestAt: Instant?
    }

    private struct State {
        var deliveries: [String: Int] = ["delivered": 0, "retried": 0, "dead": 0, "gone": 0]
        var mails: [String: Int] = ["sent": 0, "retried": 0, "dead": 0]
        var depths: [Depth] = []
        var dead = 0
        var mailWaiting = 0
        var parts: [Part: String?] = [:]
    }

    private let state = Mutex(State())

    func count(_ outcome: String) { state.withLock { $0.deliveries[outcome, default: 0] += 1 } }

    func countMail(_ outcome: String) { state.withLock { $0.mails[outcome, default: 0] += 1 } }

    func look(_ depths: [Depth], dead: Int) {
        state.withLock { state in
            state.depths = depths
            state.dead = dead
            let gone = depths.filter { !$0.isActive }.count
            state.parts[.webhooks] = .some(gone == 0 ? nil : "\(gone) recipients are not sent to")
        }
    }

    func lookAtMail(waiting: Int) {
        state.withLock { state in
            state.mailWaiting = waiting
            state.parts[.mail] = .some(nil)
        }
    }

    func set(_ part: Part, waiting: String) { state.withLock { $0.parts[part] = .some(waiting) } }

    /// Parts that do not decide whether the hub is ready: a receiver that is away is no fault of the hub's.
    var parts: [(part: String, state: String, reason: String?)] {
        state.withLock { state in
            Part.allCases.map { part in
                guard let known = state.parts[part] else { return (part.rawValue, "off", nil) }
                return (part.rawValue, known == nil ? "ready" : "waiting", known)
            }
        }
    }

    /// Families for /metrics, beside those of the hub.
    func metrics(now: Instant) -> [MetricFamily] {
        let state = state.withLock { $0 }
        var deliveries = MetricFamily(
            "throughgate_webhook_deliveries_total", .counter, "Webhook attempts of this hub, by what came of them.")
        for (outcome, count) in state.deliveries.sorted(by: { $0.key < $1.key }) {
            deliveries.add([("outcome", outcome)], Double(count))
        }
        var waiting = MetricFamily(
            "throughgate_webhook_waiting", .gauge, "Handover versions that wait for a recipient's webhook.")
        var oldest = MetricFamily("throughgate_webhook_oldest_seconds", .gauge, "Age of the oldest of them.")
        for depth in state.depths {
            waiting.add([("recipient", depth.recipient)], Double(depth.waiting))
            let age = depth.oldestAt.map { max(0, (now - $0).microseconds / 1_000_000) } ?? 0
            oldest.add([("recipient", depth.recipient)], Double(age))
        }
        var dead = MetricFamily(
            "throughgate_webhook_dead_letters", .gauge, "Webhooks given up that nobody has dealt with.")
        dead.add([], Double(state.dead))
        var mails = MetricFamily("throughgate_mails_total", .counter, "E-mails of this hub, by outcome.")
        for (outcome, count) in state.mails.sorted(by: { $0.key < $1.key }) {
            mails.add([("outcome", outcome)], Double(count))
        }
        var mailWaiting = MetricFamily("throughgate_mail_waiting", .gauge, "Reasons to write that wait.")
        mailWaiting.add([], Double(state.mailWaiting))
        return [deliveries, waiting, oldest, dead, mails, mailWaiting]
    }

    /// Code and place, never a value.
    static func name(_ error: any Error) -> String {
        switch error {
        case let error as PostgresTransactionError: error.postgres.map { $0.code } ?? name(error.cause)
        case let error as PostgresError: error.code
        case let error as KafkaError: "\(error.code) at \(error.place)"
        case let error as Problem: error.code
        default: "\(type(of: error))"
        }
    }
}
