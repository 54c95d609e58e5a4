import Foundation

/// A bounded hand-over between two stages of the hub, each on its own thread. Closing wakes both sides.
///
/// With a depth of 0 an element goes only to a stage that waits for it. At a light load the neighbour then keeps
/// gathering while the stage is busy, and one larger batch follows, instead of several small ones queueing behind each
/// other, each with a commit of its own.
final class StageQueue<Element: Sendable>: @unchecked Sendable {
    private let condition = NSCondition()
    private var elements: [Element] = []
    private var closed = false
    private var takers = 0
    private let depth: Int

    /// - Parameter depth: elements that may wait beside those that somebody waits for.
    init(depth: Int) { self.depth = depth }

    private var canTake: Bool { elements.count < depth + takers }

    /// Hands over without waiting; false when the queue is full or closed.
    func offer(_ element: Element) -> Bool {
        condition.lock()
        defer { condition.unlock() }
        guard !closed, canTake else { return false }
        elements.append(element)
        condition.broadcast()
        return true
    }

    /// Hands over, waiting for room; false when the queue was closed.
    func put(_ element: Element) -> Bool {
        condition.lock()
        defer { condition.unlock() }
        while !closed, !canTake { condition.wait() }
        guard !closed else { return false }
        elements.append(element)
        condition.broadcast()
        return true
    }

    /// The next element, waiting for it; nil when the queue is closed and empty.
    func take() -> Element? {
        condition.lock()
        defer { condition.unlock() }
        takers += 1
        if elements.isEmpty { condition.broadcast() }
        while elements.isEmpty, !closed { condition.wait() }
        takers -= 1
        guard !elements.isEmpty else { return nil }
        let element = elements.removeFirst()
        condition.broadcast()
        return element
    }

    /// The next element if there is one now.
    func takeAtOnce() -> Element? {
        condition.lock()
        defer { condition.unlock() }
        guard !elements.isEmpty else { return nil }
        condition.broadcast()
        return elements.removeFirst()
    }

    var hasRoom: Bool {
        condition.lock()
        defer { condition.unlock() }
        return !closed && canTake
    }

    /// Waits until there is room or the time is over; true when there is room.
    func waitForRoom(_ patience: Duration) -> Bool {
        let deadline = Date(timeIntervalSinceNow: patience.seconds)
        condition.lock()
        defer { condition.unlock() }
        while !closed, !canTake {
            if !condition.wait(until: deadline) { return false }
        }
        return !closed
    }

    /// Waits until there is something inside or the deadline is over.
    func waitUntilFull(until deadline: Date) -> Bool {
        condition.lock()
        defer { condition.unlock() }
        while elements.isEmpty, !closed {
            if !condition.wait(until: deadline) { return false }
        }
        return true
    }

    /// Lets no more in; what is inside can still be taken.
    func close() {
        condition.lock()
        closed = true
        condition.broadcast()
        condition.unlock()
    }
}

extension Duration {
    /// The same length in seconds.
    var seconds: Double { Double(components.seconds) + Double(components.attoseconds) / 1e18 }
}
