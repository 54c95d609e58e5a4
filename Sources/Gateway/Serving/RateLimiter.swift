import Synchronization

/// How fast and how much at once each token may ask: a bucket of requests that fills steadily. Bounded memory.
final class RateLimiter: Sendable {
    private struct Bucket {
        var left: Double
        var at: ContinuousClock.Instant
        var streams = 0
    }

    private struct State {
        var buckets: [String: Bucket] = [:]
        var streams = 0
    }

    private let state = Mutex(State())
    private let rate: Double
    private let burst: Double
    private let streamsPerToken: Int

    init(rate: Double, burst: Double, streamsPerToken: Int = 0) {
        self.rate = rate
        self.burst = burst
        self.streamsPerToken = streamsPerToken
    }

    /// Takes one request from the token's bucket.
    /// - Throws: a 429 that says when to come back.
    func take(_ token: String, now: ContinuousClock.Instant = .now) throws(Problem) {
        let wait = state.withLock { state -> Double in
            var bucket = refilled(state.buckets[token], now)
            defer { keep(bucket, of: token, in: &state) }
            guard bucket.left < 1 else {
                bucket.left -= 1
                return 0
            }
            return (1 - bucket.left) / rate
        }
        guard wait == 0 else {
            throw Problem(
                .tooManyRequests, "RATE", "too many requests with this token; wait and go on",
                retryAfter: max(1, Int(wait.rounded(.up))))
        }
    }

    /// Counts a stream in; ``endStream(_:)`` counts it out.
    func beginStream(_ token: String, now: ContinuousClock.Instant = .now) throws(Problem) {
        let isTaken = state.withLock { state -> Bool in
            var bucket = refilled(state.buckets[token], now)
            guard bucket.streams < streamsPerToken, state.streams < GatewayLimits.streamsMax else {
                return false
            }
            bucket.streams += 1
            state.streams += 1
            keep(bucket, of: token, in: &state)
            return true
        }
        guard isTaken else {
            throw Problem(
                .tooManyRequests, "STREAMS", "too many streams at one time; end one, or read pages", retryAfter: 30)
        }
    }

    func endStream(_ token: String) {
        state.withLock { state in
            state.streams -= 1
            state.buckets[token]?.streams -= 1
        }
    }

    private func refilled(_ bucket: Bucket?, _ now: ContinuousClock.Instant) -> Bucket {
        guard var bucket else { return Bucket(left: burst, at: now) }
        let (seconds, fraction) = (now - bucket.at).components
        bucket.left = min(burst, bucket.left + rate * (Double(seconds) + Double(fraction) / 1e18))
        bucket.at = now
        return bucket
    }

    private func keep(_ bucket: Bucket, of token: String, in state: inout State) {
        if state.buckets.count >= GatewayLimits.ratedTokensMax, state.buckets[token] == nil,
            let quiet = state.buckets.filter({ $0.value.streams == 0 }).min(by: { $0.value.at < $1.value.at })
        {
            state.buckets[quiet.key] = nil
        }
        state.buckets[token] = bucket
    }
}
