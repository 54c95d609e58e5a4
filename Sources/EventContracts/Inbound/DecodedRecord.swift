public import HandoverRules

/// What became of a record: every record becomes exactly one of the two.
public enum DecodedRecord: Sendable, Hashable {
    case event(DecodedEvent)
    case rejected(Rejection)
}

/// A record that was understood.
public struct DecodedEvent: Sendable, Hashable {
    ///
    /// Of a `record.corrected` that amends, the payload is the replacement, as the type that it corrects: what is kept
    /// of it, and counted, goes by that type. One that voids has ``Payload/recordCorrected(_:)``.
    public var event: Event
    /// Whom the event names. Where that is a handover or a task, `event.subject` is blank until the pipeline has found
    /// the person.
    public var address: EventAddress
    /// The provider of `/providers/ID/…`; who may answer for a handover is decided where handovers are kept.
    public var sourceProvider: ProviderID?
    /// The type that a `record.corrected` says it corrects.
    public var correctedType: EventType?
    /// Same id with another digest is ID_CONFLICT, unless ``identityIsDerived``.
    public var contentDigest: ContentDigest
    /// Fields of the data that no rule knows: kept in the original bytes, ignored, counted.
    public var unknownFields: Int
    /// The source gave no id (HMPPS): a difference is no conflict, the latest publishedAt wins (contract.md §5).
    public var identityIsDerived: Bool
    /// Whose work this was, for the caller's tracing; nil without a valid one.
    public var trace: TraceParent?
}

/// How receivedAt comes about: the Kafka record's timestamp, never later than the hub's clock; or, for replay, demo
/// and tests (`hub.clock: events`), the event's own recordedtime. Of a timer it is never before its dueAt.
public struct ReceiptClock: Sendable {
    private let receivedAt: @Sendable (_ recordTimestamp: Instant?, _ publishedAt: Instant) -> Instant

    /// `hub.clock: system`. `now` is the hub's clock when the batch was taken in; a record without a timestamp was
    /// received then.
    public static func system(now: Instant) -> ReceiptClock {
        ReceiptClock { timestamp, _ in min(timestamp ?? now, now) }
    }

    /// `hub.clock: events`.
    public static let events = ReceiptClock { _, publishedAt in publishedAt }

    /// - Parameter timestampMilliseconds: as the record has it; a producer chose it, so any value may come.
    func receipt(timestampMilliseconds: Int64, publishedAt: Instant, payload: Payload) -> Instant {
        let known = timestampMilliseconds > 0
        // A date beyond the year 9999 is later than any clock; the bound keeps the arithmetic in 64 bits.
        let timestamp = known ? Instant(milliseconds: min(timestampMilliseconds, Self.timestampMax)) : nil
        let received = receivedAt(timestamp, publishedAt)
        if case .timerFired(let timer) = payload { return max(received, timer.dueAt) }
        return received
    }

    /// 9999-12-31T23:59:59Z.
    private static let timestampMax: Int64 = 253_402_300_799_000
}
