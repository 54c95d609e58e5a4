import Glibc

/// A thread of this module's own: librdkafka's calls block, and blocking belongs on no shared pool.
enum OwnThread {
    private final class Work {
        let body: @Sendable () -> Void
        init(_ body: @escaping @Sendable () -> Void) { self.body = body }
    }

    /// Runs the body on a new, detached thread.
    static func start(_ body: @escaping @Sendable () -> Void) {
        let work = Unmanaged.passRetained(Work(body))
        var attributes = pthread_attr_t()
        pthread_attr_init(&attributes)
        pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
        defer { pthread_attr_destroy(&attributes) }
        var thread = pthread_t()
        let failed = pthread_create(
            &thread, &attributes,
            { pointer in
                if let pointer { Unmanaged<Work>.fromOpaque(pointer).takeRetainedValue().body() }
                return nil
            }, work.toOpaque())
        // No thread to be had: do it here rather than never.
        if failed != 0 { work.takeRetainedValue().body() }
    }

    /// Runs the body on another thread and waits for it, but not longer than this; answers whether it ended.
    /// Past the time it goes on by itself, and what it holds is freed whenever it ends.
    @discardableResult
    static func run(atMost duration: Duration, _ body: @escaping @Sendable () -> Void) -> Bool {
        let done = Gate(false)
        start {
            body()
            done.withLock { $0 = true }
        }
        return done.wait(atMost: duration) { $0 }
    }
}
