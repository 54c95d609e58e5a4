/// The limits that a test or an operator of one hub may want otherwise; the standard ones are ``GatewayLimits``.
public struct DoorLimits: Sendable {
    /// Requests a second that one token may send for long, and at once before that counts.
    public var requestsPerSecond = GatewayLimits.requestsPerSecond
    public var requestsBurst = GatewayLimits.requestsBurst
    /// Streams of one token at one time.
    public var streamsPerToken = GatewayLimits.streamsPerToken
    /// A stream that takes nothing for this long is ended.
    public var stalledAfter = Duration.seconds(GatewayLimits.stalledSeconds)
    /// How long one request, from its head to the end of its body, may take to arrive.
    public var requestArrival = Duration.seconds(GatewayLimits.requestArrivalSeconds)
    /// How long a connection may be open without a whole head of a request on it.
    public var idle = Duration.seconds(GatewayLimits.idleSeconds)
    /// Requests that wait for a thread with a connection to PostgreSQL.
    public var ledgerWaitingMax = GatewayLimits.ledgerWaitingMax
    /// How long a request waits for the broker to keep its events.
    public var keeping = Duration.seconds(GatewayLimits.keepSeconds)
    /// Bytes of request bodies that may be held at one time.
    public var bodyBytesHeldMax = GatewayLimits.bodyBytesHeldMax

    public init() {}
}
