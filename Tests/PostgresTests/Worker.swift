import Dispatch
import Foundation

/// A thread that a test waits for.
final class Worker: Sendable {
    private let done = DispatchSemaphore(value: 0)

    init(_ body: @escaping @Sendable () -> Void) {
        let done = done
        Thread.detachNewThread {
            body()
            done.signal()
        }
    }

    /// Waits up to half a minute.
    @discardableResult
    func join() -> Bool { done.wait(timeout: .now() + 30) == .success }
}
