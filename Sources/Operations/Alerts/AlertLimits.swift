public import HandoverRules

/// Every bound of alerts, with its reason.
public enum AlertLimits {
    /// How often the rules are judged: the measurements are made anew as often.
    public static let tickSeconds = 5
    /// A figure must have been good for this long: what comes and goes is one alert.
    public static let clearsAfter: Span = .minutes(5)
    /// Looks that lie further apart are not one stretch: what was half-way to opening begins anew, so that a hub that
    /// was away does not take two moments for an hour.
    public static let gapMax: Span = .minutes(2)
    /// Causes kept: eight topics, a few dozen recipients and codes; more is a fault of labels.
    public static let causesMax = 500
    /// Messages that wait in memory while the ledger is away, and that are read from it at one time.
    public static let noticesMax = 500
    /// Whoever delivers holds the right for this long from each look: longer than one delivery may take, so that two
    /// hubs seldom deliver one message, and short enough that another hub takes over before anybody misses it.
    public static let leaseSeconds = 75
    /// How long a message is tried: after that another alert, or nobody, has brought it.
    public static let triedFor: Span = .hours(24)
    /// Between two attempts at most.
    public static let backoffMax: Span = .minutes(5)
    /// Ended messages and cleared alerts are kept this long, for whoever asks what happened.
    public static let keptDays = 30
    /// Alerts shown on the first page.
    public static let shownMax = 20
    /// How often the audit's chain is verified for the alert.
    public static let auditEverySeconds = 3_600.0
    /// How often rejections are counted for alerts: what counts is a quarter of an hour.
    public static let rejectionsEverySeconds = 60.0
}
