import Dispatch
import EventContracts
import HandoverPipeline
import Postgres
import Synchronization

/// Keeps what the cluster says of recipients that read Kafka, measured every ``LagLimits/recipientsEverySeconds`` on a
/// queue of its own: a slow coordinator delays nothing else.
final class RecipientWatch: Sendable {
    private struct State {
        var rows: [RecipientLag]?
        var askedAt: ContinuousClock.Instant?
        var isAsking = false
    }

    private let settings: HubSettings
    private let state = Mutex(State())
    private let queue = DispatchQueue(label: "throughgate-recipients")
    // Touched on `queue` only.
    private nonisolated(unsafe) var probe: RecipientProbe?
    private nonisolated(unsafe) var connection: PostgresConnection?

    init(_ settings: HubSettings) { self.settings = settings }

    /// What is known, and asks anew where that is old. Never waits.
    /// - Parameter others: recipients that fetch by another door.
    func latest(except others: Set<String>) -> [RecipientLag]? {
        let (rows, isDue) = state.withLock { state in
            let isOld = state.askedAt.map { ContinuousClock.now.seconds(since: $0) >= LagLimits.recipientsEverySeconds }
            let isDue = !state.isAsking && isOld ?? true
            if isDue {
                state.isAsking = true
                state.askedAt = .now
            }
            return (state.rows, isDue)
        }
        if isDue { queue.async { [self] in ask(others) } }
        return rows
    }

    private func ask(_ others: Set<String>) {
        let rows = try? measured(others)
        if rows == nil { (probe, connection) = (nil, nil) }
        state.withLock { state in
            state.rows = rows
            state.isAsking = false
        }
    }

    private func measured(_ others: Set<String>) throws -> [RecipientLag] {
        let probe =
            try self.probe
            ?? RecipientProbe(configuration: settings.kafka, topics: Topics(prefix: settings.topicPrefix))
        self.probe = probe
        var database = settings.postgres
        database.applicationName = "throughgate-recipients"
        database.statementTimeout = .seconds(5)
        let connection = try self.connection ?? PostgresConnection(database)
        self.connection = connection
        return try probe.measure(except: others, on: connection)
    }
}
