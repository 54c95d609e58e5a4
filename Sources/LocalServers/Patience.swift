import Glibc

/// Waiting for something that only polling can see, with a bound.
enum Patience {
    /// Between two looks: short enough not to be felt, long enough to cost nothing.
    private static let pollMicroseconds: UInt32 = 5_000

    /// Looks until `isSo` is true or `limit` has passed; answers whether it became true.
    static func wait(_ limit: Duration, until isSo: () throws -> Bool) rethrows -> Bool {
        let deadline = ContinuousClock.now + limit
        while true {
            if try isSo() { return true }
            if ContinuousClock.now >= deadline { return false }
            usleep(pollMicroseconds)
        }
    }
}
