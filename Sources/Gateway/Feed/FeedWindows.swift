import Synchronization

/// The windows of the recipients whose feeds somebody reads now, and the newest position of each recipient. Filled by
/// ``FeedKeeper`` from what PostgreSQL has made visible; asked by feed and streams. Nothing here is a promise: whoever
/// finds nothing reads the ledger.
final class FeedWindows: Sendable {
    /// What a reader gets without a read of the ledger.
    enum Answer: Sendable {
        /// Nothing is visible after the place.
        case end
        /// What comes after it, sealed by the keys of this version of the registers.
        case items(ArraySlice<FeedItem>, version: Int64)
        /// Unknown here.
        case ask
    }

    private struct State {
        /// The newest visible position of each recipient, and of all; nil: nothing was looked at yet.
        var heads: [String: Int64] = [:]
        var all: Int64?
        var lookedAt = ContinuousClock.now
        /// Of the keys by which the windows' items are sealed.
        var version: Int64 = -1
        var windows: [String: FeedWindow] = [:]
        var wanted: [String: ContinuousClock.Instant] = [:]

        mutating func want(_ recipient: String, _ now: ContinuousClock.Instant) {
            if windows[recipient] != nil {
                windows[recipient]?.askedAt = now
            } else if windows.count + wanted.count < GatewayLimits.windowsMax {
                wanted[recipient] = now
            }
        }
    }

    private let state = Mutex(State())

    /// Everything at or below it was looked at; nil: nothing yet.
    var known: Int64? { state.withLock { $0.all } }

    /// The newest position that is visible to this recipient, as far as this hub has noticed.
    func head(of recipient: String) -> Int64 { state.withLock { $0.heads[recipient] ?? 0 } }

    /// Somebody reads this recipient's feed: a window is kept for it.
    func want(_ recipient: String, now: ContinuousClock.Instant = .now) {
        state.withLock { $0.want(recipient, now) }
    }

    /// What comes after a place in a recipient's feed. Whoever asks is a reader, as with ``want(_:now:)``.
    func after(
        _ position: Int64, of recipient: String, limit: Int, now: ContinuousClock.Instant = .now
    ) -> Answer {
        state.withLock { state in
            // A keeper that has no connection knows nothing of what is new.
            guard state.all != nil, now - state.lookedAt < .milliseconds(GatewayLimits.windowStaleMilliseconds) else {
                return .ask
            }
            state.want(recipient, now)
            if state.heads[recipient] ?? 0 <= position { return .end }
            guard let items = state.windows[recipient]?.after(position, limit: limit), !items.isEmpty else {
                return .ask
            }
            return .items(items, version: state.version)
        }
    }

    // MARK: For the keeper

    /// Whose items are to be read: those with a window, and those who want one.
    func begin(version: Int64, now: ContinuousClock.Instant = .now) -> [String] {
        state.withLock { state in
            if version != state.version {
                // Other keys: nothing that was sealed by the old ones, or by none, is shown any more.
                for (recipient, window) in state.windows { state.wanted[recipient] = window.askedAt }
                state.windows = [:]
                state.version = version
            }
            let quiet = now - .seconds(GatewayLimits.windowQuietSeconds)
            state.windows = state.windows.filter { $0.value.askedAt >= quiet }
            // From here on: what is visible now was not kept for it.
            for (recipient, askedAt) in state.wanted where askedAt >= quiet {
                state.windows[recipient] = FeedWindow(start: state.all ?? 0, at: askedAt)
            }
            state.wanted = [:]
            return Array(state.windows.keys)
        }
    }

    /// What became visible after ``known``, in order; an item that could not be made ends its recipient's window.
    func add(_ found: [(position: Int64, recipient: String?, item: FeedItem?)], now: ContinuousClock.Instant = .now) {
        state.withLock { state in
            let old = now - .seconds(GatewayLimits.windowSeconds)
            for recipient in state.windows.keys { state.windows[recipient]?.forget(before: old) }
            for (position, recipient, item) in found {
                state.all = max(state.all ?? 0, position)
                guard let recipient else { continue }
                state.heads[recipient] = position
                if let item {
                    state.windows[recipient]?.append(item, at: now)
                } else {
                    state.windows[recipient] = nil
                }
            }
            state.lookedAt = now
        }
    }

    /// The first look: where everybody stands.
    func begin(heads: [String: Int64], all: Int64, now: ContinuousClock.Instant = .now) {
        state.withLock { state in
            state.heads = heads
            state.all = all
            state.lookedAt = now
        }
    }
}
