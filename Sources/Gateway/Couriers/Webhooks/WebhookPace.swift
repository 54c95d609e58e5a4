import Foundation
public import HandoverRules

/// What came of one attempt to deliver.
public enum WebhookAnswer: Sendable, Hashable {
    /// An HTTP status, and what `Retry-After` said with it.
    case status(Int, retryAfter: String?)
    /// No answer: a code such as `CONNECT`, `TLS`, `TIMEOUT`, `ADDRESS_PRIVATE`.
    case failed(String)

    /// For lists and logs: `200`, `TIMEOUT`.
    public var code: String {
        switch self {
        case .status(let status, _): String(status)
        case .failed(let code): code
        }
    }
}

/// What happens after an attempt.
public enum WebhookStep: Sendable, Hashable {
    case delivered
    /// Again, not before this time; nothing else goes to this recipient until then.
    case again(at: Instant)
    /// A dead letter; the next one is tried at this time.
    case dead(next: Instant)
    /// The receiver says that it is gone for good: nothing is sent until somebody says so.
    case gone
}

/// When a webhook is tried again, and when it is given up: a pure value of what happened. 2xx is done; 410 is gone;
/// everything else, 3xx too, is tried again with exponential back-off and full jitter for 72 hours since it was queued.
public struct WebhookPace: Sendable {
    /// Since when it waits.
    public var queuedAt: Instant
    /// Failures of this recipient in a row before this attempt.
    public var failures: Int

    public init(queuedAt: Instant, failures: Int) {
        self.queuedAt = queuedAt
        self.failures = failures
    }

    /// - Parameter chance: in 0 ..< 1, drawn anew for each attempt.
    public func step(after answer: WebhookAnswer, now: Instant, chance: Double) -> WebhookStep {
        var asked: Span?
        if case .status(let status, let retryAfter) = answer {
            if (200..<300).contains(status) { return .delivered }
            if status == 410 { return .gone }
            asked = retryAfter.flatMap { WebhookPace.span(retryAfter: $0, now: now) }
        }
        var wait = WebhookPace.backoff(failures: failures, chance: chance)
        if let asked { wait = max(wait, min(asked, CourierLimits.retryAfterMax)) }
        let next = now + wait
        // Whatever waited behind a receiver that was away has at least one attempt of its own.
        return now - queuedAt >= CourierLimits.triedFor ? .dead(next: next) : .again(at: next)
    }

    /// Full jitter: anything up to the doubled bound.
    static func backoff(failures: Int, chance: Double) -> Span {
        let bound = CourierLimits.backoffFirst.microseconds << Int64(min(max(failures, 0), 20))
        let most = Double(min(bound, CourierLimits.backoffMax.microseconds))
        return max(CourierLimits.backoffLeast, Span(microseconds: Int64(most * chance)))
    }

    /// Seconds, or a date of HTTP (RFC 9110 §10.2.3); nil for what is neither.
    static func span(retryAfter text: String, now: Instant) -> Span? {
        let text = text.trimmingCharacters(in: .whitespaces)
        if !text.isEmpty, text.utf8.count <= 9, text.utf8.allSatisfy({ (48...57).contains($0) }) {
            return Int64(text).map { .seconds($0) }
        }
        let form = DateFormatter()
        form.locale = Locale(identifier: "en_US_POSIX")
        form.timeZone = TimeZone(identifier: "GMT")
        form.dateFormat = "EEE, dd MMM yyyy HH:mm:ss zzz"
        guard text.utf8.count <= 40, let date = form.date(from: text) else { return nil }
        return max(.zero, Instant(microseconds: Int64(date.timeIntervalSince1970 * 1_000_000)) - now)
    }
}
