/// Where a record stands in Kafka. Design.md §3: outputs are re-emitted only for the record that caused them.
public struct SourcePosition: Sendable, Hashable {
    public var topic: String
    public var partition: Int32
    public var offset: Int64

    public init(topic: String, partition: Int32, offset: Int64) {
        self.topic = topic
        self.partition = partition
        self.offset = offset
    }
}

extension SourcePosition: CustomStringConvertible {
    /// `prison.kit-events/3/1042`: how people, programs and the audit name it.
    public var description: String { "\(topic)/\(partition)/\(offset)" }

    /// nil for a text that is no place.
    public init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 3, !parts[0].isEmpty, parts[0].utf8.count <= 249, let partition = Int32(parts[1]),
            let offset = Int64(parts[2]), partition >= 0, offset >= 0
        else { return nil }
        self.init(topic: String(parts[0]), partition: partition, offset: offset)
    }
}

extension SourcePosition: Comparable {
    public static func < (a: SourcePosition, b: SourcePosition) -> Bool {
        (a.topic, a.partition, a.offset) < (b.topic, b.partition, b.offset)
    }
}
