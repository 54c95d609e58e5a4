/// Where a rejected record lay: `prison.kit-events/3/1042`. Names it to people, programs and the audit.
public struct RejectedPlace: Sendable, Hashable, CustomStringConvertible {
    public var topic: String
    public var partition: Int32
    public var offset: Int64

    public init(topic: String, partition: Int32, offset: Int64) {
        self.topic = topic
        self.partition = partition
        self.offset = offset
    }

    /// nil for a text that is no place.
    public init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 3, !parts[0].isEmpty, parts[0].utf8.count <= 249, let partition = Int32(parts[1]),
            let offset = Int64(parts[2]), partition >= 0, offset >= 0
        else { return nil }
        self.init(topic: String(parts[0]), partition: partition, offset: offset)
    }

    public var description: String { "\(topic)/\(partition)/\(offset)" }
}

extension RejectedPlace: Comparable {
    public static func < (a: RejectedPlace, b: RejectedPlace) -> Bool {
        (a.topic, a.partition, a.offset) < (b.topic, b.partition, b.offset)
    }
}

extension LedgerView.Rejected {
    public var place: RejectedPlace { RejectedPlace(topic: topic, partition: partition, offset: offset) }
}
