import Foundation

/// Growing waits with jitter while a server is away; bounded, and interruptible by a stop.
struct Backoff {
    private var next = HubLimits.backoffFirst

    /// Waits a jittered time; returns early when `isOver` says so.
    mutating func wait(unless isOver: () -> Bool) {
        let length = next.seconds * Double.random(in: 0.5...1)
        let end = Date(timeIntervalSinceNow: length)
        while !isOver(), Date() < end { Thread.sleep(forTimeInterval: min(0.05, max(0.001, end.timeIntervalSinceNow))) }
        next = min(next * 2, HubLimits.backoffMax)
    }
}
