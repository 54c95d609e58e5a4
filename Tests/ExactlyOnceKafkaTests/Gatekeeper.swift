import Foundation

/// Runs something on a thread beside the test and waits for it.
final class Gatekeeper: @unchecked Sendable {
    private let done = DispatchSemaphore(value: 0)

    init(_ body: @escaping @Sendable () -> Void) {
        Thread.detachNewThread { [done] in
            body()
            done.signal()
        }
    }

    func wait() { done.wait() }

    /// The length of a disturbance, not a way to wait for something.
    static func rest(milliseconds: Int) { Thread.sleep(forTimeInterval: Double(milliseconds) / 1000) }
}
