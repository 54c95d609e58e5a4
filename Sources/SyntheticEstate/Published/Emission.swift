public import HandoverRules

/// One record that a prison's system puts on a topic.
public struct Emission: Sendable, Hashable {
    /// When it is put there. Events carry their own publishedAt, which is the same moment except on a repeat.
    public var at: Instant
    public var shape: Shape
    public var fate: Fate
    /// Which topic it belongs on: that of this event type.
    public var topicOf: EventType

    public init(at: Instant, shape: Shape, fate: Fate, topicOf: EventType) {
        self.at = at
        self.shape = shape
        self.fate = fate
        self.topicOf = topicOf
    }

    /// What the record looks like.
    public enum Shape: Sendable, Hashable {
        /// A CloudEvent; EventContracts turns it into bytes. Key: the prison number.
        case cloudEvent(Event)
        /// The same without a Kafka key, which is accepted.
        case cloudEventWithoutKey(Event)
        /// An HMPPS domain event as bytes, and what a reader must understand by it. Its id is not the one that the
        /// reader derives: HMPPS events carry none.
        case hmpps(WrittenRecord, means: Event)
        /// Bytes that no reader may accept.
        case malformed(WrittenRecord, MalformedKind)
    }

    /// What must become of it.
    public enum Fate: Sendable, Hashable {
        /// Recorded as an event of its own, in whatever disposition.
        case accepted
        /// The same record again: same id, or for HMPPS the same derived identity.
        case repeats
        /// The same fact again under a new id: same natural key.
        case resends
        /// On hub.rejected with this reason.
        case rejected(RejectionKind)
    }

    /// The event that a correct reader sees, nil for bytes that it must refuse.
    public var event: Event? {
        switch shape {
        case .cloudEvent(let event), .cloudEventWithoutKey(let event), .hmpps(_, let event): event
        case .malformed: nil
        }
    }
}

/// `tg_reason` of contract.md §5, as far as a publisher can cause it.
public enum RejectionKind: String, CaseIterable, Sendable, Hashable {
    case malformed = "MALFORMED", unknownType = "UNKNOWN_TYPE", unknownVersion = "UNKNOWN_VERSION"
    case unknownCode = "UNKNOWN_CODE", fieldInvalid = "FIELD_INVALID", timeNaive = "TIME_NAIVE"
    case futureDated = "FUTURE_DATED", idConflict = "ID_CONFLICT", notEntitled = "NOT_ENTITLED"
    case tooLarge = "TOO_LARGE"
}

/// A Kafka record to the byte.
public struct WrittenRecord: Sendable, Hashable {
    public struct Header: Sendable, Hashable {
        public var name: String
        public var value: String
        public init(_ name: String, _ value: String) {
            self.name = name
            self.value = value
        }
    }
    public var key: String?
    public var headers: [Header]
    /// nil is a null value (a tombstone).
    public var value: [UInt8]?
    public init(key: String?, headers: [Header], value: [UInt8]?) {
        self.key = key
        self.headers = headers
        self.value = value
    }
}

/// Every way in which the estate's records are wrong, in bytes.
public enum MalformedKind: String, CaseIterable, Sendable, Hashable {
    case notJSON, truncatedJSON, nullValue, tooLarge, unknownType, unknownVersion, unknownCode, wrongField
    case missingField, naiveTime, naiveFieldTime, badPrisonNumber, missingRecordedTime

    public var reason: RejectionKind {
        switch self {
        case .notJSON, .truncatedJSON, .nullValue: .malformed
        case .tooLarge: .tooLarge
        case .unknownType: .unknownType
        case .unknownVersion: .unknownVersion
        case .unknownCode: .unknownCode
        case .wrongField, .missingField, .badPrisonNumber, .missingRecordedTime: .fieldInvalid
        case .naiveTime, .naiveFieldTime: .timeNaive
        }
    }
}
