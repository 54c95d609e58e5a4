import Foundation

/// How many batches are between intake and commit, and what came back from them. Intake hands over; the publisher
/// (or whoever drops a batch) lands it.
final class Flight: @unchecked Sendable {
    private let condition = NSCondition()
    private var inFlight = 0
    private var leftover: [Arrival] = []
    private var leftoverEpoch: UInt64 = 0

    func launched() {
        condition.lock()
        inFlight += 1
        condition.unlock()
    }

    /// A batch ended, however it ended.
    func landed() { landed(leftover: [], epoch: 0) }

    /// A batch ended; what it could not record goes back to intake.
    func landed(leftover returned: [Arrival], epoch: UInt64) {
        condition.lock()
        inFlight -= 1
        if !returned.isEmpty {
            if epoch != leftoverEpoch { leftover = [] }
            leftover += returned
            leftoverEpoch = epoch
        }
        condition.broadcast()
        condition.unlock()
    }

    var isEmpty: Bool {
        condition.lock()
        defer { condition.unlock() }
        return inFlight == 0
    }

    /// What came back and belongs to this epoch; after a rewind the rest is consumed again anyway.
    func takeLeftover(epoch: UInt64) -> [Arrival] {
        condition.lock()
        defer {
            leftover = []
            condition.unlock()
        }
        return leftoverEpoch == epoch ? leftover : []
    }

    /// Waits until nothing is in flight; false when the time was over first.
    func waitUntilEmpty(_ patience: Duration) -> Bool {
        let deadline = Date(timeIntervalSinceNow: patience.seconds)
        condition.lock()
        defer { condition.unlock() }
        while inFlight > 0 {
            if !condition.wait(until: deadline) { return inFlight == 0 }
        }
        return true
    }
}
