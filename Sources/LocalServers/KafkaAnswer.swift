/// What the pacer needs to know of a request to understand its answer.
struct KafkaRequestHead: Equatable {
    static let fetch: Int16 = 1
    static let metadata: Int16 = 3
    static let findCoordinator: Int16 = 10
    static let describeCluster: Int16 = 60

    let apiKey: Int16
    let version: Int16
    let correlation: Int32
    /// For a fetch: how long the client lets the broker wait. 0 when unknown.
    let waitMillisecondsMax: Int

    /// Reads the head of a request frame (after the length prefix).
    init?(_ frame: UnsafeRawBufferPointer) {
        var reader = KafkaReader(frame)
        guard let apiKey = reader.int16(), let version = reader.int16(), let correlation = reader.int32() else {
            return nil
        }
        self.apiKey = apiKey
        self.version = version
        self.correlation = correlation
        waitMillisecondsMax = apiKey == Self.fetch ? Self.wait(&reader, version: version) : 0
    }

    private static func wait(_ reader: inout KafkaReader, version: Int16) -> Int {
        guard reader.skipString(compact: false), reader.skipTags(flexible: version >= 12),
            version >= 15 || reader.skip(4),  // replica id, a tagged field since version 15
            let wait = reader.int32()
        else { return 0 }
        return max(0, Int(wait))
    }
}

/// What an answer is to the pacer. Layouts: the Kafka protocol guide. Anything not understood is `other` and is
/// forwarded untouched.
enum KafkaAnswer {
    enum Kind: Equatable {
        /// A fetch answer without an error and without a record.
        case emptyFetch
        case fetch
        /// Offsets (in the head) of the four-byte ports that the answer advertises.
        case addresses([Int])
        case other
    }

    private static let brokersMax = 1_000
    private static let partitionsMax = 100_000

    /// `answer` begins after the length prefix; `isWhole` says whether all of it is here.
    static func kind(of request: KafkaRequestHead, answer: UnsafeRawBufferPointer, isWhole: Bool) -> Kind {
        var reader = KafkaReader(answer)
        guard reader.skip(4) else { return .other }
        switch request.apiKey {
        case KafkaRequestHead.fetch:
            return isWhole && isEmptyFetch(&reader, version: request.version) ? .emptyFetch : .fetch
        case KafkaRequestHead.metadata:
            return metadata(&reader, version: request.version).map(Kind.addresses) ?? .other
        case KafkaRequestHead.findCoordinator:
            return coordinators(&reader, version: request.version).map(Kind.addresses) ?? .other
        case KafkaRequestHead.describeCluster:
            return cluster(&reader, version: request.version).map(Kind.addresses) ?? .other
        default:
            return .other
        }
    }

    private static func isEmptyFetch(_ reader: inout KafkaReader, version: Int16) -> Bool {
        let flexible = version >= 12
        guard (0...17).contains(version), reader.skipTags(flexible: flexible), version < 1 || reader.skip(4),
            version < 7 || (reader.int16() == 0 && reader.skip(4)),
            let topics = reader.length(compact: flexible), topics <= partitionsMax
        else { return false }
        for _ in 0..<max(0, topics) {
            guard version >= 13 ? reader.skip(16) : reader.skipString(compact: flexible),
                let partitions = reader.length(compact: flexible), partitions <= partitionsMax
            else { return false }
            for _ in 0..<max(0, partitions) where !isEmptyPartition(&reader, version: version) { return false }
            guard reader.skipTags(flexible: flexible) else { return false }
        }
        return true
    }

    private static func isEmptyPartition(_ reader: inout KafkaReader, version: Int16) -> Bool {
        let flexible = version >= 12
        guard reader.skip(4), reader.int16() == 0, reader.skip(8),  // index, error, high watermark
            version < 4 || reader.skip(8), version < 5 || reader.skip(8)  // last stable offset, log start
        else { return false }
        if version >= 4 {
            guard let aborted = reader.length(compact: flexible), aborted <= partitionsMax else { return false }
            for _ in 0..<max(0, aborted) {
                guard reader.skip(16), reader.skipTags(flexible: flexible) else { return false }
            }
        }
        guard version < 11 || reader.skip(4), let records = reader.length(compact: flexible) else { return false }
        return records <= 0 && reader.skipTags(flexible: flexible)
    }

    private static func metadata(_ reader: inout KafkaReader, version: Int16) -> [Int]? {
        let flexible = version >= 9
        guard (0...13).contains(version), reader.skipTags(flexible: flexible), version < 3 || reader.skip(4) else {
            return nil
        }
        return brokers(&reader, flexible: flexible, hasRack: version >= 1)
    }

    private static func cluster(_ reader: inout KafkaReader, version: Int16) -> [Int]? {
        guard (0...2).contains(version), reader.skipTags(flexible: true), reader.skip(6),  // throttle, error
            reader.skipString(compact: true), version < 1 || reader.skip(1),  // message, endpoint type
            reader.skipString(compact: true), reader.skip(4)  // cluster id, controller
        else { return nil }
        return brokers(&reader, flexible: true, hasRack: true)
    }

    private static func brokers(_ reader: inout KafkaReader, flexible: Bool, hasRack: Bool) -> [Int]? {
        guard let count = reader.length(compact: flexible), (0...brokersMax).contains(count) else { return nil }
        var places: [Int] = []
        for _ in 0..<count {
            guard reader.skip(4), reader.skipString(compact: flexible) else { return nil }
            places.append(reader.position)
            guard reader.skip(4), !hasRack || reader.skipString(compact: flexible),
                reader.skipTags(flexible: flexible)
            else { return nil }
        }
        return places
    }

    private static func coordinators(_ reader: inout KafkaReader, version: Int16) -> [Int]? {
        let flexible = version >= 3
        guard (0...6).contains(version), reader.skipTags(flexible: flexible), version < 1 || reader.skip(4) else {
            return nil
        }
        var count = 1
        if version >= 4 {
            guard let listed = reader.length(compact: true), (0...brokersMax).contains(listed) else { return nil }
            count = listed
        } else {
            guard reader.skip(2), version < 1 || reader.skipString(compact: flexible) else { return nil }
        }
        var places: [Int] = []
        for _ in 0..<count {
            guard version < 4 || reader.skipString(compact: true), reader.skip(4),
                reader.skipString(compact: flexible)
            else { return nil }
            places.append(reader.position)
            guard reader.skip(4) else { return nil }
            guard version < 4 || (reader.skip(2) && reader.skipString(compact: true) && reader.skipTags(flexible: true))
            else { return nil }
        }
        return places
    }
}
