import Foundation

/// A bounded hand-over between two stages of the hub, each on its own thread. Closing wakes both sides.
final class StageQueue<Element: Sendable>: @unchecked Sendable {
    private let condition = NSCondition()
    private var elements: [Element] = []
    private var closed = false
    private let depth: Int

    /// - Parameter depth: elements that may wait, at least 1.
    init(depth: Int) { self.depth = depth }

    /// Hands over without waiting; false when the queue is full or closed.
    func offer(_ element: Element) -> Bool {
        condition.lock()
        defer { condition.unlock() }
        guard !closed, elements.count < depth else { return false }
        elements.append(element)
        condition.signal()
        return true
    }

    /// Hands over, waiting for room; false when the queue was closed.
    func put(_ element: Element) -> Bool {
        condition.lock()
        defer { condition.unlock() }
        while !closed, elements.count >= depth { condition.wait() }
        guard !closed else { return false }
        elements.append(element)
        condition.broadcast()
        return true
    }

    /// The next element, waiting for it; nil when the queue is closed and empty.
    func take() -> Element? {
        condition.lock()
        defer { condition.unlock() }
        while elements.isEmpty, !closed { condition.wait() }
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
        return !closed && elements.count < depth
    }

    /// Waits until there is room or the time is over; true when there is room.
    func waitForRoom(_ patience: Duration) -> Bool {
        let deadline = Date(timeIntervalSinceNow: patience.seconds)
        condition.lock()
        defer { condition.unlock() }
        while !closed, elements.count >= depth {
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
