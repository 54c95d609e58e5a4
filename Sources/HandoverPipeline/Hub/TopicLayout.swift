public import EventContracts
public import ExactlyOnceKafka

/// Which topics there are and how they are set (contract.md §4, §5). `topics plan|apply` prints and makes them.
public enum TopicLayout {
    /// Inbound topics share one count, so that a person's records of all kinds lie on partitions of one number.
    public static let inboundPartitionsDefault = 12
    /// A recipient reads its own topic; per handover order needs no more than the key gives.
    public static let recipientPartitions = 1
    /// Rejected records are looked at, not raced through.
    public static let rejectedPartitions = 3

    /// - Parameters:
    ///   - recipients: names of the recipients' topics, from the provider directory and the prisons.
    public static func plans(_ topics: Topics, inboundPartitions: Int, recipients: [String]) -> [TopicPlan] {
        let inbound = topics.inbound.map {
            TopicPlan(name: $0, partitions: inboundPartitions, settings: ["max.message.bytes": "\(4 << 20)"])
        }
        let own = [
            TopicPlan(name: topics.hubTasks, partitions: recipientPartitions),
            TopicPlan(
                name: topics.rejected, partitions: rejectedPartitions, settings: ["max.message.bytes": "\(5 << 20)"]),
        ]
        return inbound + own + recipients.sorted().map { TopicPlan(name: $0, partitions: recipientPartitions) }
    }

    /// Where canaries come out, where there are any: kept as long as they are awaited.
    public static func canary(_ topics: Topics) -> TopicPlan {
        TopicPlan(
            name: topics.canary, partitions: CanaryLimits.partitions,
            settings: ["retention.ms": "\(CanaryLimits.awaitedSeconds * 1000)"])
    }
}
