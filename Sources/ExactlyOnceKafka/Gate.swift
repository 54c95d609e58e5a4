import Glibc

/// A value behind a lock, and a condition to wait for with a deadline.
final class Gate<State>: @unchecked Sendable {
    // The two C objects must not move, so they live on the heap for as long as the gate does.
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let condition = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
    private var state: State

    init(_ state: State) {
        self.state = state
        pthread_mutex_init(mutex, nil)
        var attributes = pthread_condattr_t()
        pthread_condattr_init(&attributes)
        pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
        pthread_cond_init(condition, &attributes)
        pthread_condattr_destroy(&attributes)
    }

    deinit {
        pthread_cond_destroy(condition)
        pthread_mutex_destroy(mutex)
        condition.deallocate()
        mutex.deallocate()
    }

    /// Runs the body alone, then wakes whoever waits. Keep it short; never call librdkafka inside.
    func withLock<Result>(_ body: (inout State) throws -> Result) rethrows -> Result {
        pthread_mutex_lock(mutex)
        defer {
            pthread_cond_broadcast(condition)
            pthread_mutex_unlock(mutex)
        }
        return try body(&state)
    }

    /// Waits until the state satisfies the question or the time is over; answers whether it does.
    func wait(atMost duration: Duration, until isSatisfied: (State) -> Bool) -> Bool {
        var moment = timespec()
        clock_gettime(CLOCK_MONOTONIC, &moment)
        let nanoseconds = Int64(moment.tv_nsec) + duration.nanosecondsPart
        moment.tv_sec += Int(duration.components.seconds + nanoseconds / 1_000_000_000)
        moment.tv_nsec = Int(nanoseconds % 1_000_000_000)
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        while !isSatisfied(state) {
            if pthread_cond_timedwait(condition, mutex, &moment) == ETIMEDOUT { return isSatisfied(state) }
        }
        return true
    }
}

extension Duration {
    fileprivate var nanosecondsPart: Int64 { components.attoseconds / 1_000_000_000 }

    /// Whole milliseconds for librdkafka, rounded up, never negative.
    var milliseconds: Int32 {
        let whole = components.seconds * 1000 + (components.attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000
        return Int32(clamping: max(0, whole))
    }
}
