/// One header of a record. Kafka allows a name to repeat and a value to be null.
public struct KafkaHeader: Hashable, Sendable {
    public let name: String
    public let value: [UInt8]?

    public init(_ name: String, _ value: [UInt8]?) {
        self.name = name
        self.value = value
    }

    /// A header whose value is text, as UTF-8.
    public init(_ name: String, _ text: String) {
        self.init(name, Array(text.utf8))
    }
}

/// One record as it lies on a partition: everything copied from librdkafka once, then shared.
public final class KafkaRecord: Sendable, Equatable {
    /// Who set ``timestampMilliseconds``.
    public enum TimestampKind: Sendable, Equatable {
        /// The producer (CreateTime).
        case created
        /// The broker (LogAppendTime).
        case appended
        /// No timestamp in the record; the value is 0.
        case absent
    }

    public let source: TopicPartition
    public let offset: Int64
    /// Milliseconds since 1970-01-01T00:00:00Z.
    public let timestampMilliseconds: Int64
    public let timestampKind: TimestampKind
    /// nil is Kafka's null, which is not the same as empty.
    public let key: [UInt8]?
    /// nil is Kafka's null, which is not the same as empty.
    public let value: [UInt8]?
    public let headers: [KafkaHeader]

    public var topic: String { source.topic }
    public var partition: Int32 { source.partition }

    public init(
        source: TopicPartition, offset: Int64, timestampMilliseconds: Int64, timestampKind: TimestampKind,
        key: [UInt8]?, value: [UInt8]?, headers: [KafkaHeader]
    ) {
        self.source = source
        self.offset = offset
        self.timestampMilliseconds = timestampMilliseconds
        self.timestampKind = timestampKind
        self.key = key
        self.value = value
        self.headers = headers
    }

    public static func == (a: KafkaRecord, b: KafkaRecord) -> Bool {
        a === b
            || (a.source == b.source && a.offset == b.offset && a.timestampMilliseconds == b.timestampMilliseconds
                && a.timestampKind == b.timestampKind && a.key == b.key && a.value == b.value && a.headers == b.headers)
    }

    /// The bytes of the last header of that name, as the CloudEvents Kafka binding reads them.
    public func header(_ name: String) -> [UInt8]? {
        headers.last { $0.name == name }?.value
    }
}

/// A message on its way out. The partition follows from the key (murmur2, as Java clients do) unless it is named.
public struct OutboundMessage: Sendable, Equatable {
    public var topic: String
    public var partition: Int32?
    public var key: [UInt8]?
    public var value: [UInt8]?
    public var headers: [KafkaHeader]
    /// Milliseconds since 1970; nil lets the client stamp it.
    public var timestampMilliseconds: Int64?

    public init(
        topic: String, partition: Int32? = nil, key: [UInt8]?, value: [UInt8]?, headers: [KafkaHeader] = [],
        timestampMilliseconds: Int64? = nil
    ) {
        self.topic = topic
        self.partition = partition
        self.key = key
        self.value = value
        self.headers = headers
        self.timestampMilliseconds = timestampMilliseconds
    }
}
