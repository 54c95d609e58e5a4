import Foundation

/// How many batches are between intake and commit, and what came back from them. Intake hands over; the publisher
/// (or whoever drops a batch) lands it.
final class Flight: @unchecked Sendable {
    private let condition = NSCondition()
    private var inFlight = 0
    private var leftover: [Arrival] = []

    func launched() {
        condition.lock()
        inFlight += 1
        condition.unlock()
    }

    /// A batch ended, however it ended; what it could not record goes back to intake.
    func landed(leftover returned: [Arrival] = []) {
        condition.lock()
        inFlight -= 1
        leftover += returned
        condition.broadcast()
        condition.unlock()
    }

    var isEmpty: Bool {
        condition.lock()
        defer { condition.unlock() }
        return inFlight == 0
    }

    func takeLeftover() -> [Arrival] {
        condition.lock()
        defer {
            leftover = []
            condition.unlock()
        }
        return leftover
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
