import EventContracts
import ExactlyOnceKafka
import Foundation
public import HandoverPipeline
import HandoverRules
import Postgres
import Synchronization

/// What a hub's own counters cannot say: lag as the cluster sees it, timers and rejections as the ledger does.
public struct Figures: Sendable {
    /// nil: not measured yet, or the server did not answer lately.
    public var lag: LagReport?
    /// Timers that are due and not yet recorded; nil with `hub.clock: events`, which has no "now".
    public var timersDue: Int?
    public var rejectedOpen: Int?

    public init(lag: LagReport? = nil, timersDue: Int? = nil, rejectedOpen: Int? = nil) {
        self.lag = lag
        self.timersDue = timersDue
        self.rejectedOpen = rejectedOpen
    }
}

/// Measures when asked, at most every ``freshness``, on a queue of its own: a scrape never waits long for a server that
/// is away, and nothing is asked while nobody scrapes.
public final class Measurements: Sendable {
    /// How old an answer may be before it is measured again, and how old it may get before it is withheld.
    public static let freshness: Duration = .seconds(5)
    public static let keptAtMost: Duration = .seconds(30)
    /// How long a caller waits for a measurement under way.
    public static let patience: Duration = .seconds(2)

    private struct State {
        var figures = Figures()
        var at: ContinuousClock.Instant?
        var isMeasuring = false
    }

    private let settings: HubSettings
    private let state = Mutex(State())
    private let queue = DispatchQueue(label: "throughgate-measurements")
    // Touched on `queue` only.
    private nonisolated(unsafe) var probe: LagProbe?
    private nonisolated(unsafe) var connection: PostgresConnection?

    public init(settings: HubSettings) {
        self.settings = settings
    }

    /// The latest figures, measured anew when they are old.
    public func latest() async -> Figures {
        let start = ContinuousClock.now
        refreshIfOld(start)
        while state.withLock({ $0.isMeasuring }), ContinuousClock.now - start < Measurements.patience {
            try? await Task.sleep(for: .milliseconds(20))
        }
        return state.withLock { state in
            guard let at = state.at, ContinuousClock.now - at < Measurements.keptAtMost else { return Figures() }
            return state.figures
        }
    }

    private func refreshIfOld(_ now: ContinuousClock.Instant) {
        let isDue = state.withLock { state in
            let isFresh = state.at.map { now - $0 < Measurements.freshness } ?? false
            guard !state.isMeasuring, !isFresh else { return false }
            state.isMeasuring = true
            return true
        }
        guard isDue else { return }
        queue.async {
            let figures = self.measure()
            self.state.withLock { $0 = State(figures: figures, at: .now, isMeasuring: false) }
        }
    }

    private func measure() -> Figures {
        var figures = Figures()
        do {
            let probe =
                try self.probe
                ?? LagProbe(
                    configuration: settings.kafka, group: settings.prefixedGroup,
                    topics: Topics(prefix: settings.topicPrefix).inbound)
            self.probe = probe
            figures.lag = try probe.measure(.glance, now: MachineClock.now)
        } catch {
            probe = nil
        }
        do {
            let connection = try self.connection ?? PostgresConnection(settings.postgres)
            self.connection = connection
            figures.rejectedOpen = try LedgerView.rejectedOpen(connection)
            if settings.clock == .system { figures.timersDue = try LedgerView.timersDue(connection) }
        } catch {
            connection = nil
        }
        return figures
    }
}
