/// Every bound of the canary, with its reason.
public enum CanaryLimits {
    /// More often tells nothing that the lag does not; more seldom finds a standstill too late.
    public static let everySecondsMin = 1
    public static let everySecondsMax = 3_600
    /// The hub that sends holds the right for this long from each renewal: when it is killed, another one takes over
    /// before two intervals of the usual minute have passed.
    public static let leaseSeconds = 15
    static let renewEverySeconds = 5.0
    /// What `hub.canary` keeps, and how long a canary may take to come back. One that has not come by then is lost.
    public static let awaitedSeconds: Int64 = 3_600
    /// Awaited at one time: one a second for an hour is the most there can be.
    static let awaitedMax = 3_600
    /// How long a canary stays in the ledger, for whoever asks how fast the pipeline was.
    static let keptSeconds: Int64 = 86_400
    /// Waiting for one, and resting between two.
    static let tick: Duration = .milliseconds(200)
    /// After something failed.
    static let pause: Duration = .seconds(2)
    /// `hub.canary`: one after the other.
    public static let partitions = 1
}
