internal import CLibrdkafka

/// A consumer group as its coordinator describes it.
public struct GroupDescription: Sendable, Equatable {
    public struct Member: Sendable, Equatable {
        public let id: String
        /// The static name, when the member has one.
        public let instance: String?
        public let clientID: String
        public let host: String
        public let partitions: [TopicPartition]
    }

    public let name: String
    /// Kafka's word: `Stable`, `Empty`, `PreparingRebalance`, `CompletingRebalance`, `Dead` or `Unknown`.
    public let state: String
    public let assignor: String
    public let members: [Member]
}

extension TopicAdmin {
    /// The names of all consumer groups.
    public func groups() throws -> [String] {
        try ask("list groups") { options, queue in
            rd_kafka_ListConsumerGroups(handle.pointer, options, queue)
        } read: { event in
            var count = 0
            let result = rd_kafka_event_ListConsumerGroups_result(event)
            let list = rd_kafka_ListConsumerGroups_result_valid(result, &count)
            return (0..<count).compactMap { index in
                rd_kafka_ConsumerGroupListing_group_id(list?[index]).map { String(cString: $0) }
            }.sorted()
        }
    }

    /// One group with its members; a group nobody knows is `Dead` or `Empty` without members.
    public func group(_ name: String) throws -> GroupDescription {
        try name.withCString { text in
            var names: [UnsafePointer<CChar>?] = [text]
            return try ask("describe group \(name)") { options, queue in
                rd_kafka_DescribeConsumerGroups(handle.pointer, &names, 1, options, queue)
            } read: { event in
                var count = 0
                let result = rd_kafka_event_DescribeConsumerGroups_result(event)
                guard let group = rd_kafka_DescribeConsumerGroups_result_groups(result, &count)?[0], count == 1 else {
                    throw KafkaError(RD_KAFKA_RESP_ERR__FAIL, at: "describe group \(name)")
                }
                let error = rd_kafka_ConsumerGroupDescription_error(group)
                if rd_kafka_error_code(error) != RD_KAFKA_RESP_ERR_NO_ERROR {
                    throw KafkaError(rd_kafka_error_code(error), at: "describe group \(name)")
                }
                return TopicAdmin.description(group)
            }
        }
    }

    private static func description(_ group: OpaquePointer) -> GroupDescription {
        let members = (0..<rd_kafka_ConsumerGroupDescription_member_count(group)).compactMap { index in
            rd_kafka_ConsumerGroupDescription_member(group, index).map(member)
        }
        let state = rd_kafka_ConsumerGroupDescription_state(group)
        return GroupDescription(
            name: text(rd_kafka_ConsumerGroupDescription_group_id(group)) ?? "",
            state: text(rd_kafka_consumer_group_state_name(state)) ?? "Unknown",
            assignor: text(rd_kafka_ConsumerGroupDescription_partition_assignor(group)) ?? "", members: members)
    }

    private static func member(_ member: OpaquePointer) -> GroupDescription.Member {
        let list = rd_kafka_MemberDescription_assignment(member).flatMap { rd_kafka_MemberAssignment_partitions($0) }
        let partitions = list.map { PartitionList.read(UnsafeMutablePointer(mutating: $0)).map(\.0) } ?? []
        return GroupDescription.Member(
            id: text(rd_kafka_MemberDescription_consumer_id(member)) ?? "",
            instance: text(rd_kafka_MemberDescription_group_instance_id(member)),
            clientID: text(rd_kafka_MemberDescription_client_id(member)) ?? "",
            host: text(rd_kafka_MemberDescription_host(member)) ?? "", partitions: partitions.sorted())
    }

    private static func text(_ pointer: UnsafePointer<CChar>?) -> String? { pointer.map { String(cString: $0) } }
}
