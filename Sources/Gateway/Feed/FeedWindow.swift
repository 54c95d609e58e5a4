/// One version as every reader of its recipient gets it: made, and sealed, once.
struct FeedItem: Sendable {
    let position: Int64
    /// A CloudEvent in its JSON format, on one line.
    let event: [UInt8]
}

/// The newest stretch of one recipient's feed, in memory: whole from ``start`` on, so that one read of the ledger
/// serves all of its readers. Bounded: the oldest items go first, and whoever is behind them reads the ledger.
struct FeedWindow {
    /// Everything of this recipient above it, as far as it is visible, is in ``items``.
    private(set) var start: Int64
    private(set) var items: [FeedItem] = []
    private(set) var bytes = 0
    /// When somebody last asked; what nobody asks for is given up.
    var askedAt: ContinuousClock.Instant
    /// When each item came, so that none outstays ``GatewayLimits/windowSeconds``.
    private var cameAt: [ContinuousClock.Instant] = []
    private let bytesMax: Int

    init(start: Int64, at now: ContinuousClock.Instant, bytesMax: Int = GatewayLimits.windowBytesMax) {
        self.start = start
        self.bytesMax = bytesMax
        askedAt = now
    }

    /// Positions must rise.
    mutating func append(_ item: FeedItem, at now: ContinuousClock.Instant) {
        items.append(item)
        cameAt.append(now)
        bytes += item.event.count
        var over = 0
        var left = bytes
        while left > bytesMax, over < items.count {
            left -= items[over].event.count
            over += 1
        }
        forget(over)
    }

    /// Gives up what came before this time.
    mutating func forget(before time: ContinuousClock.Instant) {
        forget(cameAt.firstIndex { $0 >= time } ?? cameAt.count)
    }

    private mutating func forget(_ count: Int) {
        guard count > 0 else { return }
        start = items[count - 1].position
        bytes -= items[..<count].reduce(0) { $0 + $1.event.count }
        items.removeFirst(count)
        cameAt.removeFirst(count)
    }

    /// What comes after a place, at most so many; nil when this window does not reach back to it.
    func after(_ position: Int64, limit: Int) -> ArraySlice<FeedItem>? {
        guard position >= start else { return nil }
        var low = 0, high = items.count
        while low < high {
            let middle = (low + high) / 2
            if items[middle].position > position { high = middle } else { low = middle + 1 }
        }
        return items[low..<min(items.count, low + limit)]
    }
}
