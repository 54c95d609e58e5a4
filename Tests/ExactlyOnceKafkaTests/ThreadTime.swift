import Glibc

/// What this thread has used of the processor, in milliseconds.
func threadMilliseconds() -> Int {
    var time = timespec()
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return Int(time.tv_sec) * 1000 + time.tv_nsec / 1_000_000
}
