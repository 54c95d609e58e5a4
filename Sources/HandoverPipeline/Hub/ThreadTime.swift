import Glibc

/// Processor time of the calling thread: what it worked, however long it was kept from working.
enum ThreadTime {
    static func spent() -> Duration {
        var time = timespec()
        guard clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time) == 0 else { return .zero }
        return .seconds(time.tv_sec) + .nanoseconds(time.tv_nsec)
    }
}
